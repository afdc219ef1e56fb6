//! Who gets what: the newest part of the log, the connections, and which of them wants which channel.
//!
//! All of it is behind one lock, so that a change of a connection's set lies exactly between two
//! entries of the log. What is done under the lock is short: nothing waits, and publishing to a
//! channel touches the connections of that channel alone.

mod reading;
mod sets;
mod sweep;
mod taken_back;
mod wish;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use slab::Slab;

use super::{
    Position,
    outbox::Outbox,
    recall::Recalls,
    subscriber::Subscriber,
    window::{Capacity, Entry, Window},
    wire,
};

pub(crate) use self::{
    reading::CaughtUp,
    sets::{Joined, Newcomer, NoRoom},
    wish::{Begin, Change, Wish},
};

#[derive(Debug)]
pub(crate) struct Switchboard {
    epoch: Arc<str>,
    window: Window,
    subscribers: Slab<Subscriber>,
    by_connection: HashMap<Arc<str>, usize>,
    /// The connections of each identity but the empty one.
    by_identity: HashMap<Arc<str>, BTreeSet<usize>>,
    by_channel: HashMap<Arc<str>, BTreeSet<usize>>,
    recalls: Recalls,
    /// Whether an application decides who may have what.
    guarded: bool,
    closed: bool,
}

/// A connection, as [`Switchboard::connections`] has it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: Arc<str>,
    pub(crate) identity: Arc<str>,
    pub(crate) revision: u64,
    pub(crate) set: Vec<Arc<str>>,
}

impl Switchboard {
    pub(crate) fn new(epoch: Arc<str>, head: u64, capacity: Capacity, guarded: bool) -> Self {
        Self {
            epoch,
            window: Window::new(head, capacity),
            subscribers: Slab::new(),
            by_connection: HashMap::new(),
            by_identity: HashMap::new(),
            by_channel: HashMap::new(),
            recalls: Recalls::default(),
            guarded,
            closed: false,
        }
    }

    /// The position of the last entry.
    pub(crate) fn head(&self) -> Position {
        Position::new(Arc::clone(&self.epoch), self.window.head())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Ends all streams, for good.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        for (_, subscriber) in &self.subscribers {
            subscriber.outbox.close();
        }
    }

    /// Appends an entry to the log and queues it for whoever wants it.
    pub(crate) fn deliver(
        &mut self,
        channel: &str,
        ends: bool,
        encode: impl FnOnce(&Position) -> Bytes,
    ) -> Position {
        let before = self.window.head();
        let position = Position::new(Arc::clone(&self.epoch), before + 1);
        let frame = encode(&position);
        let listed = self.by_channel.get_key_value(channel);
        let channel = listed.map_or_else(|| channel.into(), |(channel, _)| Arc::clone(channel));
        let mut ended = Vec::new();
        for &key in self.by_channel.get(&channel).into_iter().flatten() {
            let subscriber = &mut self.subscribers[key];
            if !subscriber.is_live() {
                continue;
            }
            if !subscriber.outbox.offer(frame.clone()) {
                subscriber.fall_behind(before);
            } else if ends {
                ended.push(key);
            }
        }
        for key in ended {
            self.subscribers[key].remove(&channel);
            self.unlist(key, &channel);
        }
        self.window.push(Entry {
            channel,
            frame,
            ends,
        });
        position
    }

    /// Goes on after `head`, where the entries before it can't be had any more (or not yet).
    #[cfg(feature = "redis")]
    pub(crate) fn skip_to(&mut self, head: u64) {
        let before = self.window.head();
        for (_, subscriber) in &mut self.subscribers {
            subscriber.fall_behind(before);
        }
        self.window.skip_to(head);
        self.forget_judgements();
    }

    /// Goes on with another log.
    #[cfg(feature = "redis")]
    pub(crate) fn renew(&mut self, epoch: Arc<str>) {
        self.epoch = epoch;
        self.window.skip_to(0);
        for (_, subscriber) in &mut self.subscribers {
            subscriber.lose_position();
        }
        self.recalls.clear();
        self.forget_judgements();
    }

    /// Ends the streams that an application has admitted: an entry that took access back may be among
    /// those that this node never reads. The clients come again, and are judged anew.
    #[cfg(feature = "redis")]
    fn forget_judgements(&self) {
        if self.guarded {
            for (_, subscriber) in &self.subscribers {
                subscriber.outbox.close();
            }
        }
    }

    /// Removes a connection, unless it was before.
    pub(crate) fn leave(&mut self, key: usize, outbox: &Arc<Outbox>) {
        if self.holds(key, outbox) {
            self.remove(key);
        }
    }

    /// Whether a connection is still the one that came with this outbox.
    fn holds(&self, key: usize, outbox: &Arc<Outbox>) -> bool {
        let subscriber = self.subscribers.get(key);
        subscriber.is_some_and(|subscriber| Arc::ptr_eq(&subscriber.outbox, outbox))
    }

    fn remove(&mut self, key: usize) -> Subscriber {
        let subscriber = self.subscribers.remove(key);
        self.by_connection.remove(&subscriber.connection);
        if let Some(keys) = self.by_identity.get_mut(&subscriber.identity) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_identity.remove(&subscriber.identity);
            }
        }
        for channel in subscriber.set.keys() {
            self.unlist(key, channel);
        }
        subscriber
    }

    /// A heartbeat for a connection that has nothing else to say.
    pub(crate) fn ping(&self, key: usize, outbox: &Arc<Outbox>) -> Option<Bytes> {
        if !self.holds(key, outbox) {
            return None;
        }
        let subscriber = &self.subscribers[key];
        (subscriber.is_live() && subscriber.outbox.is_empty()).then(|| wire::ping(&self.head()))
    }

    /// What there is of connections.
    pub(crate) fn connections(&self) -> Vec<Held> {
        let held = self.subscribers.iter().map(|(_, subscriber)| Held {
            id: Arc::clone(&subscriber.connection),
            identity: Arc::clone(&subscriber.identity),
            revision: subscriber.revision,
            set: subscriber.set.keys().cloned().collect(),
        });
        held.collect()
    }

    fn list(&mut self, key: usize, name: &str) -> Arc<str> {
        if let Some((channel, _)) = self.by_channel.get_key_value(name) {
            let channel = Arc::clone(channel);
            self.by_channel
                .entry(Arc::clone(&channel))
                .or_default()
                .insert(key);
            return channel;
        }
        let channel: Arc<str> = name.into();
        self.by_channel
            .insert(Arc::clone(&channel), BTreeSet::from([key]));
        channel
    }

    fn unlist(&mut self, key: usize, channel: &str) {
        if let Some(keys) = self.by_channel.get_mut(channel) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_channel.remove(channel);
            }
        }
    }
}
