//! What a session has for its subscribers.

use crate::connection::{End, State};
use crate::error::Error;
use crate::gap::GapCause;
use crate::parse::{Event, EventTooLarge};
use crate::tabs::Sharing;

/// Names a channel, by the number that it was subscribed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub u32);

/// The only channel of what is no multiplexer.
pub const SOLE: ChannelId = ChannelId(0);

/// Where a connection would resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The position.
    pub position: &'a str,
    /// Some channels are behind it, since a new connection has not caught up yet.
    pub is_behind: bool,
}

/// One thing for the subscribers, in its place in the order of all.
#[derive(Debug)]
#[non_exhaustive]
pub enum Delivery<'a> {
    /// An event, and where the connection would resume behind it.
    Event(ChannelId, Event<'a>, Place<'a>),
    /// The text of a comment.
    Comment(&'a str),
    /// Events of this channel may be missing here.
    Gap(ChannelId, GapCause),
    /// An event of this channel was too large.
    Skipped(ChannelId, EventTooLarge),
    /// The server sends this channel from here on, or does so no longer.
    InForce(ChannelId, bool),
    /// A channel has ended; it is subscribed to no longer.
    End(ChannelId, Option<Error>),
    /// Something went wrong that concerns no channel alone.
    Failed(Error),
    /// The state of the connection that is in use.
    State(&'a State),
    /// The server has ended the stream well; [`State::Closed`] without an error follows.
    Ended(End),
    /// What this tab is among those that share.
    Sharing(Sharing),
}

/// Whether more can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// It can.
    Continue,
    /// Not now: what was handed over last is kept by who stops, and the rest waits.
    Stop,
}

/// Who takes what a session has. No code of a user's that could come back to the session may run in here.
pub trait Sink {
    /// Takes one thing. It is taken whatever is returned.
    fn take(&mut self, delivery: Delivery<'_>) -> Flow;
}

impl<F: FnMut(Delivery<'_>) -> Flow> Sink for F {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        self(delivery)
    }
}
