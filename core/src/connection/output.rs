//! What a connection wants done, and what it has to tell.

use super::{Attempt, End, State};
use crate::gap::GapCause;
use crate::parse::Event;

/// What the edge is to do or to tell.
#[derive(Debug)]
pub enum Output {
    /// Open a connection. The one before is gone.
    Connect(Attempt),
    /// Drop the connection: nothing of it may come in any more.
    Disconnect,
    /// The state has changed.
    State(State),
    /// Events may be missing from here on.
    Gap(GapCause),
    /// Deliver an event that no chunk has completed: an answer in one piece, or the event in the middle of
    /// which the stream has ended.
    Event(OwnedEvent),
    /// The server has ended the stream, and the state will be [`State::Closed`] without an error.
    End(End),
}

/// An event that borrows from nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedEvent {
    /// The event's type.
    pub event_type: String,
    /// Its data.
    pub data: String,
    /// The last event ID after it.
    pub last_event_id: String,
}

impl OwnedEvent {
    /// A copy of an event.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Self {
        Self {
            event_type: event.event_type.to_owned(),
            data: event.data.to_owned(),
            last_event_id: event.last_event_id.to_owned(),
        }
    }

    /// The event as the parser would hand it out.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            event_type: &self.event_type,
            data: &self.data,
            last_event_id: &self.last_event_id,
        }
    }
}

/// What becomes of an event of the native `EventSource`; see [`Connection::handle_event`](super::Connection::handle_event).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Passage {
    /// It is to be delivered.
    Deliver,
    /// It is to be delivered behind a gap: its ID does not follow the one before.
    DeliverBehindGap,
    /// It is not to be delivered: the stream has ended before it.
    Discard,
}
