//! The log behind a hub: in memory, or shared by several nodes.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use thiserror::Error;
use tokio::time::Instant;

use super::{
    Position,
    once::Once,
    presence::Counted,
    switchboard::{Change, Switchboard, Wish},
    window::Entry,
    wire::{self, Numbered},
};

/// The reason why the log can't be used at the moment.
#[derive(Clone, Debug, Error)]
#[error("the hub's log can't be {}: {reason}{}", if *.is_final { "used" } else { "reached" }, if *.is_final { "" } else { ". Try again later." })]
pub struct LogError {
    reason: String,
    /// Whether waiting can't help.
    is_final: bool,
    /// Whether the operation may have been done all the same.
    may_be_done: bool,
}

impl LogError {
    /// Returns the error of an operation that was not done.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_final: false,
            may_be_done: false,
        }
    }

    /// Returns the error of a log that can't be used as it is set up. The reason says what to do.
    #[cfg(feature = "redis")]
    pub(crate) fn unusable(reason: impl Into<String>) -> Self {
        Self {
            is_final: true,
            ..Self::new(reason)
        }
    }

    /// Whether waiting can't help, because the log's setup is at fault.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// Returns the error of an operation whose answer is missing: it was done, or it was not.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn without_answer(reason: impl Into<String>) -> Self {
        Self {
            may_be_done: true,
            ..Self::new(reason)
        }
    }

    pub(crate) fn may_be_done(&self) -> bool {
        self.may_be_done
    }
}

/// A record to be published.
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
    /// An event of a channel for one connection alone.
    Reply {
        connection: &'a str,
        channel: &'a str,
        kind: Option<&'a str>,
        data: &'a str,
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

impl<'a> Record<'a> {
    /// Encodes the record for a position, which may still turn out to be another.
    pub(crate) fn prepare(&'a self, probably: &Position) -> Prepared<'a> {
        let frame = match *self {
            Record::Event {
                channel,
                kind,
                data,
            }
            | Record::Reply {
                channel,
                kind,
                data,
                ..
            } => Some(wire::event(channel, kind, data, probably)),
            Record::Complete { channel } => Some(wire::complete(channel, probably)),
            Record::Revoke { .. }
            | Record::DisconnectIdentity { .. }
            | Record::DisconnectConnection { .. } => None,
        };
        Prepared {
            record: self,
            frame,
        }
    }

    /// Returns the record as an entry of the log.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn entry(&self, position: &Position) -> Entry {
        let (channel, ends, only) = match *self {
            Record::Event { channel, .. } => (channel, false, None),
            Record::Reply {
                connection,
                channel,
                ..
            } => (channel, false, Some(connection.into())),
            Record::Complete { channel } => (channel, true, None),
            Record::Revoke { .. }
            | Record::DisconnectIdentity { .. }
            | Record::DisconnectConnection { .. } => return Entry::silent(),
        };
        let frame = self.prepare(position).frame;
        Entry {
            channel: channel.into(),
            frame: frame.map_or_else(Bytes::new, |frame| frame.at(position)),
            ends,
            only,
        }
    }
}

/// A record that was encoded before the switchboard is locked.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    record: &'a Record<'a>,
    frame: Option<Numbered>,
}

impl Prepared<'_> {
    /// Appends the record to the node's own part of the log, and hands it to all who wait for it.
    pub(crate) fn deliver(self, switchboard: &mut Switchboard) -> Position {
        let frame = self.frame;
        let encode =
            |position: &Position| frame.map_or_else(Bytes::new, |frame| frame.at(position));
        match *self.record {
            Record::Event { channel, .. } => switchboard.deliver(channel, false, encode),
            Record::Complete { channel } => switchboard.deliver(channel, true, encode),
            Record::Reply {
                connection,
                channel,
                ..
            } => switchboard.reply(connection, channel, encode),
            Record::Revoke { identity, channel } => switchboard.revoke(identity, channel),
            Record::DisconnectIdentity { identity } => switchboard.disconnect_identity(identity),
            Record::DisconnectConnection { connection } => {
                switchboard.disconnect_connection(connection)
            }
        }
    }
}

/// Takes an entry of a shared log into a node's own part of it, or notes that the entry can't be read.
///
/// Entries must be taken in the order of the log. The log may be another one than before, and some
/// entries may be gone.
#[cfg(any(test, feature = "redis"))]
pub(crate) fn follow(
    switchboard: &Mutex<Switchboard>,
    position: &Position,
    record: Option<&Record<'_>>,
) {
    let record = record.filter(|_| position.seq() > 0);
    let record = record.map(|record| record.prepare(position));
    let mut switchboard = switchboard.lock();
    if switchboard.head().epoch() != position.epoch() {
        switchboard.renew(position.epoch().into());
    }
    let Some(record) = record else {
        // The entry may have been an event of any channel, or may have taken access back.
        traced!(warn, %position, "an entry of the log can't be read: a gap of all channels");
        switchboard.skip_to(position.seq());
        return;
    };
    if position.seq() > switchboard.head().seq() + 1 {
        // The entries in between were trimmed before this node got to read them.
        traced!(warn, %position, "entries of the log are gone before they were read");
        switchboard.skip_to(position.seq() - 1);
    }
    let delivered = record.deliver(&mut switchboard);
    debug_assert_eq!(&delivered, position, "the log is read in order");
}

/// Returns up to where a node must have read before it answers a client at a position newer than the node's, or
/// `None` if it never gets there: the log, whose head is given, has lost its end.
#[cfg(any(test, feature = "redis"))]
pub(crate) fn awaited(position: &Position, head: &Position) -> Option<Position> {
    if head.epoch() != position.epoch() {
        // The client's log is gone. In this node's log, which is an older one still, what the client has had
        // would come again.
        return Some(Position::new(head.epoch().into(), 0));
    }
    (position.seq() <= head.seq()).then(|| position.clone())
}

/// Returns the entries of a page up to one that can't be read. Unreadable entries before the first
/// readable one are a gap, which is told where a page begins.
#[cfg(any(test, feature = "redis"))]
pub(crate) fn readable(page: Vec<Option<(u64, Entry)>>) -> Vec<(u64, Entry)> {
    let page = page.into_iter().skip_while(Option::is_none);
    page.map_while(|entry| entry).collect()
}

pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send + 'a>>;

/// One log, of which each node holds the newest part in its [`Switchboard`].
pub(crate) trait Log: Send + Sync {
    /// Gives records consecutive positions, and has them delivered by every node. Returns the position
    /// of the first record, even if the same was already done by the key `once`.
    fn append<'a>(
        &'a self,
        records: &'a [Record<'a>],
        once: Option<&'a str>,
    ) -> Pending<'a, Position>;

    /// Returns the entries that are kept after one number and up to another, or the first of them.
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

    /// Returns how many connections of each identity have a channel on the other nodes.
    fn present_elsewhere<'a>(&'a self, channel: &'a str) -> Pending<'a, Counted>;

    /// Checks whether the log can be used at the moment.
    fn check(&self) -> Pending<'_, ()>;

    /// Returns the beginning of the names of this node's connections.
    fn node(&self) -> &str;
}

/// The log of a hub that is the only node. The switchboard's window is all there is of it.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) switchboard: Arc<Mutex<Switchboard>>,
    pub(crate) once: Mutex<Once>,
}

impl Memory {
    fn append(&self, records: &[Record<'_>], once: Option<&str>) -> Option<Position> {
        let mut remembered = once.map(|key| (key, self.once.lock()));
        if let Some((key, once)) = &mut remembered
            && let Some(position) = once.get(key, Instant::now())
        {
            return Some(position);
        }
        // Nothing is encoded under the lock. Other records may come first, and move the positions by some.
        let head = self.switchboard.lock().head();
        let prepared: Vec<_> = records
            .iter()
            .zip(head.following().skip(1))
            .map(|(record, probably)| record.prepare(&probably))
            .collect();
        let mut switchboard = self.switchboard.lock();
        let mut first = None;
        for record in prepared {
            let position = record.deliver(&mut switchboard);
            first.get_or_insert(position);
        }
        if let Some((key, once)) = &mut remembered
            && let Some(first) = &first
        {
            once.insert(key, first.clone(), Instant::now());
        }
        first
    }
}

impl Log for Memory {
    fn append<'a>(
        &'a self,
        records: &'a [Record<'a>],
        once: Option<&'a str>,
    ) -> Pending<'a, Position> {
        let first = self.append(records, once);
        Box::pin(async { first.ok_or_else(|| LogError::new("there is nothing to append")) })
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

    fn present_elsewhere<'a>(&'a self, _: &'a str) -> Pending<'a, Counted> {
        Box::pin(async { Ok(Counted::new()) })
    }

    fn check(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn node(&self) -> &'static str {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_reads_up_to_the_position_or_to_the_log_that_came_after() {
        let position = |text: &str| text.parse::<Position>().unwrap();
        let table = [
            ("7-3", "7-5", Some("7-3")),
            ("7-5", "7-5", Some("7-5")),
            ("7-6", "7-5", None),
            ("7-3", "8-5", Some("8-0")),
        ];
        for (wanted, head, expected) in table {
            let awaited = awaited(&position(wanted), &position(head));
            assert_eq!(awaited, expected.map(position), "{wanted} at {head}");
        }
    }
}
