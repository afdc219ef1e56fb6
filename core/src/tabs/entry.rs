//! The entries of the log, in which the leader relays what has happened.

use super::codec::wire;
use crate::error::Error;

/// One step of the log that all tabs share.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The fact that the entry records.
    pub fact: Fact,
    /// The position from which the connection would resume after the entry. `None` if that is the event's
    /// ID, or hasn't changed.
    pub position: Option<Box<str>>,
}

/// Something that has happened.
#[derive(Clone, Debug)]
pub enum Fact {
    /// An event has come.
    Event {
        /// The event's channel. The only channel of a plain source has no name.
        channel: Box<str>,
        /// The event's type within the channel.
        event_type: Box<str>,
        /// The event's data.
        data: Box<str>,
        /// The last event ID after the event.
        id: Box<str>,
    },
    /// Events may be missing here, in one channel or in all.
    Gap(Option<Box<str>>),
    /// An event was skipped, in one channel or in an unknown one.
    Skipped {
        /// The event's channel, if it is known.
        channel: Option<Box<str>>,
        /// The reason.
        error: Error,
    },
    /// Channels that are asked for from here on, or that the connection serves by now if the entry has a
    /// position.
    Added(Vec<Box<str>>),
    /// Channels that are no longer asked for from here on.
    Left(Vec<Box<str>>),
    /// The server has ended a channel, or refused it.
    End {
        /// The channel.
        channel: Box<str>,
        /// The reason, if the channel failed.
        error: Option<Error>,
    },
    /// The connection is closed for good, for every tab.
    Closed(Option<Error>),
    /// A failure that concerns no single channel.
    Failed(Error),
    /// The server was asked to begin this channel after an event: the channel's earlier events follow before
    /// its new ones. `None`: all channels have come to where the connection is.
    Replay(Option<Start>),
}

/// A channel, and the ID of the event after which it is to begin.
pub type Start = (Box<str>, Box<str>);

wire!(struct Entry { fact, position });

wire!(enum Fact {
    0 = Event { channel, event_type, data, id },
    1 = Gap(channel),
    2 = Skipped { channel, error },
    3 = Added(channels),
    4 = Left(channels),
    5 = End { channel, error },
    6 = Closed(error),
    7 = Failed(error),
    8 = Replay(start),
});

impl Entry {
    /// Returns the position after the entry, if the entry tells it.
    pub(super) fn position(&self) -> Option<&str> {
        match (&self.position, &self.fact) {
            (Some(position), _) => Some(position),
            (None, Fact::Event { id, .. }) => Some(id),
            (None, _) => None,
        }
    }

    /// Returns the last event ID after the entry, or an empty text if the entry isn't an event.
    pub(super) fn event_id(&self) -> &str {
        match &self.fact {
            Fact::Event { id, .. } => id,
            _ => "",
        }
    }

    /// Whether the log ends with this entry.
    pub(super) fn is_end_of_all(&self) -> bool {
        matches!(self.fact, Fact::Closed(_))
    }

    /// Returns about how many bytes the entry takes in memory.
    pub(super) fn weight(&self) -> usize {
        let text = match &self.fact {
            Fact::Event {
                channel,
                event_type,
                data,
                id,
            } => channel.len() + event_type.len() + data.len() + id.len(),
            Fact::Added(names) | Fact::Left(names) => {
                names.iter().map(|name| name.len() + 16).sum()
            }
            _ => 0,
        };
        text + self.position.as_ref().map_or(0, |position| position.len()) + 128
    }
}
