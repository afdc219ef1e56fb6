//! What the leader hands on.

use serde::{Deserialize, Serialize};

use super::wire;
use crate::error::Error;

/// One step of the log that all tabs share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// What has happened.
    #[serde(rename = "f")]
    pub fact: Fact,
    /// Where the connection would resume behind it; `None` where that is the event's ID, or has not
    /// changed.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Box<str>>,
}

/// What has happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Fact {
    /// An event has come.
    #[serde(rename = "e")]
    Event {
        /// Whose it is. The only channel of a plain source has no name.
        #[serde(rename = "c", default, skip_serializing_if = "str::is_empty")]
        channel: Box<str>,
        /// Its type within the channel.
        #[serde(rename = "t")]
        event_type: Box<str>,
        /// Its data.
        #[serde(rename = "d")]
        data: Box<str>,
        /// The last event ID behind it.
        #[serde(rename = "i", default, skip_serializing_if = "str::is_empty")]
        id: Box<str>,
    },
    /// Events may be missing here, in one channel or in all.
    Gap(Option<Box<str>>),
    /// An event was skipped, in one channel or in an unknown one.
    Skipped {
        /// Whose it was.
        channel: Option<Box<str>>,
        /// Why.
        #[serde(with = "wire::error")]
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
        #[serde(with = "wire::maybe_error")]
        error: Option<Error>,
    },
    /// The connection is closed for good, for every tab.
    Closed(#[serde(with = "wire::maybe_error")] Option<Error>),
}

impl Entry {
    /// The position behind it, if it says so.
    pub(super) fn position(&self) -> Option<&str> {
        match (&self.position, &self.fact) {
            (Some(position), _) => Some(position),
            (None, Fact::Event { id, .. }) => Some(id),
            (None, _) => None,
        }
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
