//! One multiplexer, as JavaScript drives it.

use core::time::Duration;

use super::super::piece::{Piece, Types};
use super::super::places::Places;
use super::super::source::{Options, Source};
use super::super::words::Words;
use super::Relay;
use super::owner::Owner;
#[cfg(feature = "tabs")]
use super::records::Notice;
use super::records::{self, Channel, Notices};
use everstream_core::Error;
use everstream_core::connection::{Arrival, Instant, Received, State};
use everstream_core::mux::{
    Answer, Config, ControlId, EverstreamProtocol, Handled, Multiplexer, Start, StreamId,
};
use everstream_core::parse::Event;
#[cfg(feature = "tabs")]
use everstream_core::tabs::Set;

pub(crate) struct Mux {
    pub(super) machine: Multiplexer<Channel>,
    /// Of its sources.
    options: Options,
    /// The streams that are there, and their sources' numbers.
    sources: Vec<(StreamId, usize)>,
    /// How many sources there have been.
    opened: u64,
    /// The requests that are under way.
    pub(super) controls: Places<ControlId>,
    pub(super) notices: Notices,
    /// The last channel's number.
    channels: u32,
    pub(super) types: Types,
    /// The ID of the event before, as JavaScript knows it.
    pub(super) last_event_id: String,
    /// The position as JavaScript knows it.
    pub(super) position: String,
    /// If it works for all tabs, where what it brings goes.
    relay: Option<Relay>,
}

impl Mux {
    pub(crate) fn new(options: Options, last_event_id: &str, url: &str) -> Self {
        // Nobody is asked about the failures of control requests.
        let retry = options.config(usize::MAX, "").retry;
        let config = Config {
            url: url.to_owned(),
            retry,
            last_event_id: last_event_id.to_owned(),
        };
        let machine = Multiplexer::new(config, EverstreamProtocol::new(), options.seed());
        Self {
            machine,
            options,
            sources: Vec::new(),
            opened: 0,
            controls: Places::default(),
            notices: Notices::default(),
            channels: 0,
            types: Types::default(),
            last_event_id: last_event_id.to_owned(),
            position: last_event_id.to_owned(),
            relay: None,
        }
    }

    pub(super) fn subscribe(&mut self, name: &str, start: Start) -> Result<u32, Error> {
        let number = self.channels + 1;
        let notices = self.notices.clone();
        let make = || Channel::new(number, notices);
        let taken = self.machine.subscribe(name, start, make)?.number;
        self.channels = self.channels.max(taken);
        Ok(taken)
    }

    pub(super) fn unsubscribe(&mut self, name: &str, number: u32) {
        let present = self.machine.subscribers(name);
        if present.is_some_and(|channel| channel.number == number) {
            self.machine.unsubscribe(name);
        }
    }

    /// Works for all tabs.
    #[cfg(feature = "tabs")]
    pub(crate) fn relay_to(&mut self, relay: Relay) {
        self.relay = Some(relay);
    }

    /// Is for these channels from now on, which are those of all tabs.
    #[cfg(feature = "tabs")]
    pub(crate) fn ask_for(&mut self, channels: &Set<Box<str>>) {
        let Some(relay) = &mut self.relay else {
            return;
        };
        for (number, name) in relay.ask_for(channels) {
            self.unsubscribe(&name, number);
        }
        for name in channels {
            let taken = self.subscribe(name, Start::Now);
            let number = taken.as_ref().map_or(self.channels + 1, |number| *number);
            if let Err(error) = taken {
                self.channels = number;
                let end = Notice::End(Some(error));
                self.notices.borrow_mut().push((number, end));
            }
            if let Some(relay) = &mut self.relay {
                relay.add(number, name);
            }
        }
    }

    /// What works for all tabs, with what it needs.
    pub(super) fn relayed(&mut self) -> Option<Relayed<'_>> {
        Some(Relayed {
            relay: self.relay.as_mut()?,
            machine: &mut self.machine,
            notices: &self.notices,
        })
    }

    pub(super) fn answer(&mut self, now: Instant, control: usize, answer: &Answer) {
        if let Some(id) = self.controls.take(control) {
            self.machine.handle_answer(now, id, answer);
        }
    }

    /// Makes the source of a stream.
    pub(super) fn open(
        &mut self,
        stream: StreamId,
        owner: Owner,
        position: &str,
        sources: &mut Places<Source>,
    ) -> usize {
        self.opened += 1;
        let seed = self.options.seed().wrapping_add(self.opened);
        let number = sources.put(|number| {
            let config = everstream_core::connection::Config {
                request_varies: true,
                ..self.options.config(number, position)
            };
            Source::of(owner, config, seed)
        });
        self.sources.push((stream, number));
        number
    }

    /// A stream is gone. Returns the number of its source.
    pub(super) fn close(&mut self, stream: StreamId) -> Option<usize> {
        let at = self
            .sources
            .iter()
            .position(|(known, _)| *known == stream)?;
        Some(self.sources.swap_remove(at).1)
    }

    /// Whether there is no stream, since nobody asks for anything.
    pub(super) fn is_idle(&self) -> bool {
        self.sources.is_empty() && !self.machine.is_closed()
    }

    /// Returns the number of the stream's source, unless the user has set a time that stands.
    pub(super) fn set_heartbeat(
        &self,
        stream: StreamId,
        limit: Option<Duration>,
        sources: &mut Places<Source>,
    ) -> Option<usize> {
        if self.options.heartbeat().is_some() {
            return None;
        }
        let (_, number) = self.sources.iter().find(|(known, _)| *known == stream)?;
        sources.get(*number)?.set_heartbeat(limit);
        Some(*number)
    }

    pub(super) fn is_in_use(&self, source: usize) -> bool {
        let stream = self.sources.iter().find(|(_, known)| *known == source);
        stream.is_some_and(|(stream, _)| self.machine.is_in_use(*stream))
    }

    pub(super) fn tell(&mut self, words: &mut Words) -> usize {
        let mut piece = Piece::new(words, &mut self.types, &mut self.last_event_id);
        records::notices(&self.notices, &mut piece);
        piece.finish()
    }
}

/// A multiplexer that works for all tabs.
pub(super) struct Relayed<'m> {
    relay: &'m mut Relay,
    machine: &'m mut Multiplexer<Channel>,
    notices: &'m Notices,
}

impl Relayed<'_> {
    /// Hands on what the channels are to be told.
    pub(super) fn settle(&mut self) {
        self.relay.notices(self.notices);
        self.relay.moved(position(self.machine));
    }

    /// Hands on what its state is, behind what was to be told before.
    pub(super) fn state(&mut self, state: &State) {
        self.settle();
        self.relay.state(state);
    }

    /// Hands on the events of a stream.
    pub(super) fn receive(&mut self, stream: StreamId, mut received: Received<'_, '_>) {
        self.settle();
        while let Some(arrival) = received.next() {
            match arrival {
                Arrival::Event(event) => self.event(stream, &event),
                Arrival::Comment(_) | Arrival::Gap => {}
                Arrival::TooLarge(too_large) => {
                    let told = self.machine.handle_skipped(stream, &too_large);
                    let told = told.map(|channel| channel.number);
                    self.relay.notices(self.notices);
                    if let Some(number) = told {
                        self.relay.skipped(number, too_large.into());
                    }
                }
            }
        }
        self.machine
            .handle_position(stream, received.last_event_id());
        self.settle();
    }

    fn event(&mut self, stream: StreamId, event: &Event<'_>) {
        let take = |channel: &Channel, _: &str| Some(channel.number);
        let handled = self.machine.handle_event(stream, event, take);
        // An event may be what tells that something is missing before it. The position is behind the event.
        self.relay.notices(self.notices);
        let position = position(self.machine);
        match handled {
            Handled::For {
                takers,
                event_type,
                data,
            } => {
                let event = Event {
                    event_type,
                    data: &data,
                    last_event_id: event.last_event_id,
                };
                self.relay.event(takers, &event, position);
            }
            Handled::Declined => {}
            Handled::Done => self.relay.moved(position),
        }
    }
}

/// Where it would resume, and whether some channels are behind that.
fn position(machine: &Multiplexer<Channel>) -> (&str, bool) {
    (machine.last_event_id(), machine.is_behind())
}
