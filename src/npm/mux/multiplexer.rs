//! One multiplexer, as JavaScript drives it.

use core::time::Duration;

use super::super::piece::{Piece, Types};
use super::super::places::Places;
use super::super::source::{Options, Source};
use super::super::words::Words;
use super::owner::Owner;
use super::records::{self, Channel, Notices};
use crate::connection::Instant;
use crate::mux::{Answer, Config, ControlId, EverstreamProtocol, Multiplexer, Start, StreamId};

pub(super) struct Mux {
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
}

impl Mux {
    pub(super) fn new(options: Options, last_event_id: &str, url: &str) -> Self {
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
        }
    }

    pub(super) fn subscribe(&mut self, name: &str, start: Start) -> u32 {
        let number = self.channels + 1;
        let notices = self.notices.clone();
        let make = || Channel::new(number, notices);
        match self.machine.subscribe(name, start, make) {
            Ok(channel) => {
                let taken = channel.number;
                self.channels = self.channels.max(taken);
                taken
            }
            Err(_) => 0,
        }
    }

    pub(super) fn unsubscribe(&mut self, name: &str, number: u32) {
        let present = self.machine.subscribers(name);
        if present.is_some_and(|channel| channel.number == number) {
            self.machine.unsubscribe(name);
        }
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
            let config = crate::connection::Config {
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
