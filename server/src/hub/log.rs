//! The log behind a hub: in memory, or shared by several nodes.

use std::{pin::Pin, sync::Arc};

use parking_lot::Mutex;
use thiserror::Error;

use super::{
    Position,
    switchboard::{Change, Switchboard, Wish},
    window::Entry,
    wire,
};

/// Why the log can't be used at the moment.
#[derive(Clone, Debug, Error)]
#[error("the hub's log can't be reached, try again later: {0}")]
pub struct LogError(pub(crate) String);

/// What is published.
#[derive(Debug)]
pub(crate) enum Record<'a> {
    Event {
        channel: &'a str,
        kind: Option<&'a str>,
        data: &'a str,
    },
    Complete {
        channel: &'a str,
    },
    Revoke {
        identity: &'a str,
        channel: &'a str,
    },
    DisconnectIdentity {
        identity: &'a str,
    },
    DisconnectConnection {
        connection: &'a str,
    },
}

impl Record<'_> {
    /// Appends the record to the node's own part of the log, for all who wait for it.
    pub(crate) fn deliver(&self, switchboard: &mut Switchboard) -> Position {
        match *self {
            Record::Event {
                channel,
                kind,
                data,
            } => switchboard.deliver(channel, false, |position| {
                wire::event(channel, kind, data, position)
            }),
            Record::Complete { channel } => {
                switchboard.deliver(channel, true, |position| wire::complete(channel, position))
            }
            Record::Revoke { identity, channel } => switchboard.revoke(identity, channel),
            Record::DisconnectIdentity { identity } => switchboard.disconnect_identity(identity),
            Record::DisconnectConnection { connection } => {
                switchboard.disconnect_connection(connection)
            }
        }
    }
}

pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send + 'a>>;

/// One log, of which each node holds the newest part in its [`Switchboard`].
pub(crate) trait Log: Send + Sync {
    /// Gives a record its position, and has it delivered by every node.
    fn append<'a>(&'a self, record: Record<'a>) -> Pending<'a, Position>;

    /// The entries that are kept after a number, up to another, or the first of them.
    fn history<'a>(
        &'a self,
        epoch: &'a str,
        after: u64,
        until: u64,
    ) -> Pending<'a, Vec<(u64, Entry)>>;

    /// Waits until this node has come as far as the given position, if the log has.
    fn reach<'a>(&'a self, position: &'a Position) -> Pending<'a, ()>;

    /// Changes the set of a connection that another node holds.
    fn forward<'a>(
        &'a self,
        connection: &'a str,
        revision: u64,
        wish: &'a Wish,
    ) -> Pending<'a, Change>;

    /// What the names of this node's connections begin with.
    fn node(&self) -> &str;
}

/// The log of a hub that is the only one: the switchboard's window is all there is.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) switchboard: Arc<Mutex<Switchboard>>,
}

impl Log for Memory {
    fn append<'a>(&'a self, record: Record<'a>) -> Pending<'a, Position> {
        let position = record.deliver(&mut self.switchboard.lock());
        Box::pin(async { Ok(position) })
    }

    fn history<'a>(&'a self, _: &'a str, _: u64, _: u64) -> Pending<'a, Vec<(u64, Entry)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn reach<'a>(&'a self, _: &'a Position) -> Pending<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn forward<'a>(&'a self, _: &'a str, _: u64, _: &'a Wish) -> Pending<'a, Change> {
        Box::pin(async { Ok(Change::NotFound) })
    }

    fn node(&self) -> &'static str {
        ""
    }
}
