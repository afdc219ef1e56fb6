//! Connections that come, and their sets.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    super::{
        Limits, Position,
        grant::Floor,
        outbox::{Bound, Outbox},
        subscriber::{From, Reading, Reads, Subscriber},
        wire,
    },
    Begin, Change, Switchboard, Wish,
    taken_back::shared_identity,
};
use crate::serve::Hangup;

/// A connection to be.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) connection: Arc<str>,
    pub(crate) begin: Begin,
    pub(crate) bound: Bound,
    /// When the principal's credentials expire.
    pub(crate) expires: Option<Instant>,
    pub(crate) hangup: Option<Hangup>,
}

/// What became of a request to open a stream.
#[derive(Debug)]
pub(crate) enum Joined {
    /// The connection's key, and what waits for it.
    In(usize, Arc<Outbox>),
    /// It was not taken.
    NoRoom(NoRoom),
    /// As for [`Change::Outdated`].
    Outdated,
}

/// Why no further connection is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The hub was shut down.
    Closed,
    /// There are as many as there may be.
    Full,
    /// The identity has as many as it may have.
    OfIdentity,
}

impl Switchboard {
    /// Checks that another connection of an identity is taken.
    pub(crate) fn check_room(&self, identity: &str, limits: &Limits) -> Result<(), NoRoom> {
        if self.closed {
            return Err(NoRoom::Closed);
        }
        if self.subscribers.len() >= limits.connections {
            return Err(NoRoom::Full);
        }
        let keys = self.by_identity.get(identity);
        if keys.is_some_and(|keys| keys.len() >= limits.connections_per_identity) {
            return Err(NoRoom::OfIdentity);
        }
        Ok(())
    }

    /// Adds a connection, unless the hub is closed.
    pub(crate) fn join(
        &mut self,
        newcomer: Newcomer,
        wish: &Wish,
        limits: &Limits,
        connected: impl FnOnce(Option<&Position>) -> Bytes,
    ) -> Joined {
        if let Err(reason) = self.check_room(&wish.identity, limits) {
            return Joined::NoRoom(reason);
        }
        if self.is_outdated(wish) {
            return Joined::Outdated;
        }
        let outbox = Arc::new(Outbox::new(newcomer.bound));
        let identity = shared_identity(self, &wish.identity);
        let mut subscriber = Subscriber {
            connection: Arc::clone(&newcomer.connection),
            identity: Arc::clone(&identity),
            expires: newcomer.expires,
            hangup: newcomer.hangup,
            reads: Reads::default(),
            revision: 0,
            set: HashMap::new(),
            reading: Reading::Live,
            outbox: Arc::clone(&outbox),
        };
        let head = self.window.head();
        match self.resolve(&newcomer.begin) {
            Ok(at) if at == head => {}
            Ok(at) => {
                subscriber.fall_behind(at);
            }
            Err(Lost) => subscriber.lose_position(),
        }
        outbox.push(connected(subscriber.position(&self.epoch, head).as_ref()));
        let key = self.subscribers.insert(subscriber);
        self.by_connection.insert(newcomer.connection, key);
        if !identity.is_empty() {
            self.by_identity.entry(identity).or_default().insert(key);
        }
        self.put_in_force(key, wish);
        self.refuse(key, wish);
        Joined::In(key, outbox)
    }

    /// Replaces a connection's set, unless a newer one is in force.
    pub(crate) fn change(&mut self, connection: &str, revision: u64, wish: &Wish) -> Change {
        let Some(&key) = self.by_connection.get(connection) else {
            return Change::NotFound;
        };
        let subscriber = &self.subscribers[key];
        if *subscriber.identity != *wish.identity {
            return Change::Forbidden;
        }
        if self.is_outdated(wish) {
            return Change::Outdated;
        }
        let subscriber = &mut self.subscribers[key];
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
        let mut withheld = Vec::new();
        for (name, begin) in wanted {
            let floor = self.floor(wish.floors.get(name));
            let channel = self.list(key, name);
            let begins = begin.map(|begin| self.resolve(begin));
            let subscriber = &mut self.subscribers[key];
            let is_new = !subscriber.set.contains_key(&channel);
            let at = subscriber.at(head);
            let place = match (begin, begins) {
                // It goes on, or is on already, from an earlier now: beginning anew would skip events.
                (None | Some(Begin::Now), _) if !is_new => continue,
                (None, _) => Place::WithConnection,
                (Some(Begin::Now), _) => Place::After(head),
                (_, Some(Ok(seq))) if seq >= at => Place::After(seq),
                (_, Some(Ok(seq))) => Place::Replay(From { seq, lost: false }),
                (_, _) => Place::Replay(From { seq: 0, lost: true }),
            };
            let (place, is_withheld) = place.above(floor, at);
            if is_withheld {
                withheld.push(Arc::clone(&channel));
            }
            subscriber.cancel_replay(&channel);
            let (start, replay) = match place {
                Place::WithConnection => (None, None),
                Place::After(seq) => (Some(seq), None),
                Place::Replay(from) => (None, Some(from)),
            };
            subscriber.set.insert(Arc::clone(&channel), start);
            if let Some(from) = replay {
                let behind = subscriber.fall_behind(head);
                // A gap of the whole connection is one of this channel, too.
                if !behind.lost {
                    behind.replay(channel, from);
                }
            }
        }
        self.announce_withheld(key, withheld);
    }

    /// The number of the entry up to which a channel's past is closed.
    fn floor(&self, floor: Option<&Floor>) -> u64 {
        match floor {
            Some(Floor::Now) => self.window.head(),
            Some(Floor::After(position)) if *position.epoch() == *self.epoch => position.seq(),
            // This log was begun later than that of any other position.
            None | Some(Floor::None | Floor::After(_)) => 0,
        }
    }

    /// Tells a gap of the channels that begin later than was asked for, because their grants say so.
    fn announce_withheld(&mut self, key: usize, mut channels: Vec<Arc<str>>) {
        if channels.is_empty() {
            return;
        }
        channels.sort_unstable();
        let names: Vec<&str> = channels.iter().map(|channel| &**channel).collect();
        let subscriber = &self.subscribers[key];
        let position = subscriber.position(&self.epoch, self.window.head());
        let frame = wire::gap(&names, position.as_ref());
        subscriber.outbox.push(frame);
    }

    fn refuse(&mut self, key: usize, wish: &Wish) {
        for (channel, refusal) in &wish.refused {
            let outbox = &self.subscribers[key].outbox;
            outbox.push(wire::refused(channel, refusal));
        }
    }
}

/// Where a channel of a connection begins.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Where the connection is.
    WithConnection,
    /// After an entry that is no earlier than the connection's position.
    After(u64),
    /// Before the connection's position.
    Replay(From),
}

impl Place {
    /// The same, but not before a floor, and whether that makes a difference; `at` is where the
    /// connection is.
    fn above(self, floor: u64, at: u64) -> (Self, bool) {
        let begins = match self {
            Self::WithConnection => at,
            Self::After(seq) => seq,
            Self::Replay(from) => from.seq,
        };
        if floor <= begins {
            return (self, false);
        }
        if floor >= at {
            return (Self::After(floor), true);
        }
        // The replay itself tells of the gap.
        let from = From {
            seq: floor,
            lost: true,
        };
        (Self::Replay(from), false)
    }
}

/// A position of another log.
#[derive(Clone, Copy, Debug)]
struct Lost;
