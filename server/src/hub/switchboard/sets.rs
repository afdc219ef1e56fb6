//! New connections, and the sets of connections.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    super::{
        Limits, Position,
        grant::Floor,
        outbox::{Bound, Outbox},
        subscriber::{From, Reading, Reads, Set, Subscriber},
        telemetry::gauged,
        wire,
    },
    Begin, Change, Key, Switchboard, Wish,
    change::Draft,
    taken_back::shared_identity,
};
use crate::serve::Hangup;

/// A connection to be added.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) connection: Arc<str>,
    pub(crate) begin: Begin,
    pub(crate) bound: Bound,
    /// When the principal's credentials expire.
    pub(crate) expires: Option<Instant>,
    pub(crate) hangup: Option<Hangup>,
}

/// The outcome of a request to open a stream.
#[derive(Debug)]
pub(crate) enum Joined {
    /// The connection's key, and the queue of what waits for it.
    In(Key, Arc<Outbox>),
    /// The connection was not taken.
    NoRoom(NoRoom),
    /// Access was taken back meanwhile, as for [`Change::Outdated`].
    Outdated,
}

/// The reason why no further connection is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The hub was shut down.
    Closed,
    /// The hub has as many connections as it may have.
    Full,
    /// The identity has as many connections as it may have.
    OfIdentity,
}

impl Switchboard {
    /// Checks that there is room for another connection of an identity.
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

    /// Returns a key for a new connection.
    pub(super) fn new_key(&mut self) -> Key {
        self.keys += 1;
        self.keys
    }

    /// Adds a connection whose channels are listed, unless the hub is closed.
    pub(super) fn join(
        &mut self,
        key: Key,
        newcomer: Newcomer,
        wish: &Wish,
        draft: Draft,
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
            set: Arc::clone(&draft.before),
            is_changing: false,
            turn: None,
            reading: Reading::Live,
            outbox: Arc::clone(&outbox),
        };
        let head = self.window.head();
        match self.resolve(&newcomer.begin) {
            Ok(at) if at == head => {}
            Ok(at) => {
                subscriber.fall_behind(at);
            }
            Err(Lost { left }) => subscriber.lose_position(left),
        }
        outbox.push(connected(subscriber.position(&self.epoch, head).as_ref()));
        self.by_connection.insert(newcomer.connection, key);
        if !identity.is_empty() {
            self.by_identity.entry(identity).or_default().insert(key);
        }
        self.put_in_force(key, &mut subscriber, wish, draft);
        self.subscribers.insert(key, subscriber);
        self.telemetry
            .connections
            .set(gauged(self.subscribers.len()));
        Joined::In(key, outbox)
    }

    /// Returns the lock by which changes of a connection's set wait for each other.
    pub(super) fn turn(&mut self, connection: &str) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let key = self.by_connection.get(connection)?;
        let subscriber = self.subscribers.get_mut(key)?;
        Some(Arc::clone(subscriber.turn.get_or_insert_default()))
    }

    /// Begins to change a connection's set, unless there is nothing to change. Returns the connection's
    /// key and its set.
    pub(super) fn begin_change(
        &mut self,
        connection: &str,
        revision: u64,
        wish: &Wish,
    ) -> Result<(Key, Arc<Set>), Change> {
        let key = self.by_connection.get(connection).copied();
        let key = key.ok_or(Change::NotFound)?;
        self.check_change(key, revision, wish)?;
        let subscriber = self.subscribers.get_mut(&key).ok_or(Change::NotFound)?;
        subscriber.is_changing = true;
        Ok((key, Arc::clone(&subscriber.set)))
    }

    /// Replaces a connection's set, unless a newer one is in force, and returns the former one.
    pub(super) fn finish_change(
        &mut self,
        key: Key,
        revision: u64,
        wish: &Wish,
        draft: Draft,
    ) -> Result<Arc<Set>, Change> {
        self.check_change(key, revision, wish)?;
        let mut subscriber = self.subscribers.remove(&key).ok_or(Change::NotFound)?;
        subscriber.revision = revision;
        let position = subscriber.position(&self.epoch, self.window.head());
        let frame = wire::subscribed(revision, position.as_ref());
        subscriber.outbox.push_subscribed(frame);
        let former = self.put_in_force(key, &mut subscriber, wish, draft);
        self.subscribers.insert(key, subscriber);
        self.telemetry.changes.increment(1);
        Ok(former)
    }

    /// Notes that the channels listed for a connection are those of its set again.
    pub(super) fn end_change(&mut self, key: Key) {
        if let Some(subscriber) = self.subscribers.get_mut(&key) {
            subscriber.is_changing = false;
        }
    }

    fn check_change(&self, key: Key, revision: u64, wish: &Wish) -> Result<(), Change> {
        let subscriber = self.subscribers.get(&key).ok_or(Change::NotFound)?;
        if *subscriber.identity != *wish.identity {
            return Err(Change::Forbidden);
        }
        if self.is_outdated(wish) {
            return Err(Change::Outdated);
        }
        if revision <= subscriber.revision {
            return Err(Change::Taken);
        }
        if subscriber.outbox.is_clogged() {
            // The client resumes from its position, should it ever read again.
            subscriber.outbox.close();
            return Err(Change::Taken);
        }
        Ok(())
    }

    fn resolve(&self, begin: &Begin) -> Result<u64, Lost> {
        match begin {
            Begin::Now => Ok(self.window.head()),
            Begin::After(position)
                if *position.epoch() == *self.epoch && position.seq() <= self.window.head() =>
            {
                Ok(position.seq())
            }
            // The position is further than the log has come, so the client has had all that is kept of
            // the log.
            Begin::After(position) if *position.epoch() == *self.epoch => Err(Lost {
                left: self.window.head(),
            }),
            Begin::After(_) | Begin::Unknown => Err(Lost { left: 0 }),
        }
    }

    /// Puts a drafted set in the place of the one in force, which is returned.
    fn put_in_force(
        &mut self,
        key: Key,
        subscriber: &mut Subscriber,
        wish: &Wish,
        draft: Draft,
    ) -> Arc<Set> {
        let Draft {
            before,
            mut set,
            placed,
        } = draft;
        if !Arc::ptr_eq(&subscriber.set, &before) {
            // Channels have ended since the set was drafted, or begin elsewhere.
            for channel in before.keys() {
                let Some(start) = set.get_mut(channel) else {
                    continue;
                };
                match subscriber.set.get(channel) {
                    Some(now) => *start = *now,
                    None => {
                        *start = None;
                        self.list(key, channel);
                    }
                }
            }
        }
        let former = std::mem::replace(&mut subscriber.set, Arc::new(set));
        subscriber.keep_replays_of_set();
        let head = self.window.head();
        let mut withheld = Vec::new();
        for channel in placed {
            let begin = wish.from.get(&*channel);
            let floor = self.floor(wish.floors.get(&*channel));
            let begins = begin.map(|begin| self.resolve(begin));
            let is_new = !former.contains_key(&channel);
            let at = subscriber.at(head);
            let place = match (begin, begins) {
                // The channel goes on, or is on already from an earlier now. Beginning anew would skip
                // events.
                (None | Some(Begin::Now), _) if !is_new => continue,
                (None, _) | (_, None) => Place::WithConnection,
                (Some(Begin::Now), _) => Place::After(head),
                (_, Some(Ok(seq))) if seq >= at => Place::After(seq),
                (_, Some(Ok(seq))) => Place::Replay(From { seq, lost: false }),
                (_, Some(Err(Lost { left }))) => Place::Replay(From {
                    seq: left,
                    lost: true,
                }),
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
            Arc::make_mut(&mut subscriber.set).insert(Arc::clone(&channel), start);
            if let Some(from) = replay {
                let behind = subscriber.fall_behind(head);
                // A gap of the whole connection covers this channel, too.
                if !behind.lost {
                    behind.replay(channel, from);
                }
            }
        }
        self.announce_withheld(subscriber, withheld);
        for (channel, refusal) in &wish.refused {
            subscriber.outbox.push(wire::refused(channel, refusal));
        }
        former
    }

    /// Returns the number of the entry up to which a channel's past is closed.
    fn floor(&self, floor: Option<&Floor>) -> u64 {
        match floor {
            Some(Floor::Now) => self.window.head(),
            Some(Floor::After(position)) if *position.epoch() == *self.epoch => position.seq(),
            // This log was begun later than the log of any other position.
            None | Some(Floor::None | Floor::After(_)) => 0,
        }
    }

    /// Announces a gap in the channels that begin later than was asked for, because their grants say so.
    fn announce_withheld(&self, subscriber: &Subscriber, mut channels: Vec<Arc<str>>) {
        if channels.is_empty() {
            return;
        }
        channels.sort_unstable();
        let names: Vec<&str> = channels.iter().map(|channel| &**channel).collect();
        let position = subscriber.position(&self.epoch, self.window.head());
        let frame = wire::gap(&names, position.as_ref());
        self.telemetry.gaps.increment(1);
        subscriber.outbox.push(frame);
    }
}

/// The point at which a channel of a connection begins.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The channel begins where the connection is.
    WithConnection,
    /// The channel begins after an entry that is no earlier than the connection's position.
    After(u64),
    /// The channel begins before the connection's position.
    Replay(From),
}

impl Place {
    /// Returns the place, but not before a floor, and whether the difference still has to be announced.
    /// `at` is where the connection is.
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
        // The replay itself announces the gap.
        let from = From {
            seq: floor,
            lost: true,
        };
        (Self::Replay(from), false)
    }
}

/// The error for a position that isn't one of this log.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// The number after which there are events that a client at the lost position hasn't had.
    left: u64,
}
