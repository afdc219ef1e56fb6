//! Grants: from where on a principal may read a channel.

use serde::{Deserialize, Serialize};

use super::Position;

/// The permission that [`Access::may_subscribe`](super::Access::may_subscribe) grants: the channel, and
/// how much of what was published to it before.
///
/// A client may ask for past events: after a reconnect, or with a position of its choice. Only the
/// application knows whether a principal may see events from before it was let in, so each grant says
/// so. Events that a grant leaves out are announced to the client as a gap.
///
/// ```
/// # use everstream_server::hub::{Grant, Position};
/// # fn joined_at() -> Position { "e7-120".parse().unwrap() }
/// let prices = Grant::with_history();
/// // The position was noted by `Hub::snapshot_position` when the user joined the room.
/// let room = Grant::since(joined_at());
/// # assert_ne!(prices, room);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant(pub(crate) Floor);

/// The point up to which a channel's past is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Floor {
    /// Every event that the log keeps is open.
    None,
    /// Events published after this entry are open.
    After(Position),
    /// Events published before the request are closed.
    Now,
}

impl Grant {
    /// Grants the channel with everything that the log keeps of it.
    #[must_use]
    pub fn with_history() -> Self {
        Self(Floor::None)
    }

    /// Grants what was published after a position, such as the one that
    /// [`Hub::snapshot_position`](super::Hub::snapshot_position) returned when the principal was let in.
    ///
    /// A log that began later than the position is granted as a whole.
    #[must_use]
    pub fn since(position: Position) -> Self {
        Self(Floor::After(position))
    }

    /// Grants what is published from the request on.
    ///
    /// A client that reconnects gets nothing of what it missed, and is told of a gap.
    #[must_use]
    pub fn from_now_on() -> Self {
        Self(Floor::Now)
    }
}
