//! Who gets what: the newest part of the log, the connections, and which of them wants which channel.
//!
//! All of it is behind one lock, so that a change of a connection's set lies exactly between two
//! entries of the log. What is done under the lock is short: nothing waits, and publishing to a
//! channel touches the connections of that channel alone.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use slab::Slab;

use super::{
    Position,
    access::Refusal,
    outbox::{Bound, Outbox},
    subscriber::{From, Page, Reading, Subscriber},
    window::{Capacity, Entry, Window},
    wire,
};

/// How many entries one look at the log takes in, so that nobody holds the lock for long.
const SCAN: usize = 1024;

#[derive(Debug)]
pub(crate) struct Switchboard {
    epoch: Arc<str>,
    window: Window,
    subscribers: Slab<Subscriber>,
    by_connection: HashMap<String, usize>,
    by_channel: HashMap<Arc<str>, BTreeSet<usize>>,
    closed: bool,
}

/// Where a connection or a channel begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Begin {
    /// With the next entry.
    Now,
    /// After an entry.
    After(Position),
    /// After an event that no hub has sent.
    Unknown,
}

impl Begin {
    /// The position, if there is one.
    pub(crate) fn position(&self) -> Option<&Position> {
        match self {
            Self::After(position) => Some(position),
            Self::Now | Self::Unknown => None,
        }
    }
}

/// What a request wants: the whole set, and where some of its channels begin.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) identity: String,
    pub(crate) channels: Vec<String>,
    pub(crate) from: HashMap<String, Begin>,
    /// Channels that are not to be had, and why.
    pub(crate) refused: Vec<(String, Refusal)>,
}

/// What became of a request to change a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// It is in force, or a newer one is.
    Taken,
    /// The connection is another principal's.
    Forbidden,
    /// There is no such connection here.
    NotFound,
}

/// What [`Switchboard::catch_up`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaughtUp {
    /// It queued what there was room for.
    Queued,
    /// The next entries are older than the window: those after this number, up to the other.
    Older { after: u64, until: u64 },
}

impl Switchboard {
    pub(crate) fn new(epoch: Arc<str>, head: u64, capacity: Capacity) -> Self {
        Self {
            epoch,
            window: Window::new(head, capacity),
            subscribers: Slab::new(),
            by_connection: HashMap::new(),
            by_channel: HashMap::new(),
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
    }

    /// Goes on with another log.
    #[cfg(feature = "redis")]
    pub(crate) fn renew(&mut self, epoch: Arc<str>) {
        self.epoch = epoch;
        self.window.skip_to(0);
        for (_, subscriber) in &mut self.subscribers {
            subscriber.lose_position();
        }
    }

    /// Adds a connection, unless the hub is closed.
    pub(crate) fn join(
        &mut self,
        connection: String,
        wish: &Wish,
        begin: &Begin,
        bound: Bound,
        connected: impl FnOnce(Option<&Position>) -> Bytes,
    ) -> Option<(usize, Arc<Outbox>)> {
        if self.closed {
            return None;
        }
        let outbox = Arc::new(Outbox::new(bound));
        let mut subscriber = Subscriber {
            connection: connection.clone(),
            identity: wish.identity.clone(),
            revision: 0,
            set: HashMap::new(),
            reading: Reading::Live,
            outbox: Arc::clone(&outbox),
        };
        let head = self.window.head();
        match self.resolve(begin) {
            Ok(at) if at == head => {}
            Ok(at) => {
                subscriber.fall_behind(at);
            }
            Err(Lost) => subscriber.lose_position(),
        }
        outbox.push(connected(subscriber.position(&self.epoch, head).as_ref()));
        let key = self.subscribers.insert(subscriber);
        self.by_connection.insert(connection, key);
        self.put_in_force(key, wish);
        self.refuse(key, wish);
        Some((key, outbox))
    }

    /// Replaces a connection's set, unless a newer one is in force.
    pub(crate) fn change(&mut self, connection: &str, revision: u64, wish: &Wish) -> Change {
        let Some(&key) = self.by_connection.get(connection) else {
            return Change::NotFound;
        };
        let subscriber = &mut self.subscribers[key];
        if subscriber.identity != wish.identity {
            return Change::Forbidden;
        }
        if revision <= subscriber.revision {
            return Change::Taken;
        }
        if subscriber.outbox.is_clogged() {
            // It resumes from its position, should it ever read again.
            subscriber.outbox.close();
            return Change::Taken;
        }
        subscriber.revision = revision;
        let position = subscriber.position(&self.epoch, self.window.head());
        let frame = wire::subscribed(revision, position.as_ref());
        subscriber.outbox.push_subscribed(frame);
        self.put_in_force(key, wish);
        self.refuse(key, wish);
        Change::Taken
    }

    /// The channels that are in force for a connection of a principal.
    pub(crate) fn in_force(&self, connection: &str, identity: &str) -> Vec<Arc<str>> {
        let key = self.by_connection.get(connection);
        let subscriber = key.map(|key| &self.subscribers[*key]);
        match subscriber.filter(|subscriber| subscriber.identity == identity) {
            Some(subscriber) => subscriber.set.keys().cloned().collect(),
            None => Vec::new(),
        }
    }

    /// Removes a connection.
    pub(crate) fn leave(&mut self, key: usize) {
        let subscriber = self.subscribers.remove(key);
        self.by_connection.remove(&subscriber.connection);
        for channel in subscriber.set.keys() {
            self.unlist(key, channel);
        }
    }

    /// Queues what follows in the log for a connection that reads there.
    pub(crate) fn catch_up(&mut self, key: usize) -> CaughtUp {
        let subscriber = &mut self.subscribers[key];
        let Reading::Behind(behind) = &subscriber.reading else {
            subscriber.outbox.set_more(false);
            return CaughtUp::Queued;
        };
        let (after, base) = (behind.cursor(), self.window.base());
        if after < base {
            return CaughtUp::Older { after, until: base };
        }
        let page = Page {
            epoch: &self.epoch,
            base: after,
            entries: self.window.after(after).take(SCAN),
        };
        let ended = subscriber.read(page);
        if let Reading::Behind(behind) = &subscriber.reading
            && behind.replay.is_none()
            && !behind.lost
            && behind.at == self.window.head()
        {
            subscriber.reading = Reading::Live;
            subscriber.outbox.set_more(false);
        }
        for channel in ended {
            self.unlist(key, &channel);
        }
        CaughtUp::Queued
    }

    /// Queues entries from before the window, all that are kept after a number up to another, or
    /// the first of them. They are of no use if the connection reads elsewhere by now.
    pub(crate) fn catch_up_with(
        &mut self,
        key: usize,
        epoch: &str,
        after: u64,
        until: u64,
        entries: &[(u64, Entry)],
    ) {
        let subscriber = &mut self.subscribers[key];
        let is_there = match &subscriber.reading {
            Reading::Live => false,
            Reading::Behind(behind) => behind.cursor() == after && *self.epoch == *epoch,
        };
        if is_there {
            let page = Page {
                epoch: &self.epoch,
                base: entries.first().map_or(until, |(seq, _)| seq - 1),
                entries: entries.iter().map(|(seq, entry)| (*seq, entry)),
            };
            for channel in subscriber.read(page) {
                self.unlist(key, &channel);
            }
        }
    }

    /// A heartbeat for a connection that has nothing else to say.
    pub(crate) fn ping(&self, key: usize) -> Option<Bytes> {
        let subscriber = &self.subscribers[key];
        (subscriber.is_live() && subscriber.outbox.is_empty()).then(|| wire::ping(&self.head()))
    }

    /// Each connection's name, the revision of its set, and the set.
    pub(crate) fn connections(&self) -> impl Iterator<Item = (&str, u64, Vec<String>)> {
        self.subscribers.iter().map(|(_, subscriber)| {
            let mut set: Vec<String> = subscriber.set.keys().map(ToString::to_string).collect();
            set.sort_unstable();
            (&*subscriber.connection, subscriber.revision, set)
        })
    }

    fn resolve(&self, begin: &Begin) -> Result<u64, Lost> {
        match begin {
            Begin::Now => Ok(self.window.head()),
            Begin::After(position)
                if *position.epoch() == *self.epoch && position.seq() <= self.window.head() =>
            {
                Ok(position.seq())
            }
            Begin::After(_) | Begin::Unknown => Err(Lost),
        }
    }

    fn put_in_force(&mut self, key: usize, wish: &Wish) {
        let head = self.window.head();
        let mut wanted: HashMap<&str, Option<&Begin>> = HashMap::new();
        for channel in &wish.channels {
            wanted.insert(channel, wish.from.get(channel));
        }
        let in_force = self.subscribers[key].set.keys();
        let gone: Vec<_> = in_force
            .filter(|channel| !wanted.contains_key(&***channel))
            .cloned()
            .collect();
        for channel in gone {
            self.subscribers[key].remove(&channel);
            self.unlist(key, &channel);
        }
        for (name, begin) in wanted {
            let channel = self.list(key, name);
            let begins = begin.map(|begin| self.resolve(begin));
            let subscriber = &mut self.subscribers[key];
            let is_new = !subscriber.set.contains_key(&channel);
            let at = subscriber.at(head);
            let (start, replay) = match (begin, begins) {
                // It goes on, or begins where the connection is.
                (None, _) => {
                    subscriber.set.entry(channel).or_insert(None);
                    continue;
                }
                // It is on already, from an earlier now: beginning anew would skip events.
                (Some(Begin::Now), _) if !is_new => continue,
                (Some(Begin::Now), _) => (Some(head), None),
                (_, Some(Ok(seq))) if seq >= at => (Some(seq), None),
                (_, Some(Ok(seq))) => (None, Some(From { seq, lost: false })),
                (_, _) => (None, Some(From { seq: 0, lost: true })),
            };
            subscriber.cancel_replay(&channel);
            subscriber.set.insert(Arc::clone(&channel), start);
            if let Some(from) = replay {
                let behind = subscriber.fall_behind(head);
                // A gap of the whole connection is one of this channel, too.
                if !behind.lost {
                    behind.replay(channel, from);
                }
            }
        }
    }

    fn refuse(&mut self, key: usize, wish: &Wish) {
        for (channel, refusal) in &wish.refused {
            let outbox = &self.subscribers[key].outbox;
            outbox.push(wire::refused(channel, refusal));
        }
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

/// A position of another log.
#[derive(Clone, Copy, Debug)]
struct Lost;
