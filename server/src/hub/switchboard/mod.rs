//! The switchboard: the newest part of the log, the connections, and which of them wants which channel.
//!
//! All of it is behind one lock, so that a change of a connection's set lies exactly between two entries
//! of the log. Work under the lock is short. Nothing waits there, and publishing to a channel touches
//! only the connections of that channel. A set is compared and listed in parts, before and after the
//! moment at which it replaces another (`change`).

mod change;
mod channels;
mod large;
mod listed;
mod listeners;
mod reading;
mod sets;
mod sweep;
mod taken_back;
#[cfg(test)]
mod tests;
mod wish;

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    Position,
    archive::{Archive, History},
    http,
    presence::Counted,
    recall::Recalls,
    subscribed::OnSubscribe,
    subscriber::{Set, Subscriber},
    telemetry::{Telemetry, gauged},
    window::{Capacity, Entry, Window},
    wire,
};

use self::{channels::Channels, listeners::Listeners};

pub(crate) use self::{
    change::{change, join, leave, unlist},
    large::Large,
    reading::CaughtUp,
    sets::{Joined, Newcomer, NoRoom},
    wish::{Begin, Change, Wish},
};

/// How many entries of the archive are removed at once because they are too old. Each entry that comes
/// removes more than the one that it may add.
const EXPIRED: usize = 4;

#[derive(Debug)]
pub(crate) struct Switchboard {
    epoch: Arc<str>,
    window: Window,
    archive: Archive,
    subscribers: HashMap<Key, Subscriber, BuildHasherDefault<KeyHasher>>,
    keys: Key,
    by_connection: HashMap<Arc<str>, Key>,
    /// The connections of each identity but the empty one.
    by_identity: HashMap<Arc<str>, BTreeSet<Key>>,
    /// The connections of each channel. While a set is changed, and for a moment after a connection has
    /// left, there are more of them.
    by_channel: Channels,
    recalls: Recalls,
    pub(crate) on_subscribe: OnSubscribe,
    /// Whether an application decides which principal may have which channel.
    guarded: bool,
    closed: bool,
    pub(crate) large: Large,
    pub(crate) telemetry: Telemetry,
}

/// Names a connection. No two connections ever have the same key.
pub(crate) type Key = u64;

/// Spreads keys, which are consecutive, over a table.
#[derive(Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 << 8 | u64::from(*byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        // Fibonacci hashing: 2^64 divided by the golden ratio.
        self.0 = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A connection, as [`Switchboard::connections`] reports it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: Arc<str>,
    pub(crate) identity: Arc<str>,
    pub(crate) revision: u64,
    pub(crate) set: Arc<Set>,
}

impl Switchboard {
    pub(crate) fn new(
        epoch: Arc<str>,
        head: u64,
        capacity: Capacity,
        history: History,
        guarded: bool,
    ) -> Self {
        Self {
            epoch,
            window: Window::new(head, capacity),
            archive: Archive::new(head, history),
            subscribers: HashMap::default(),
            keys: 0,
            by_connection: HashMap::new(),
            by_identity: HashMap::new(),
            by_channel: Channels::default(),
            recalls: Recalls::default(),
            on_subscribe: OnSubscribe::default(),
            guarded,
            closed: false,
            large: Large::default(),
            telemetry: Telemetry::new(&http::CODES),
        }
    }

    /// Returns the position of the last entry.
    pub(crate) fn head(&self) -> Position {
        Position::new(Arc::clone(&self.epoch), self.window.head())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Ends all streams, for good.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        for subscriber in self.subscribers.values() {
            subscriber.outbox.close();
        }
    }

    /// Appends an entry to the log, and queues it for the connections that want it.
    pub(crate) fn deliver(
        &mut self,
        channel: &str,
        ends: bool,
        encode: impl FnOnce(&Position) -> Bytes,
    ) -> Position {
        let before = self.window.head();
        let position = Position::new(Arc::clone(&self.epoch), before + 1);
        let frame = encode(&position);
        let listed = self.by_channel.name(channel);
        let channel = listed.unwrap_or_else(|| channel.into());
        let (mut ended, mut queued) = (Vec::new(), 0);
        let listeners = self.by_channel.get(&channel);
        for key in listeners.into_iter().flat_map(Listeners::iter) {
            let Some(subscriber) = self.subscribers.get_mut(&key) else {
                continue;
            };
            let is_wanted = !subscriber.is_changing || subscriber.set.contains_key(&channel);
            if !is_wanted || !subscriber.is_live() {
                continue;
            }
            if !subscriber.outbox.offer(frame.clone()) {
                subscriber.fall_behind(before);
                self.telemetry.fallen_behind.increment(1);
                continue;
            }
            queued += 1;
            if ends {
                ended.push(key);
            }
        }
        self.telemetry.fanned_out.increment(queued);
        for key in ended {
            if let Some(subscriber) = self.subscribers.get_mut(&key) {
                subscriber.remove(&channel);
            }
            self.unlist(key, &channel);
        }
        self.append(Entry {
            channel,
            frame,
            ends,
            only: None,
        });
        position
    }

    /// Appends an entry for one connection alone to the log, and queues it there if this node holds the
    /// connection.
    pub(crate) fn reply(
        &mut self,
        connection: &str,
        channel: &str,
        encode: impl FnOnce(&Position) -> Bytes,
    ) -> Position {
        let before = self.window.head();
        let position = Position::new(Arc::clone(&self.epoch), before + 1);
        let frame = encode(&position);
        if let Some(key) = self.by_connection.get(connection)
            && let Some(subscriber) = self.subscribers.get_mut(key)
            && subscriber.set.contains_key(channel)
            && subscriber.is_live()
            && !subscriber.outbox.offer(frame.clone())
        {
            subscriber.fall_behind(before);
            self.telemetry.fallen_behind.increment(1);
        }
        self.append(Entry {
            channel: channel.into(),
            frame,
            ends: false,
            only: Some(connection.into()),
        });
        position
    }

    /// Whether no connection has to read in the log.
    #[cfg(test)]
    pub(crate) fn has_nobody_behind(&self) -> bool {
        self.subscribers.values().all(Subscriber::is_live)
    }

    /// Whether this node holds a connection, and the connection has a channel.
    pub(crate) fn has(&self, connection: &str, channel: &str) -> bool {
        let key = self.by_connection.get(connection);
        let subscriber = key.and_then(|key| self.subscribers.get(key));
        subscriber.is_some_and(|subscriber| subscriber.set.contains_key(channel))
    }

    /// Appends an entry to this node's part of the log.
    fn append(&mut self, entry: Entry) {
        self.window.push(entry);
        while let Some(pushed) = self.window.make_room() {
            if self.may_be_read(&pushed.entry) {
                self.archive.push(pushed);
            }
        }
        self.archive.expire(Instant::now(), EXPIRED);
        self.telemetry.delivered.increment(1);
        let (window, archive) = (&self.window, &self.archive);
        let (entries, bytes) = (
            window.len() + archive.len(),
            window.bytes() + archive.bytes(),
        );
        self.telemetry.log_entries.set(gauged(entries));
        self.telemetry.log_bytes.set(gauged(bytes));
    }

    /// Whether any connection may still have to read an entry.
    fn may_be_read(&self, entry: &Entry) -> bool {
        match &entry.only {
            Some(connection) => self.by_connection.contains_key(connection),
            // Entries that take access back have no channel.
            None => !entry.channel.is_empty(),
        }
    }

    /// Goes on after `head`, where the entries before it can't be had any more, or not yet.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn skip_to(&mut self, head: u64) {
        let before = self.window.head();
        self.telemetry.skips.increment(1);
        for subscriber in self.subscribers.values_mut() {
            subscriber.fall_behind(before);
        }
        self.window.skip_to(head);
        self.archive.skip_to(head);
        self.recalls.skip_to(head);
        self.forget_judgements();
    }

    /// Goes on with another log.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn renew(&mut self, epoch: Arc<str>) {
        self.epoch = epoch;
        self.telemetry.renewals.increment(1);
        self.window.skip_to(0);
        self.archive.skip_to(0);
        for subscriber in self.subscribers.values_mut() {
            subscriber.lose_position(0);
        }
        self.recalls.clear();
        self.forget_judgements();
    }

    /// Ends the streams that an application has admitted: an entry that took access back may be among
    /// those that this node never reads. Nothing that is queued is sent either, for the same reason. The
    /// clients reconnect from where they are, and are judged anew.
    #[cfg(any(test, feature = "redis"))]
    fn forget_judgements(&self) {
        if self.guarded {
            for subscriber in self.subscribers.values() {
                subscriber.outbox.abandon();
            }
        }
    }

    /// Removes a connection, unless it was removed before. Its channels are still listed.
    fn remove(&mut self, key: Key) -> Option<Subscriber> {
        let subscriber = self.subscribers.remove(&key)?;
        self.by_connection.remove(&subscriber.connection);
        self.telemetry
            .connections
            .set(gauged(self.subscribers.len()));
        if let Some(keys) = self.by_identity.get_mut(&subscriber.identity) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_identity.remove(&subscriber.identity);
            }
        }
        Some(subscriber)
    }

    /// Returns a heartbeat for a connection that has nothing else to be sent.
    pub(crate) fn ping(&self, key: Key) -> Option<Bytes> {
        let subscriber = self.subscribers.get(&key)?;
        (subscriber.is_live() && subscriber.outbox.is_empty()).then(|| wire::ping(&self.head()))
    }

    /// Returns a description of all connections, with as little work as there can be under the lock.
    pub(crate) fn connections(&self) -> Vec<Held> {
        let held = self.subscribers.values().map(|subscriber| Held {
            id: Arc::clone(&subscriber.connection),
            identity: Arc::clone(&subscriber.identity),
            revision: subscriber.revision,
            set: Arc::clone(&subscriber.set),
        });
        held.collect()
    }

    /// Returns how many connections of each identity have a channel.
    pub(crate) fn present(&self, channel: &str) -> Counted {
        let mut present: HashMap<&str, usize> = HashMap::new();
        let listeners = self.by_channel.get(channel);
        for key in listeners.into_iter().flat_map(Listeners::iter) {
            if let Some(subscriber) = self.subscribers.get(&key)
                && subscriber.set.contains_key(channel)
            {
                *present.entry(&subscriber.identity).or_default() += 1;
            }
        }
        let present = present.into_iter();
        present
            .map(|(identity, connections)| (identity.to_owned(), connections))
            .collect()
    }

    /// Lists a channel for a connection, and returns its name as all connections share it.
    fn list(&mut self, key: Key, name: &Arc<str>) -> Arc<str> {
        let name = self.by_channel.list(key, name);
        self.telemetry.channels.set(gauged(self.by_channel.len()));
        name
    }

    /// Unlists those of some channels that aren't in a connection's set.
    fn unlist_unused(&mut self, key: Key, channels: &[Arc<str>]) {
        for channel in channels {
            let subscriber = self.subscribers.get(&key);
            if subscriber.is_none_or(|subscriber| !subscriber.set.contains_key(channel)) {
                self.unlist(key, channel);
            }
        }
    }

    fn unlist(&mut self, key: Key, channel: &Arc<str>) {
        self.by_channel.unlist(key, channel);
        self.telemetry.channels.set(gauged(self.by_channel.len()));
    }
}
