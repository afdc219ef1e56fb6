//! Events of a stream: which channel they belong to, and whether they are duplicates.

use std::borrow::Cow;

use super::log::Order;
use super::set::{Channel, Version};
use super::stream::StreamId;
use super::{Multiplexer, Output, Start, Subscribers};
use crate::error::Error;
use crate::gap::GapCause;
use crate::mux::protocol::Route;
use crate::parse::Event;

/// The result of handling an event.
#[derive(Debug)]
pub enum Handled<'e, R> {
    /// The event is for these subscribers and counts as delivered.
    For {
        /// The result of `take` for the channel's subscribers.
        takers: R,
        /// The event's type within the channel.
        event_type: &'e str,
        /// The event's data.
        data: Cow<'e, str>,
    },
    /// `take` has declined: no state has changed, and the event may be passed in again.
    Declined,
    /// No subscriber needs the event.
    Done,
}

impl<S: Subscribers> Multiplexer<S> {
    /// Handles an event of a stream. `take` receives the channel's subscribers and the event's type, and may
    /// decline by returning `None`. Call [`flush`](Self::flush) once there are no more events for now.
    pub fn handle_event<'e, R>(
        &mut self,
        id: StreamId,
        event: &Event<'e>,
        take: impl FnOnce(&S, &'e str) -> Option<R>,
    ) -> Handled<'e, R> {
        let Some(stream) = self.current.as_mut().filter(|stream| stream.id == id) else {
            return Handled::Done;
        };
        let handled = match stream.session.route(event) {
            Route::Event {
                channel,
                event_type,
                data,
            } => match self.deliver(event, &channel, |subscribers| take(subscribers, event_type)) {
                Delivery::Taken(takers) => Handled::For {
                    takers,
                    event_type,
                    data,
                },
                Delivery::Declined => return Handled::Declined,
                Delivery::Unwanted => Handled::Done,
            },
            control => {
                self.control(event, control);
                Handled::Done
            }
        };
        // The protocol may have been waiting for this event.
        self.attention |= self.ask_again.take().is_some();
        handled
    }

    fn deliver<R>(
        &mut self,
        event: &Event<'_>,
        name: &str,
        take: impl FnOnce(&S) -> Option<R>,
    ) -> Delivery<R> {
        let Some(stream) = &mut self.current else {
            return Delivery::Unwanted;
        };
        let order = self.log.order_in_channel(stream, event.last_event_id);
        let mut delivery = Delivery::Unwanted;
        if let Some(channel) = self.channels.get(name)
            && channel.wanted
            && channel.since <= stream.delivered
            && self.is_new(channel, order, event.last_event_id)
            && let Some(channel) = self.channels.get_mut(name)
        {
            channel.continues();
            match take(&channel.subscribers) {
                Some(takers) => delivery = Delivery::Taken(takers),
                None => return Delivery::Declined,
            }
        }
        if order == Order::Opaque {
            let is_new = matches!(delivery, Delivery::Taken(_));
            self.advance_without_order(name, event.last_event_id, is_new);
            return delivery;
        }
        self.advance(order, event.last_event_id);
        if matches!(delivery, Delivery::Taken(_))
            && let Some(channel) = self.channels.get_mut(name)
        {
            // An event whose ID equals the previous one counts too: an `@` event may have announced its ID.
            let seq = self.log.seq_of(self.current.as_ref(), event.last_event_id);
            channel.seen = channel.seen.max(seq.unwrap_or(0));
        }
        delivery
    }

    /// Returns whether the channel has not received the event yet.
    fn is_new(&self, channel: &Channel<S>, order: Order, id: &str) -> bool {
        match order {
            Order::Seq(seq) => seq > channel.seen,
            Order::Opaque => match self.log.delivered_since(id) {
                None => true,
                // An event delivered to another subscription of the channel precedes this one, unless this
                // one replays it.
                Some(since) => since != channel.since && matches!(channel.start, Start::After(_)),
            },
            Order::Unknown | Order::NewEpoch(_) => true,
        }
    }

    /// Moves on to an event of a channel whose IDs have no order. A channel that began after an ID of its own
    /// may be before or ahead of the connection. No ID shows when the two meet. Such a channel keeps its own
    /// last event ID, and only the other channels move the connection's.
    fn advance_without_order(&mut self, name: &str, id: &str, is_new: bool) {
        let Some(stream) = &mut self.current else {
            return;
        };
        stream.has_had(id);
        let Some(channel) = self.channels.get_mut(name) else {
            return;
        };
        if !channel.wanted || channel.since > stream.delivered {
            return;
        }
        let since = channel.since;
        if matches!(channel.start, Start::After(_)) {
            if is_new {
                channel.start = Start::After(id.into());
            }
        } else {
            self.log.advance(stream, Order::Opaque, id);
        }
        self.log.comes_again(id);
        if self.successor.is_none() {
            self.log.end_handover();
        } else if is_new && !self.log.remember(id, since) {
            // The old stream is faster than its successor opens. The old one ends here, and the successor
            // continues.
            if let Some(id) = self.current.as_ref().map(|stream| stream.id) {
                self.handle_lost(id);
            }
        }
    }

    /// Moves the log on to an event that has been handled.
    pub(super) fn advance(&mut self, order: Order, id: &str) {
        let Some(stream) = &mut self.current else {
            return;
        };
        match order {
            Order::NewEpoch(_) => {
                for channel in self.channels.channels_mut() {
                    channel.seen = 0;
                }
            }
            Order::Seq(seq) if seq > stream.head => self.replays_are_over(),
            Order::Opaque | Order::Unknown | Order::Seq(_) => {}
        }
        let Some(stream) = &mut self.current else {
            return;
        };
        let left_a_log = matches!(order, Order::NewEpoch(_)) && !self.log.position().is_empty();
        self.log.advance(stream, order, id);
        let was_told = matches!(order, Order::NewEpoch(_) | Order::Seq(_))
            && core::mem::take(&mut stream.gap_was_told);
        if left_a_log && !was_told {
            // The gap must be reported even if the server was cut off before it could announce it.
            let version = stream.was_in_force.max(stream.in_force);
            self.gap_up_to(version, GapCause::Announced);
        }
    }

    pub(super) fn control(&mut self, event: &Event<'_>, route: Route<'_>) {
        let Some(stream) = &mut self.current else {
            return;
        };
        event.last_event_id.clone_into(&mut stream.noted_id);
        let mut order = self.log.order(stream, event.last_event_id);
        if order == Order::Opaque && stream.skipped_in_replay.take() == Some(true) {
            // An event without an ID of its own carries the ID of the event that was skipped before.
            stream.has_had(event.last_event_id);
            order = Order::Unknown;
        }
        match route {
            Route::Connected { heartbeat } => {
                self.log.adopt(stream);
                let order = self.log.order(stream, event.last_event_id);
                // Events that are resumed arrive only after `@connected`.
                if self.log.position().is_empty() || matches!(order, Order::NewEpoch(_)) {
                    self.advance(order, event.last_event_id);
                } else {
                    // The ID says how far the server's log has come. A later event without an ID of its own,
                    // such as a refusal, must not count as that ID. The stream stays fresh, since the event
                    // with that ID is still to come.
                    event.last_event_id.clone_into(&mut stream.previous_id);
                }
                if let Some(stream) = &mut self.current {
                    stream.head = self.log.seq();
                    if let Some(interval) = heartbeat {
                        stream.has_heartbeat = true;
                        let limit = interval.saturating_mul(2);
                        let output = Output::Heartbeat(stream.id, Some(limit));
                        self.outputs.push_back(output);
                    }
                }
            }
            Route::InForce { revision } => {
                let version = stream.version(revision);
                self.advance(order, event.last_event_id);
                if let Some(stream) = &mut self.current {
                    stream.head = self.log.seq();
                }
                if let Some(version) = version {
                    self.put_in_force(version);
                }
            }
            Route::Gap { channels } => self.gap(channels),
            Route::Complete { channel } => self.complete(&channel, order, event.last_event_id),
            Route::Error {
                channel,
                code,
                message,
                revision,
            } => {
                self.advance(order, event.last_event_id);
                let error = Error::Channel {
                    channel: channel.clone(),
                    code,
                    message,
                };
                self.fail_channel(&channel, revision, error);
            }
            Route::Heartbeat => {
                self.advance(order, event.last_event_id);
                if self.log.is_ordered() {
                    self.replays_are_over();
                }
            }
            Route::Malformed(reason) => self.outputs.push_back(Output::Error(Error::Protocol {
                event_type: Some(event.event_type.to_owned()),
                data: event.data.to_owned(),
                reason,
            })),
            Route::Event { .. } | Route::Ignored => {}
        }
    }

    /// Ends a channel, with its present subscribers: the server no longer sends it.
    fn complete(&mut self, name: &str, order: Order, id: &str) {
        if order == Order::Opaque {
            self.advance_without_order(name, id, true);
        } else {
            self.advance(order, id);
        }
        self.end_channel(name, None);
    }

    fn gap(&mut self, names: Option<Vec<String>>) {
        let Some(stream) = &mut self.current else {
            return;
        };
        let in_force = stream.in_force;
        let is_meant = |since| since <= in_force;
        let Some(names) = names else {
            stream.gap_was_told = true;
            return self.gap_up_to(in_force, GapCause::Announced);
        };
        let mut told = 0;
        for name in names {
            if let Some(channel) = self.channels.get_mut(&name)
                && is_meant(channel.since)
            {
                channel.subscribers.gap(GapCause::Announced);
                told += 1;
            }
        }
        let channels = self.channels.iter().map(|(_, channel)| channel.since);
        stream.gap_was_told = told == channels.filter(|since| is_meant(*since)).count();
    }

    /// Ends a channel if it belongs to the set that is delivered.
    fn end_channel(&mut self, name: &str, error: Option<Error>) {
        if let Some(stream) = &self.current {
            self.end_up_to(stream.delivered, name, error);
        }
    }

    /// Ends a channel that was refused or has failed in the set of `revision`. Without a revision, the error
    /// is about the requested set, since a refusal may precede its set. If an earlier subscription of the
    /// channel is still to be removed from the server's set, the error is about the set in force. The present
    /// subscription then continues.
    fn fail_channel(&mut self, name: &str, revision: Option<u64>, error: Error) {
        let Some(stream) = &self.current else { return };
        let latest = match revision {
            Some(revision) => stream.version(revision).unwrap_or(0),
            None if self.channels.was_removed(name) => stream.in_force,
            None => stream.requested,
        };
        self.end_up_to(latest, name, Some(error));
    }

    /// Ends a channel if it belongs to the set `latest` or to an earlier one.
    fn end_up_to(&mut self, latest: Version, name: &str, error: Option<Error>) {
        let channel = self.channels.get(name);
        if channel.is_some_and(|channel| channel.since <= latest)
            && let Some(channel) = self.channels.take(name)
        {
            channel.subscribers.end(error);
            // `flush` must run: without the last channel, the connection is not needed.
            self.attention = true;
        }
    }

    /// Ends the replays of channels in force: the server sends replays before any newer event.
    fn replays_are_over(&mut self) {
        if self.replaying == 0 {
            return;
        }
        let in_force = self.current.as_ref().map_or(0, |stream| stream.in_force);
        self.replaying = 0;
        for channel in self.channels.channels_mut() {
            let Start::After(id) = &channel.start else {
                continue;
            };
            let begun = if channel.seen > 0 {
                Some(channel.seen)
            } else {
                self.log.seq_of(self.current.as_ref(), id)
            };
            // The channel may have begun ahead of the connection, or in another log.
            if let Some(begun) = begun.filter(|_| channel.since <= in_force) {
                channel.seen = begun;
                channel.start = Start::Position;
            } else {
                self.replaying += 1;
            }
        }
    }
}

enum Delivery<R> {
    Taken(R),
    Declined,
    Unwanted,
}
