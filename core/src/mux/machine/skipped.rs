//! Inputs of a stream other than events: events that were skipped as too large, and bare last event IDs.

use super::log::Order;
use super::set::Channel;
use super::stream::StreamId;
use super::{Multiplexer, Output, Start, Subscribers};
use crate::error::Error;
use crate::gap::GapCause;
use crate::mux::protocol::Route;
use crate::parse::{Event, EventTooLarge};

impl<S: Subscribers> Multiplexer<S> {
    /// Handles an event of a stream that was too large and was skipped. At most its type is known. Returns
    /// the subscribers to tell.
    ///
    /// If the event may belong to any channel, each channel in force is told of a gap, and the error is an
    /// [`Output::Error`]. This is so if its type is unknown or the protocol finds the channel in the data.
    pub fn handle_skipped(&mut self, id: StreamId, skipped: &EventTooLarge) -> Option<&S> {
        let stream = self.current.as_mut().filter(|stream| stream.id == id)?;
        let delivered = stream.delivered;
        if let Some(event_type) = &skipped.event_type {
            let event = Event {
                event_type,
                data: "",
                last_event_id: "",
            };
            match stream.session.route(&event) {
                Route::Event { channel, .. } => {
                    let channel = self.channels.get(&channel);
                    let channel =
                        channel.filter(|channel| channel.wanted && channel.since <= delivered);
                    let is_replayed =
                        channel.is_none_or(|channel| matches!(channel.start, Start::After(_)));
                    stream.skipped_in_replay = Some(is_replayed);
                    return channel.map(|channel| &channel.subscribers);
                }
                Route::Malformed(_) => self.gap_up_to(delivered, GapCause::Skipped),
                Route::Ignored => {}
                // The type of a control event has its effect without the data, for example the end of a
                // channel.
                control => self.control(&event, control),
            }
        } else {
            self.gap_up_to(delivered, GapCause::Skipped);
        }
        let error = Error::EventTooLarge(skipped.clone());
        self.outputs.push_back(Output::Error(error));
        None
    }

    /// Handles a last event ID that changed without an event that was passed in: by a block without data, or
    /// by a skipped event. Call this after passing in the earlier events.
    pub fn handle_position(&mut self, id: StreamId, last_event_id: &str) {
        let Some(stream) = self.current.as_mut().filter(|stream| stream.id == id) else {
            return;
        };
        let skipped_in_replay = stream.skipped_in_replay.take();
        if last_event_id == stream.previous_id || last_event_id == stream.noted_id {
            return;
        }
        match self.log.order(stream, last_event_id) {
            Order::Opaque => {
                // During a replay, the ID of a skipped event or of a block without data may not apply to the
                // other channels. Resuming from the earlier ID loses no event.
                let is_replayed = |channel: &Channel<S>| matches!(channel.start, Start::After(_));
                let is_in_replay = skipped_in_replay
                    .unwrap_or_else(|| self.channels.iter().any(|(_, it)| is_replayed(it)));
                if is_in_replay {
                    stream.has_had(last_event_id);
                } else {
                    self.log.advance(stream, Order::Opaque, last_event_id);
                    self.log.comes_again(last_event_id);
                }
            }
            order => self.advance(order, last_event_id),
        }
    }
}
