//! What the leader hands on.

use super::codec::wire;
use crate::error::Error;

/// One step of the log that all tabs share.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What has happened.
    pub fact: Fact,
    /// Where the connection would resume behind it; `None` where that is the event's ID, or has not
    /// changed.
    pub position: Option<Box<str>>,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum Fact {
    /// An event has come.
    Event {
        /// Whose it is. The only channel of a plain source has no name.
        channel: Box<str>,
        /// Its type within the channel.
        event_type: Box<str>,
        /// Its data.
        data: Box<str>,
        /// The last event ID behind it.
        id: Box<str>,
    },
    /// Events may be missing here, in one channel or in all.
    Gap(Option<Box<str>>),
    /// An event was skipped, in one channel or in an unknown one.
    Skipped {
        /// Whose it was.
        channel: Option<Box<str>>,
        /// Why.
        error: Error,
    },
    /// Channels that from here on are asked for.
    Added(Vec<Box<str>>),
    /// Channels that from here on are not asked for any more.
    Left(Vec<Box<str>>),
    /// The server has ended a channel, or refused it.
    End {
        /// Which.
        channel: Box<str>,
        /// Why, if it failed.
        error: Option<Error>,
    },
    /// The connection is closed for good, for every tab.
    Closed(Option<Error>),
    /// Something went wrong that concerns no channel alone.
    Failed(Error),
}

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
});

impl Entry {
    /// The position behind it, if it says so.
    pub(super) fn position(&self) -> Option<&str> {
        match (&self.position, &self.fact) {
            (Some(position), _) => Some(position),
            (None, Fact::Event { id, .. }) => Some(id),
            (None, _) => None,
        }
    }

    /// The last event ID behind it, if it is an event.
    pub(super) fn event_id(&self) -> &str {
        match &self.fact {
            Fact::Event { id, .. } => id,
            _ => "",
        }
    }

    /// Whether nothing comes behind it.
    pub(super) fn is_end_of_all(&self) -> bool {
        matches!(self.fact, Fact::Closed(_))
    }

    /// What it weighs in memory, about, in bytes.
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
