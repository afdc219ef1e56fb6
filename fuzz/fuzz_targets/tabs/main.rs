//! Malformed messages between tabs. A tab that shares a session never panics, and never sends more than it
//! was asked for.

#![no_main]

use core::iter;
use core::time::Duration;

use arbitrary::Arbitrary;
use everstream_core::connection::{Config, Instant, Signal};
use everstream_core::mux::{EverstreamProtocol, Start};
use everstream_core::session::{
    ChannelId, Delivery, Flow, Input, LinkId, Muxed, MuxedConfig, Opening, Output, Session, Shared,
    SharedConfig, Solo,
};
use everstream_core::tabs::{self, Election, Message};
use libfuzzer_sys::fuzz_target;

/// The most outputs of one input.
const MOST_OUTPUTS: usize = 64;
/// The most bytes of one message. A tab keeps 1 MiB of its log for others and sends no more of it at once.
const MOST_SAID: usize = 2 * 1024 * 1024;
/// How often in a row a timer may be due at once.
const MOST_TIMERS: usize = 32;

#[derive(Arbitrary, Debug)]
struct Talk<'b> {
    has_locks: bool,
    has_channels: bool,
    seed: u64,
    steps: Vec<Step<'b>>,
}

#[derive(Arbitrary, Debug)]
enum Step<'b> {
    /// Arbitrary bytes.
    Bytes(&'b [u8]),
    /// A message of one of the two tabs, received by the other.
    Hear(u8),
    /// A message with one byte replaced.
    Mishear {
        which: u8,
        place: u16,
        byte: u8,
    },
    /// A message without its end.
    Half {
        which: u8,
        length: u16,
    },
    Wait(u16),
    Timer,
    LockHeld,
    LockLost,
    LockRefused,
    Leave,
    Return,
    Want(u8),
    GiveUp(u8),
    Opens,
    Stream(&'b [u8]),
    Breaks,
    Signal(Signal_),
    Reconnect,
    /// Switches to driving the other tab.
    Other,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Signal_ {
    Online,
    Offline,
    Visible,
    Hidden,
    Thawed,
    Restored,
}

struct Tab {
    session: Shared,
    link: LinkId,
    has_channels: bool,
    wanted: [Option<ChannelId>; 8],
    numbered: u32,
}

impl Tab {
    fn new(now: Instant, talk: &Talk<'_>, seed: u64) -> Self {
        let has_channels = talk.has_channels;
        let open = move |Opening { position, first }: Opening<'_>| -> Box<dyn Session> {
            let connection = Config {
                last_event_id: position.to_owned(),
                ..Config::default()
            };
            if !has_channels {
                return Box::new(Solo::new(connection, seed, first));
            }
            let config = MuxedConfig {
                url: "http://localhost/".to_owned(),
                connection,
                seed,
                first,
            };
            Box::new(Muxed::new(config, EverstreamProtocol::new()))
        };
        let tab = tabs::Config {
            election: if talk.has_locks {
                Election::Lock
            } else {
                Election::Lease
            },
            last_event_id: String::new(),
            seed,
            wall: Duration::from_secs(1_700_000_000),
            kept: 64,
        };
        let config = SharedConfig {
            tab,
            has_channels,
            open: Box::new(open),
        };
        Self {
            session: Shared::new(now, config),
            link: LinkId(0),
            has_channels,
            wanted: [None; 8],
            numbered: 0,
        }
    }

    /// Carries out the outputs of an input and collects the tab's messages.
    fn settle(&mut self, said: &mut Vec<Vec<u8>>) {
        let outputs: Vec<_> = iter::from_fn(|| self.session.poll_output()).collect();
        assert!(outputs.len() <= MOST_OUTPUTS, "{} outputs", outputs.len());
        let mut weight = 0;
        for output in outputs {
            match output {
                Output::Connect(link, _) => self.link = link,
                Output::Say(bytes) => {
                    weight += bytes.len();
                    let message = Message::decode(&bytes).expect("what is said can be understood");
                    assert_eq!(message.encode(), bytes, "said again, it is the same");
                    said.push(bytes);
                }
                _ => {}
            }
        }
        assert!(weight <= MOST_SAID, "{weight} bytes are said");
        let wanted = &self.wanted;
        let has_channels = self.has_channels;
        let mut sink = |delivery: Delivery<'_>| {
            if let Delivery::Event(channel, ..) = delivery {
                let is_wanted = wanted.contains(&Some(channel));
                assert!(
                    is_wanted || !has_channels,
                    "of {channel:?}, which nobody wants"
                );
            }
            Flow::Continue
        };
        self.session.deliver(&mut sink);
    }

    fn handle(&mut self, now: Instant, input: Input<'_>, said: &mut Vec<Vec<u8>>) {
        self.session.handle(now, input);
        self.settle(said);
    }

    fn fire(&mut self, now: Instant, said: &mut Vec<Vec<u8>>) {
        for _ in 0..MOST_TIMERS {
            if self.session.poll_timeout().is_none_or(|due| due > now) {
                return;
            }
            self.handle(now, Input::Timeout, said);
        }
        panic!("the timer spins");
    }
}

fuzz_target!(|talk: Talk<'_>| {
    let mut now = Instant::default();
    let mut tabs =
        [1, 2].map(|number: u64| Tab::new(now, &talk, talk.seed.wrapping_mul(2) ^ number));
    let mut said = Vec::new();
    let mut driven = 0;
    for tab in &mut tabs {
        tab.handle(now, Input::Start, &mut said);
    }
    for step in &talk.steps {
        // Each message answers one input, so their number stays within bounds.
        said.drain(..said.len().saturating_sub(64));
        if let Step::Other = step {
            driven = 1 - driven;
            continue;
        }
        take(&mut tabs[driven], &mut now, step, &mut said);
    }
    for tab in &mut tabs {
        tab.handle(now, Input::Close, &mut said);
        said.clear();
        tab.handle(now, Input::Timeout, &mut said);
        assert!(said.is_empty(), "a tab that is closed says nothing");
    }
});

fn take(tab: &mut Tab, now: &mut Instant, step: &Step<'_>, said: &mut Vec<Vec<u8>>) {
    let heard = |which: u8, said: &[Vec<u8>]| -> Option<Vec<u8>> {
        let which = usize::from(which).checked_rem(said.len())?;
        Some(said[said.len() - 1 - which].clone())
    };
    let hear = |tab: &mut Tab, bytes: Option<Vec<u8>>, said: &mut Vec<Vec<u8>>| {
        if let Some(bytes) = bytes {
            if let Some(message) = Message::decode(&bytes) {
                let again = Message::decode(&message.encode()).expect("what was said once");
                assert_eq!(again.encode(), message.encode());
            }
            tab.handle(*now, Input::Heard(&bytes), said);
        }
    };
    match *step {
        Step::Bytes(bytes) => hear(tab, Some(bytes.to_vec()), said),
        Step::Hear(which) => hear(tab, heard(which, said), said),
        Step::Mishear { which, place, byte } => {
            let mut bytes = heard(which, said);
            if let Some(bytes) = &mut bytes
                && let Some(place) = usize::from(place).checked_rem(bytes.len())
            {
                bytes[place] = byte;
            }
            hear(tab, bytes, said);
        }
        Step::Half { which, length } => {
            let mut bytes = heard(which, said);
            if let Some(bytes) = &mut bytes {
                bytes.truncate(length.into());
            }
            hear(tab, bytes, said);
        }
        Step::Wait(milliseconds) => {
            *now = *now + Duration::from_millis(milliseconds.into());
            tab.fire(*now, said);
        }
        Step::Timer => {
            if let Some(due) = tab.session.poll_timeout() {
                *now = (*now).max(due);
                tab.fire(*now, said);
            }
        }
        Step::LockHeld => tab.handle(*now, Input::LockHeld, said),
        Step::LockLost => tab.handle(*now, Input::LockLost, said),
        Step::LockRefused => tab.handle(*now, Input::LockRefused, said),
        Step::Leave => tab.handle(*now, Input::Leave, said),
        Step::Return => tab.handle(*now, Input::Return, said),
        Step::Want(which) => want(tab, *now, which, said),
        Step::GiveUp(which) => {
            let which = usize::from(which) % tab.wanted.len();
            if let Some(channel) = tab.wanted[which].take() {
                let name = which.to_string();
                tab.handle(*now, Input::Unsubscribe(channel, &name), said);
                tab.handle(*now, Input::Flush, said);
            }
        }
        Step::Opens => tab.handle(*now, Input::NativeOpen(tab.link), said),
        Step::Stream(bytes) => {
            let mut sink = |_: Delivery<'_>| Flow::Continue;
            tab.session.receive(*now, tab.link, bytes, &mut sink);
            tab.settle(said);
        }
        Step::Breaks => tab.handle(*now, Input::Failed(tab.link, "reset"), said),
        Step::Signal(signal) => tab.handle(*now, Input::Signal(signal.into()), said),
        Step::Reconnect => tab.handle(*now, Input::Reconnect, said),
        Step::Other => {}
    }
}

fn want(tab: &mut Tab, now: Instant, which: u8, said: &mut Vec<Vec<u8>>) {
    let which = usize::from(which) % tab.wanted.len();
    if !tab.has_channels || tab.wanted[which].is_some() {
        return;
    }
    tab.numbered += 1;
    let channel = ChannelId(tab.numbered);
    tab.wanted[which] = Some(channel);
    let name = &which.to_string();
    let start = Start::Now;
    tab.handle(
        now,
        Input::Subscribe {
            channel,
            name,
            start,
        },
        said,
    );
    tab.handle(now, Input::Flush, said);
}

impl From<Signal_> for Signal {
    fn from(signal: Signal_) -> Self {
        match signal {
            Signal_::Online => Self::Online,
            Signal_::Offline => Self::Offline,
            Signal_::Visible => Self::Visible,
            Signal_::Hidden => Self::Hidden,
            Signal_::Thawed => Self::Thawed,
            Signal_::Restored => Self::Restored,
        }
    }
}
