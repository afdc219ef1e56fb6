//! Opens, replaces and loses streams.

use super::changes::without_starts;
use super::set::{Channel, Past};
use super::stream::{Stream, StreamId};
use super::{Multiplexer, Output, Start, Subscribers};
use crate::connection::Instant;
use crate::error::Error;
use crate::gap::GapCause;
use crate::http::Response;
use crate::mux::protocol::{Answer, Opening, Request};

/// The number of failed attempts after which a successor takes over before it is open: the stream in use is
/// closed.
const SUCCESSOR_FAILURES: u32 = 4;

impl<S: Subscribers> Multiplexer<S> {
    /// Begins a stream's next attempt to connect. If a request is returned, pass its answer to
    /// [`handle_prepared`](Self::handle_prepared) first. Then [`opening`](Self::opening) returns the request
    /// to open.
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

    /// Handles the answer to the request that [`begin_attempt`](Self::begin_attempt) returned.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`] if the attempt has failed.
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

    /// Returns the request that opens a stream, with the present set.
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
        // A connection that has received any ID sends it, even an ID that the log has not adopted.
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

    /// Handles the opening of a stream.
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
        // A stream that replaces another without a last event ID may have missed events between the two.
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

    /// Handles the answer that opens a stream, with the last event ID that its request carried. For edges
    /// that use fetch; call it before [`handle_open`](Self::handle_open).
    pub fn handle_response(&mut self, id: StreamId, position: &str, response: &Response) {
        if let Some(stream) = self.stream_mut(id) {
            stream.is_resumed = stream.session.opened(position, response);
        }
    }

    /// Handles a reconnect without a last event ID.
    pub fn handle_gap(&mut self, id: StreamId) {
        // If the protocol never resumes, `handle_open` has already reported the gap.
        if let Some(stream) = self.current.as_ref().filter(|stream| stream.id == id)
            && stream.session.resumes()
        {
            self.missed(Channel::is_at_position);
        }
    }

    /// Returns whether the server's last log had an order, so that the epoch of an event tells another log.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.log.is_ordered()
    }

    /// Handles the loss of a stream, which will be tried again.
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

    /// Handles the final end of a stream, closed by the server or impossible to open.
    pub fn handle_closed(&mut self, now: Instant, id: StreamId, error: Option<Error>) {
        let refused = self.successor.take_if(|stream| stream.id == id);
        if let Some(refused) = refused {
            self.outputs.push_back(Output::Close(id));
            self.log.end_handover();
            let current = self.current.as_ref();
            let error = error.unwrap_or_else(|| Error::disconnected("the server told to stop"));
            let in_force = current.map_or(0, |stream| stream.in_force);
            // A successor that ended before it requested a set would end again with the present set.
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

    /// Asks the server for the present set, unless it has been asked.
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

    /// Makes the successor the stream in use.
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

    /// Closes all streams.
    pub(super) fn close_streams(&mut self) {
        if let Some(stream) = self.current.take() {
            self.outputs.push_back(Output::Close(stream.id));
        }
        if let Some(stream) = self.successor.take() {
            self.outputs.push_back(Output::Close(stream.id));
        }
    }

    /// Closes the connections when the last channel is gone. The last event ID is dropped too: without
    /// subscribers, no one misses an event.
    fn forget_streams(&mut self) {
        if self.current.is_some() || self.successor.is_some() {
            self.log = super::Log::default();
        }
        self.close_streams();
        self.end_round();
        self.ask_again = None;
        self.forget_removed();
    }

    /// Reports which channels are in force. Those that are not in a replay resume, from now on, where the
    /// connection does.
    pub(super) fn tell_what_is_in_force(&mut self) {
        let Some(stream) = &self.current else { return };
        let in_force = stream.in_force;
        for channel in self.channels.channels_mut() {
            let yes = channel.since <= in_force;
            if yes && channel.start == Start::Now {
                channel.start = Start::Position;
            }
            // A channel that has received and missed nothing stays in that state.
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

    /// Forgets channels that were given up and that no stream has to be told of, because it knows already or
    /// was never asked for them. Otherwise, names given up while offline would stay for ever.
    fn forget_removed(&mut self) {
        let streams = self.current.iter().chain(&self.successor);
        let asked = streams.filter_map(Stream::asked);
        let (settled, latest) = asked.fold((u64::MAX, 0), |all, one| {
            (all.0.min(one.0), all.1.max(one.1))
        });
        self.channels.forget_removed(settled, latest);
    }

    /// Marks channels that the new stream was asked to begin now, although they began earlier on the previous
    /// stream. Events between the two may be missing.
    fn missed_while_opening(&mut self, id: StreamId) {
        for channel in self.channels.channels_mut() {
            if channel.asked_now == Some(id) && channel.start != Start::Now {
                channel.past = Past::Missed;
            }
        }
    }

    /// Notes that channels may have missed events before this attempt.
    fn missed(&mut self, concerns: impl Fn(&Channel<S>) -> bool) {
        let Some(stream) = &self.current else { return };
        self.missed_up_to(stream.was_in_force, concerns);
        self.tell_what_is_in_force();
    }

    /// Notes that the channels of that set, and of earlier ones, may have missed events. They are told once
    /// in force: a subscriber that then queries the server's state misses no later event.
    fn missed_up_to(&mut self, version: u64, concerns: impl Fn(&Channel<S>) -> bool) {
        for channel in self.channels.channels_mut() {
            let was_there = channel.since <= version || channel.past != Past::None;
            if was_there && concerns(channel) {
                channel.past = Past::Missed;
            }
        }
    }

    /// Reports a gap to the channels of that set and of earlier ones.
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
