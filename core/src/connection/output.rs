//! The outputs of a connection.

use super::{Attempt, End, State};
use crate::gap::GapCause;
use crate::parse::Event;

/// An instruction or a report for the edge.
#[derive(Debug)]
pub enum Output {
    /// Open a connection. The previous one is gone.
    Connect(Attempt),
    /// Drop the connection: no further input may come from it.
    Disconnect,
    /// The state has changed.
    State(State),
    /// Events may be missing from here on.
    Gap(GapCause),
    /// Deliver an event that no chunk has completed: an answer read whole, or the unfinished event at the end
    /// of the stream.
    Event(OwnedEvent),
    /// The server has ended the stream. [`State::Closed`] without an error follows.
    End(End),
}

/// An event that owns its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedEvent {
    /// The event's type.
    pub event_type: String,
    /// The event's data.
    pub data: String,
    /// The last event ID after the event.
    pub last_event_id: String,
}

impl OwnedEvent {
    /// Copies an event.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Self {
        Self {
            event_type: event.event_type.to_owned(),
            data: event.data.to_owned(),
            last_event_id: event.last_event_id.to_owned(),
        }
    }

    /// Returns the event as the parser would lend it.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            event_type: &self.event_type,
            data: &self.data,
            last_event_id: &self.last_event_id,
        }
    }
}

/// The decision about an event of the native `EventSource`; see
/// [`Connection::handle_event`](super::Connection::handle_event).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Passage {
    /// Deliver the event.
    Deliver,
    /// Deliver a gap, then the event: its ID does not follow the previous one.
    DeliverBehindGap,
    /// Don't deliver the event: the stream ended before it.
    Discard,
}
