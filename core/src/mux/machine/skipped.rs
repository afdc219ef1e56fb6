//! What a stream brings without an event that is handed in: that one was too large, and positions.

use super::log::Order;
use super::set::Channel;
use super::stream::StreamId;
use super::{Multiplexer, Output, Start, Subscribers};
use crate::error::Error;
use crate::gap::GapCause;
use crate::mux::protocol::Route;
use crate::parse::{Event, EventTooLarge};

impl<S: Subscribers> Multiplexer<S> {
    /// An event of a stream that was too large and was skipped, of which only the type is known, if that.
    /// Returns the subscribers that are to be told.
    ///
    /// If it may have been any channel's, because its type is not known or the protocol finds the channel in
    /// the data, each channel in force is told of a gap, and the error is an [`Output::Error`].
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
                // What its type says holds without its data, such as the end of a channel.
                control => self.control(&event, control),
            }
        } else {
            self.gap_up_to(delivered, GapCause::Skipped);
        }
        let error = Error::EventTooLarge(skipped.clone());
        self.outputs.push_back(Output::Error(error));
        None
    }

    /// The last event ID of a stream, where it was changed by something else than an event that was handed
    /// in: by a block without data, or by an event that was skipped. Call it behind the events that came
    /// before.
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
                // The ID of an event of a replay says nothing of the other channels, and neither may that of a
                // block without data during one. From the position of before nothing is missed.
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
