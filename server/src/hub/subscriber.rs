//! One connection: its set of channels, and where it stands in the log.

use std::{collections::HashMap, sync::Arc};

use tokio::time::Instant;

use super::{Position, outbox::Outbox};
use crate::serve::Hangup;

/// A connection as the switchboard knows it.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) connection: Arc<str>,
    pub(crate) identity: Arc<str>,
    /// When the principal's credentials expire.
    pub(crate) expires: Option<Instant>,
    /// Ends the connection itself, where the server can.
    pub(crate) hangup: Option<Hangup>,
    pub(crate) reads: Reads,
    pub(crate) revision: u64,
    /// Each channel with the number after which it begins, where that is later than the
    /// connection's own position.
    pub(crate) set: Arc<Set>,
    /// Whether more channels are listed for the connection than its set has, because the set is being
    /// changed.
    pub(crate) is_changing: bool,
    /// Makes changes of the set wait for each other, once there was one.
    pub(crate) turn: Option<Arc<tokio::sync::Mutex<()>>>,
    pub(crate) reading: Reading,
    pub(crate) outbox: Arc<Outbox>,
}

/// A connection's channels, as [`Subscriber::set`] has them.
pub(crate) type Set = HashMap<Arc<str>, Option<u64>>;

/// Whether a client reads, judged by looks at its queue one heartbeat apart.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// How often frames had been taken at the last look, if something waited.
    taken: Option<u32>,
    /// At how many looks in a row nothing had been taken of what waited.
    unread: u32,
}

impl Reads {
    /// Looks at a queue, and returns for how many heartbeats it has not been read.
    pub(crate) fn look(&mut self, outbox: &Outbox) -> u32 {
        let taken = outbox.waits_since();
        if taken.is_some() && taken == self.taken {
            self.unread += 1;
        } else {
            self.unread = 0;
        }
        self.taken = taken;
        self.unread
    }
}

/// The source of a connection's events.
#[derive(Debug)]
pub(crate) enum Reading {
    /// Events are queued as they are published.
    Live,
    /// The connection reads events from the log as fast as it writes them out, until it reaches the
    /// head.
    Behind(Behind),
}

/// A connection's position in the log.
#[derive(Debug)]
pub(crate) struct Behind {
    /// All the connection's entries up to here are queued or sent.
    pub(crate) at: u64,
    /// Whether the former position was of another log, so that whatever follows comes after a gap.
    pub(crate) lost: bool,
    /// Channels that begin before that position. Their entries come first.
    pub(crate) replay: Option<Replay>,
}

/// The part of the log that some channels of a connection have to catch up on alone.
#[derive(Debug)]
pub(crate) struct Replay {
    /// All entries of these channels up to here are queued or sent.
    pub(crate) at: u64,
    pub(crate) from: HashMap<Arc<str>, From>,
}

/// The start of a replay for one channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct From {
    pub(crate) seq: u64,
    /// Whether the channel's former position was of another log, as for [`Behind::lost`].
    pub(crate) lost: bool,
}

impl Behind {
    /// Returns the number after which to read next.
    pub(crate) fn cursor(&self) -> u64 {
        self.replay.as_ref().map_or(self.at, |replay| replay.at)
    }

    /// Makes a channel begin before the position.
    pub(crate) fn replay(&mut self, channel: Arc<str>, from: From) {
        let replay = self.replay.get_or_insert_with(|| Replay {
            at: from.seq,
            from: HashMap::new(),
        });
        // The other channels have come further than the new cursor, and must not be sent anything twice.
        for other in replay.from.values_mut() {
            other.seq = other.seq.max(replay.at);
        }
        replay.from.insert(channel, from);
        replay.at = replay.at.min(from.seq);
    }
}

impl Subscriber {
    /// Returns the number up to which everything is queued or sent.
    pub(crate) fn at(&self, head: u64) -> u64 {
        match &self.reading {
            Reading::Live => head,
            Reading::Behind(behind) => behind.at,
        }
    }

    /// Returns that number as the ID of an event. Returns `None` while a gap is still to be announced,
    /// since a client that reconnects from a newer position would miss it.
    pub(crate) fn position(&self, epoch: &Arc<str>, head: u64) -> Option<Position> {
        match &self.reading {
            Reading::Behind(Behind { lost: true, .. }) => None,
            _ => Some(Position::new(Arc::clone(epoch), self.at(head))),
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.reading, Reading::Live)
    }

    /// Makes the connection read from the log, after `head` if it was live.
    pub(crate) fn fall_behind(&mut self, head: u64) -> &mut Behind {
        if self.is_live() {
            self.reading = Reading::Behind(Behind {
                at: head,
                lost: false,
                replay: None,
            });
        }
        self.outbox.set_more(true);
        match &mut self.reading {
            Reading::Behind(behind) => behind,
            Reading::Live => unreachable!("it has just fallen behind"),
        }
    }

    /// Makes the connection read the log after a number, with a gap first, because its position was of
    /// another log. The number 0 is the log's beginning.
    pub(crate) fn lose_position(&mut self, left: u64) {
        for start in Arc::make_mut(&mut self.set).values_mut() {
            *start = None;
        }
        self.reading = Reading::Behind(Behind {
            at: left,
            lost: true,
            replay: None,
        });
        self.outbox.set_more(true);
    }

    /// Removes a channel from the set.
    pub(crate) fn remove(&mut self, channel: &str) {
        Arc::make_mut(&mut self.set).remove(channel);
        self.cancel_replay(channel);
    }

    /// Removes the channels from the replay, if there is one, that are no longer in the set.
    pub(crate) fn keep_replays_of_set(&mut self) {
        if let Reading::Behind(behind) = &mut self.reading
            && let Some(replay) = &mut behind.replay
        {
            replay
                .from
                .retain(|channel, _| self.set.contains_key(channel));
        }
    }

    /// Removes a channel from the replay, if there is one.
    pub(crate) fn cancel_replay(&mut self, channel: &str) {
        if let Reading::Behind(behind) = &mut self.reading
            && let Some(replay) = &mut behind.replay
        {
            replay.from.remove(channel);
        }
    }
}
