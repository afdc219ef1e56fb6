//! The streams: how they are opened, replaced and lost.

use super::changes::without_starts;
use super::set::{Channel, Past};
use super::stream::{Stream, StreamId};
use super::{Multiplexer, Output, Start, Subscribers};
use crate::connection::Instant;
use crate::error::Error;
use crate::gap::GapCause;
use crate::http::Response;
use crate::mux::protocol::{Answer, Opening, Request};

/// After so many attempts that failed, a successor no longer waits to be open: the stream in use is closed.
const SUCCESSOR_FAILURES: u32 = 4;

impl<S: Subscribers> Multiplexer<S> {
    /// Begins a stream's next attempt to connect. If a request is returned, its answer goes to
    /// [`handle_prepared`](Self::handle_prepared) first; then [`opening`](Self::opening) says what to
    /// open.
    pub fn begin_attempt(&mut self, id: StreamId) -> Option<Request> {
        let session = (self.new_session)();
        let stream = self.stream_mut(id)?;
        stream.lost();
        stream.is_attempting = true;
        stream.session = session;
        stream.is_resumed = true;
        let had_heartbeat = core::mem::take(&mut stream.has_heartbeat);
        if had_heartbeat {
            self.outputs.push_back(Output::Heartbeat(id, None));
        }
        self.drop_round(id);
        let url = self.config.url.clone();
        self.stream_mut(id)?.session.prepare(&url)
    }

    /// The answer to what [`begin_attempt`](Self::begin_attempt) has asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`]: the attempt has failed.
    pub fn handle_prepared(&mut self, id: StreamId, answer: &Answer) -> Result<(), Error> {
        match self.stream_mut(id) {
            None => Ok(()),
            Some(stream) => stream
                .session
                .prepared(answer)
                .map_err(|reason| Error::Protocol {
                    event_type: None,
                    data: answer.body.clone(),
                    reason,
                }),
        }
    }

    /// What to open, with the set as it is now.
    pub fn opening(&mut self, id: StreamId) -> Option<Opening> {
        self.channels.settle();
        self.update_starts();
        let version = self.channels.version();
        let is_current = self.current.as_ref().is_some_and(|stream| stream.id == id);
        let stream = if is_current {
            self.current.as_mut()
        } else {
            self.successor.as_mut().filter(|stream| stream.id == id)
        }?;
        let mut channels = self.channels.all();
        // A connection that has had any ID sends it, also one that is no position of ours.
        if self.log.position().is_empty() && stream.previous_id.is_empty() {
            channels = without_starts(channels);
        }
        let opening = stream.session.open(&self.config.url, &channels);
        drop(channels);
        for channel in self.channels.channels_mut() {
            channel.asked_now = (channel.start == Start::Now).then_some(id);
        }
        stream.carries_channels = opening.carries_channels;
        stream.base = version;
        stream.requested = if opening.carries_channels { version } else { 0 };
        Some(opening)
    }

    /// A stream is open.
    pub fn handle_open(&mut self, now: Instant, id: StreamId) {
        if self
            .successor
            .as_ref()
            .is_some_and(|stream| stream.id == id)
        {
            self.promote();
        }
        let Some(stream) = self.current.as_mut().filter(|stream| stream.id == id) else {
            return;
        };
        // One that replaces another without a position may have missed what came on neither.
        let replaces = !core::mem::replace(&mut stream.was_open, true);
        let without_position = replaces && self.log.position().is_empty();
        let resumes = stream.session.resumes();
        stream.open_since = Some(now);
        stream.failures = 0;
        stream.in_force = if stream.carries_channels {
            stream.base
        } else {
            0
        };
        stream.delivered = stream.in_force;
        let (version, is_resumed) = (stream.was_in_force, stream.is_resumed);
        if !resumes {
            self.missed_up_to(version, |_| true);
        } else if without_position {
            self.missed_up_to(version, Channel::is_at_position);
        }
        if !is_resumed {
            self.missed(|_| true);
        }
        self.missed_while_opening(id);
        self.ask_again = None;
        self.tell_what_is_in_force();
        self.flush(now);
    }

    /// The answer that opens a stream, with the position that its request carried. For who reads by fetch,
    /// before [`handle_open`](Self::handle_open).
    pub fn handle_response(&mut self, id: StreamId, position: &str, response: &Response) {
        if let Some(stream) = self.stream_mut(id) {
            stream.is_resumed = stream.session.opened(position, response);
        }
    }

    /// A stream has reconnected without a position.
    pub fn handle_gap(&mut self, id: StreamId) {
        // Where nothing is ever resumed, `handle_open` has said so.
        if let Some(stream) = self.current.as_ref().filter(|stream| stream.id == id)
            && stream.session.resumes()
        {
            self.missed(Channel::is_at_position);
        }
    }

    /// A stream is lost, and will be tried again.
    pub fn handle_lost(&mut self, id: StreamId) {
        let Some(stream) = self.stream_mut(id) else {
            return;
        };
        stream.lost();
        let gives_up = stream.failures >= SUCCESSOR_FAILURES;
        self.drop_round(id);
        if self.is_current(id) {
            if self.successor.is_some() {
                self.promote();
            }
            self.tell_what_is_in_force();
        } else if gives_up {
            // The server, or the browser's limit of connections, may allow only one stream at a time.
            self.promote();
            self.tell_what_is_in_force();
        }
    }

    /// A stream is closed for good, by the server or since it can't be opened.
    pub fn handle_closed(&mut self, now: Instant, id: StreamId, error: Option<Error>) {
        let refused = self.successor.take_if(|stream| stream.id == id);
        if let Some(refused) = refused {
            self.outputs.push_back(Output::Close(id));
            self.log.end_handover();
            let current = self.current.as_ref();
            let error = error.unwrap_or_else(|| Error::disconnected("the server told to stop"));
            let in_force = current.map_or(0, |stream| stream.in_force);
            // One that came to nothing before it asked would come to nothing again.
            let version = match refused.requested.max(refused.base) {
                0 => self.channels.version(),
                version => version,
            };
            self.refuse_additions(in_force, version, &error);
            self.flush(now);
        } else if self.is_current(id) {
            if self.successor.is_some() {
                self.handle_lost(id);
            } else {
                self.close(error);
            }
        }
    }

    /// Asks the server for the set as it is now, if it has not been.
    pub fn flush(&mut self, now: Instant) {
        self.channels.settle();
        self.forget_removed();
        self.attention = false;
        if self.is_closed() {
            return;
        }
        if self.channels.is_empty() {
            self.forget_streams();
            return;
        }
        let Some(stream) = &self.current else {
            let stream = self.new_stream();
            self.current = Some(stream);
            return;
        };
        let version = self.channels.version();
        let waits = self.round.is_some() || self.ask_again.is_some() || self.successor.is_some();
        if stream.open_since.is_some() && stream.requested < version && !waits {
            let id = stream.id;
            self.change(now);
            self.outputs.push_back(Output::Listen(id));
        }
    }

    /// Begins to replace the stream in use.
    pub(super) fn hand_over(&mut self) {
        if self.successor.is_none() {
            let channels = &self.channels;
            let is_awaited = |since| channels.iter().any(|(_, channel)| channel.since == since);
            self.log.begin_handover(is_awaited);
            self.successor = Some(self.new_stream());
        }
    }

    fn new_stream(&mut self) -> Stream {
        self.streams += 1;
        let id = StreamId(self.streams);
        let position = self.log.position().to_owned();
        let stream = Stream::new(id, (self.new_session)(), &position);
        self.outputs.push_back(Output::Open(id, position));
        stream
    }

    /// The successor takes over.
    fn promote(&mut self) {
        let Some(mut successor) = self.successor.take() else {
            return;
        };
        if let Some(mut old) = self.current.take() {
            old.lost();
            self.drop_round(old.id);
            successor.was_in_force = successor.was_in_force.max(old.was_in_force);
            self.outputs.push_back(Output::Close(old.id));
        }
        self.log.go_back(&successor);
        self.current = Some(successor);
    }

    /// Lets go of the connections.
    pub(super) fn close_streams(&mut self) {
        if let Some(stream) = self.current.take() {
            self.outputs.push_back(Output::Close(stream.id));
        }
        if let Some(stream) = self.successor.take() {
            self.outputs.push_back(Output::Close(stream.id));
        }
    }

    /// Without a channel there is nothing to be connected for. The position is let go of too: what
    /// comes while nobody is there is missed by nobody.
    fn forget_streams(&mut self) {
        if self.current.is_some() || self.successor.is_some() {
            self.log = super::Log::default();
        }
        self.close_streams();
        self.end_round();
        self.ask_again = None;
        self.forget_removed();
    }

    /// A set is in force: channels of it that are not in a replay begin, from now on, where the
    /// connection does.
    pub(super) fn tell_what_is_in_force(&mut self) {
        let Some(stream) = &self.current else { return };
        let in_force = stream.in_force;
        for channel in self.channels.channels_mut() {
            let yes = channel.since <= in_force;
            if yes && channel.start == Start::Now {
                channel.start = Start::Position;
            }
            // One that has had nothing and missed nothing stays like that.
            if yes && channel.past == Past::Missed {
                channel.continues();
            }
            if channel.is_in_force != yes {
                channel.is_in_force = yes;
                channel.subscribers.in_force(yes);
                self.attention = true;
            }
        }
        self.forget_removed();
    }

    /// Forgets the names that were given up and that no stream has to be told of, because it knows already
    /// or was never asked for them. Without that, names given up while offline would stay for ever.
    fn forget_removed(&mut self) {
        let streams = self.current.iter().chain(&self.successor);
        let asked = streams.filter_map(Stream::asked);
        let (settled, latest) = asked.fold((u64::MAX, 0), |all, one| {
            (all.0.min(one.0), all.1.max(one.1))
        });
        self.channels.forget_removed(settled, latest);
    }

    /// What the stream was asked to begin now has begun already, on the stream before it: there is something
    /// between the two.
    fn missed_while_opening(&mut self, id: StreamId) {
        for channel in self.channels.channels_mut() {
            if channel.asked_now == Some(id) && channel.start != Start::Now {
                channel.past = Past::Missed;
            }
        }
    }

    /// The channels may have missed something before this attempt.
    fn missed(&mut self, concerns: impl Fn(&Channel<S>) -> bool) {
        let Some(stream) = &self.current else { return };
        self.missed_up_to(stream.was_in_force, concerns);
        self.tell_what_is_in_force();
    }

    /// The channels of that set and of those before it may have missed something. They are told when they
    /// are in force: who then asks the server what is, misses nothing of what follows.
    fn missed_up_to(&mut self, version: u64, concerns: impl Fn(&Channel<S>) -> bool) {
        for channel in self.channels.channels_mut() {
            let was_there = channel.since <= version || channel.past != Past::None;
            if was_there && concerns(channel) {
                channel.past = Past::Missed;
            }
        }
    }

    /// Tells the channels of that set and of those before it that they may have missed something here.
    pub(super) fn gap_up_to(&self, version: u64, cause: GapCause) {
        for (_, channel) in self.channels.iter() {
            if channel.since <= version {
                channel.subscribers.gap(cause);
            }
        }
    }

    pub(super) fn is_current(&self, id: StreamId) -> bool {
        self.current.as_ref().is_some_and(|stream| stream.id == id)
    }

    pub(super) fn stream_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        let mut streams = self.current.iter_mut().chain(&mut self.successor);
        streams.find(|stream| stream.id == id)
    }
}
