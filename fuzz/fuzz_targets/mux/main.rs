//! Any server of a multiplexer's protocols. No channel receives another's events, each end is reported once,
//! and the session's requests stay within bounds.

#![no_main]

use core::iter;
use core::time::Duration;
use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use everstream_core::connection::{Config, Instant};
use everstream_core::http::{AnswerKind, Response};
use everstream_core::mux::{Answer, EverstreamProtocol, GraphqlSse, Mercure, PocketBase, Start};
use everstream_core::session::{
    ChannelId, Delivery, Flow, Input, LinkId, Muxed, MuxedConfig, Output, SendId, Session,
};
use libfuzzer_sys::fuzz_target;

/// The most outputs of one input.
const MOST_OUTPUTS: usize = 64;
/// The most connections: one in use, and its successor.
const MOST_LINKS: usize = 2;
/// How often in a row a timer may be due at once.
const MOST_TIMERS: usize = 32;
const NAMES: [&str; 6] = ["a", "b", "news/1", "a{x}", "ä b", "records/*"];

#[derive(Arbitrary, Debug)]
struct Life<'b> {
    protocol: Protocol,
    seed: u64,
    begins: &'b str,
    steps: Vec<Step<'b>>,
}

#[derive(Arbitrary, Debug)]
enum Protocol {
    Everstream,
    MercureByType,
    MercureById,
    MercureOfOne,
    PocketBase,
    Graphql,
}

#[derive(Arbitrary, Debug)]
enum Step<'b> {
    Subscribe(u8),
    SubscribeAfter(u8, &'b str),
    Unsubscribe(u8),
    Flush,
    Opens {
        status: u16,
        id: Option<&'b str>,
    },
    Stream(&'b [u8]),
    /// The introduction of the library's own hub, which a fuzzer wouldn't find on its own.
    Introduction {
        control: bool,
        id: &'b str,
    },
    /// The hub's answer to a change of the set.
    InForce(u8, u8),
    Ends,
    Breaks,
    Answers {
        which: u8,
        status: u16,
        body: &'b str,
    },
    Unanswered(u8),
    Wait(u16),
    Timer,
    Reconnect,
}

struct World {
    session: Muxed,
    now: Instant,
    links: Vec<LinkId>,
    sends: Vec<SendId>,
    /// The subscribed channels, by name.
    subscribed: BTreeMap<&'static str, ChannelId>,
    numbered: u32,
}

impl World {
    fn new(life: &Life<'_>) -> Self {
        let config = MuxedConfig {
            url: "http://localhost/stream".to_owned(),
            connection: Config {
                last_event_id: life.begins.replace(['\0', '\r', '\n'], ""),
                ..Config::default()
            },
            seed: life.seed,
            first: LinkId(0),
        };
        let session = match life.protocol {
            Protocol::Everstream => Muxed::new(config, EverstreamProtocol::new()),
            Protocol::MercureByType => Muxed::new(config, Mercure::by_type()),
            Protocol::MercureById => Muxed::new(config, Mercure::by_id()),
            Protocol::MercureOfOne => Muxed::new(config, Mercure::one_topic("a{x}")),
            Protocol::PocketBase => Muxed::new(config, PocketBase::new()),
            Protocol::Graphql => Muxed::new(config, GraphqlSse::default()),
        };
        Self {
            session,
            now: Instant::default(),
            links: Vec::new(),
            sends: Vec::new(),
            subscribed: BTreeMap::new(),
            numbered: 0,
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.session.handle(self.now, input);
        self.settle();
    }

    fn settle(&mut self) {
        let outputs: Vec<_> = iter::from_fn(|| self.session.poll_output()).collect();
        assert!(outputs.len() <= MOST_OUTPUTS, "{} outputs", outputs.len());
        for output in outputs {
            match output {
                Output::Connect(link, _) => {
                    assert!(!self.links.contains(&link), "{link:?} is given twice");
                    self.links.push(link);
                    let _ = self.session.plan(link);
                }
                Output::Disconnect(link) => self.links.retain(|known| *known != link),
                Output::Send { id, .. } => self.sends.push(id),
                Output::Abort(id) => self.sends.retain(|known| *known != id),
                _ => {}
            }
        }
        let links = self.links.len();
        assert!(links <= MOST_LINKS, "{links} connections");
        let subscribed = &mut self.subscribed;
        self.session
            .deliver(&mut |delivery: Delivery<'_>| check(subscribed, &delivery));
    }

    fn stream(&mut self, bytes: &[u8]) {
        let Some(link) = self.links.last().copied() else {
            return;
        };
        let subscribed = &mut self.subscribed;
        let mut sink = |delivery: Delivery<'_>| check(subscribed, &delivery);
        let taken = self.session.receive(self.now, link, bytes, &mut sink);
        assert_eq!(taken, bytes.len(), "nobody has stopped it");
        self.settle();
    }

    fn fire(&mut self) {
        for _ in 0..MOST_TIMERS {
            if self.session.poll_timeout().is_none_or(|due| due > self.now) {
                return;
            }
            self.handle(Input::Timeout);
        }
        panic!("the timer spins");
    }

    fn take(&mut self, step: &Step<'_>) {
        let link = self.links.last().copied();
        match *step {
            Step::Subscribe(which) => self.subscribe(which, Start::Now),
            Step::SubscribeAfter(which, id) => self.subscribe(which, Start::After(id.into())),
            Step::Unsubscribe(which) => {
                let name = NAMES[usize::from(which) % NAMES.len()];
                if let Some(channel) = self.subscribed.remove(name) {
                    // As in real edges, a channel that is given up is reported in the same turn.
                    self.session
                        .handle(self.now, Input::Unsubscribe(channel, name));
                    self.handle(Input::Flush);
                }
            }
            Step::Flush => self.handle(Input::Flush),
            Step::Opens { status, id } => {
                let Some(link) = link else { return };
                let mut headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
                headers.extend(id.map(|id| ("last-event-id".to_owned(), id.to_owned())));
                let status = if status % 4 == 0 { status } else { 200 };
                let url = "http://localhost/stream".to_owned();
                let response = Response::new(status, headers, url);
                let kind = if status == 200 {
                    AnswerKind::EventStream
                } else {
                    AnswerKind::Unexpected
                };
                self.handle(Input::Response {
                    link,
                    response,
                    kind,
                    excerpt: String::new(),
                    retry_after: None,
                });
                if status != 200 {
                    self.links.retain(|known| *known != link);
                }
            }
            Step::Stream(bytes) => self.stream(bytes),
            Step::Introduction { control, id } => {
                let control = if control {
                    r#","control":"/control""#
                } else {
                    ""
                };
                let text = format!(
                    "event: @connected\nid: {id}\ndata: {{\"connection\":\"c\",\"revision\":0{control}}}\n\n"
                );
                self.stream(text.as_bytes());
            }
            Step::InForce(revision, which) => {
                let name = NAMES[usize::from(which) % NAMES.len()];
                let text = format!(
                    "event: @subscribed\ndata: {{\"revision\":{revision},\"channels\":[{name:?}]}}\n\n"
                );
                self.stream(text.as_bytes());
            }
            Step::Ends => {
                let Some(link) = link else { return };
                self.handle(Input::Ended(link));
            }
            Step::Breaks => {
                let Some(link) = link else { return };
                self.handle(Input::Failed(link, "reset"));
            }
            Step::Answers {
                which,
                status,
                body,
            } => self.answer(which, Some(status), body),
            Step::Unanswered(which) => self.answer(which, None, ""),
            Step::Wait(milliseconds) => {
                self.now = self.now + Duration::from_millis(milliseconds.into());
                self.fire();
            }
            Step::Timer => {
                if let Some(due) = self.session.poll_timeout() {
                    self.now = self.now.max(due);
                    self.fire();
                }
            }
            Step::Reconnect => self.handle(Input::Reconnect),
        }
    }

    fn subscribe(&mut self, which: u8, start: Start) {
        let name = NAMES[usize::from(which) % NAMES.len()];
        if self.subscribed.contains_key(name) {
            return;
        }
        self.numbered += 1;
        let channel = ChannelId(self.numbered);
        self.subscribed.insert(name, channel);
        self.handle(Input::Subscribe {
            channel,
            name,
            start,
        });
    }

    fn answer(&mut self, which: u8, status: Option<u16>, body: &str) {
        let Some(which) = usize::from(which).checked_rem(self.sends.len()) else {
            return;
        };
        let id = self.sends.remove(which);
        let answer = Answer {
            status,
            body: body.to_owned(),
        };
        self.handle(Input::Answer(id, &answer));
    }
}

/// Checks that a delivery is for a channel that is subscribed and hasn't ended.
fn check(subscribed: &mut BTreeMap<&'static str, ChannelId>, delivery: &Delivery<'_>) -> Flow {
    let channel = match delivery {
        Delivery::Event(channel, ..)
        | Delivery::Gap(channel, _)
        | Delivery::Skipped(channel, _)
        | Delivery::InForce(channel, _)
        | Delivery::End(channel, _) => *channel,
        _ => return Flow::Continue,
    };
    assert!(
        subscribed.values().any(|known| *known == channel),
        "{delivery:?} for a channel that nobody asks for"
    );
    if let Delivery::End(..) = delivery {
        subscribed.retain(|_, known| *known != channel);
    }
    Flow::Continue
}

fuzz_target!(|life: Life<'_>| {
    let mut world = World::new(&life);
    world.handle(Input::Start);
    for step in &life.steps {
        world.take(step);
    }
});
