//! Deliveries: everything that a session hands to its subscribers.

use crate::connection::{End, State};
use crate::error::Error;
use crate::gap::GapCause;
use crate::parse::{Event, EventTooLarge};
use crate::tabs::Sharing;

/// Names a channel by the number that it was subscribed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub u32);

/// The only channel of a session that isn't a multiplexer.
pub const SOLE: ChannelId = ChannelId(0);

/// The point from which a connection would resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The last event ID to resume from.
    pub position: &'a str,
    /// Whether some channels are behind the position, because a new connection hasn't caught up yet.
    pub is_behind: bool,
    /// Whether some channels may still be in the replay that they began with.
    pub is_replaying: bool,
}

/// One item for the subscribers, in order among all items.
#[derive(Debug)]
#[non_exhaustive]
pub enum Delivery<'a> {
    /// An event, and the point from which the connection would resume after it.
    Event(ChannelId, Event<'a>, Place<'a>),
    /// The text of a comment.
    Comment(&'a str),
    /// Events of this channel may be missing here.
    Gap(ChannelId, GapCause),
    /// An event of this channel was too large.
    Skipped(ChannelId, EventTooLarge),
    /// Whether the server sends this channel from here on.
    InForce(ChannelId, bool),
    /// A channel has ended, and is no longer subscribed to.
    End(ChannelId, Option<Error>),
    /// A failure that concerns no single channel.
    Failed(Error),
    /// The state of the connection in use.
    State(&'a State),
    /// The server has ended the stream cleanly; [`State::Closed`] without an error follows.
    Ended(End),
    /// This tab's role among the tabs that share, and their number.
    Sharing(Sharing),
}

/// Whether a sink can take more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// The sink can take more.
    Continue,
    /// The sink has no room. It keeps the delivery that it was given last, and the rest waits.
    Stop,
}

/// Receives the deliveries of a session. An implementation must not run user code that could call back into
/// the session.
pub trait Sink {
    /// Takes one delivery. The delivery counts as taken, whatever is returned.
    fn take(&mut self, delivery: Delivery<'_>) -> Flow;
}

impl<F: FnMut(Delivery<'_>) -> Flow> Sink for F {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        self(delivery)
    }
}
