//! The log that the nodes share, as Redis keeps it, and everything that was ever in it.
//!
//! The rules are those of the scripts in Redis. A run of Redis has a log of its own, and trimmed entries
//! are gone. A log that has lost its end is given up for a new one.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::super::{Position, log::Record};

/// A number in the order of all logs that follow one another.
pub(super) type Place = (u64, u64);

/// An entry as it is kept. An entry of another program can't be read.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    Event {
        channel: String,
        data: String,
    },
    Reply {
        connection: String,
        channel: String,
        data: String,
    },
    Complete {
        channel: String,
    },
    Revoke {
        identity: String,
        channel: String,
    },
    DisconnectIdentity {
        identity: String,
    },
    DisconnectConnection {
        connection: String,
    },
    Poison,
}

impl Stored {
    fn of(record: &Record<'_>) -> Self {
        match *record {
            Record::Event { channel, data, .. } => Self::Event {
                channel: channel.to_owned(),
                data: data.to_owned(),
            },
            Record::Reply {
                connection,
                channel,
                data,
                ..
            } => Self::Reply {
                connection: connection.to_owned(),
                channel: channel.to_owned(),
                data: data.to_owned(),
            },
            Record::Complete { channel } => Self::Complete {
                channel: channel.to_owned(),
            },
            Record::Revoke { identity, channel } => Self::Revoke {
                identity: identity.to_owned(),
                channel: channel.to_owned(),
            },
            Record::DisconnectIdentity { identity } => Self::DisconnectIdentity {
                identity: identity.to_owned(),
            },
            Record::DisconnectConnection { connection } => Self::DisconnectConnection {
                connection: connection.to_owned(),
            },
        }
    }

    pub(super) fn record(&self) -> Option<Record<'_>> {
        Some(match self {
            Self::Event { channel, data } => Record::Event {
                channel,
                kind: None,
                data,
            },
            Self::Reply {
                connection,
                channel,
                data,
            } => Record::Reply {
                connection,
                channel,
                kind: None,
                data,
            },
            Self::Complete { channel } => Record::Complete { channel },
            Self::Revoke { identity, channel } => Record::Revoke { identity, channel },
            Self::DisconnectIdentity { identity } => Record::DisconnectIdentity { identity },
            Self::DisconnectConnection { connection } => {
                Record::DisconnectConnection { connection }
            }
            Self::Poison => return None,
        })
    }
}

/// A fact that some subscriber of a channel has to be told.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) place: Place,
    /// The event's data, or `None` where the channel has ended.
    pub(super) data: Option<String>,
    /// The connection that the fact is for, where it is for one alone.
    pub(super) only: Option<String>,
}

#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub(super) struct World {
    pub(super) epoch: u64,
    pub(super) seq: u64,
    pub(super) log: VecDeque<(u64, Stored)>,
    pub(super) capacity: usize,
    /// Whether to print what happens.
    pub(super) is_looked_at: bool,
    /// Whether Redis can't be reached.
    pub(super) is_down: bool,
    /// Whether the next answer gets lost.
    pub(super) loses_answer: bool,
    /// Whether this is another run of Redis than the one that began the log.
    is_another_run: bool,
    snapshot: (Place, VecDeque<(u64, Stored)>),
    /// The time at which the newest log was begun.
    pub(super) newest: u64,
    /// Everything that was ever published to each channel, in order.
    pub(super) facts: BTreeMap<String, Vec<Fact>>,
    named: HashSet<Place>,
    /// Which identity may have which channel, as the application has it.
    pub(super) rights: HashSet<(String, String)>,
    /// The position at which access was last taken back and not given again.
    pub(super) revoked: HashMap<(String, String), Place>,
    /// Every position at which access was taken back, also where it was given again.
    pub(super) taken_back: HashMap<(String, String), Vec<Place>>,
}

impl World {
    /// Prints what happens, where one schedule is looked at.
    pub(super) fn say(&self, what: impl FnOnce() -> String) {
        if self.is_looked_at {
            eprintln!("{}", what());
        }
    }

    pub(super) fn head(&self) -> Place {
        (self.epoch, self.seq)
    }

    /// Returns the place before that of the first entry that the log still has.
    pub(super) fn base(&self) -> Place {
        let first = self.log.front().map_or(self.seq + 1, |(seq, _)| *seq);
        (self.epoch, first - 1)
    }

    /// Returns the place up to which a gap that is told now may stand for missing entries of a log: an archive
    /// may have lost what the log still has, but nobody can have lost what is published later.
    pub(super) fn may_lack(&self, epoch: u64) -> Place {
        // A run of Redis that was restored has lost its end, and gives the log up.
        if epoch == self.epoch && !self.is_another_run {
            self.head()
        } else {
            (epoch, u64::MAX)
        }
    }

    /// Begins another log if this one may have lost something, as each script does first.
    pub(super) fn touch(&mut self, known: Place) {
        let has_lost = self.epoch < known.0 || self.epoch == known.0 && self.seq < known.1;
        if self.is_another_run || has_lost {
            // The new epoch is the time, which no node has seen before.
            self.newest = self.newest.max(self.epoch).max(known.0) + 1;
            self.epoch = self.newest;
            self.seq = 0;
            self.log.clear();
            self.is_another_run = false;
        }
    }

    pub(super) fn append(&mut self, known: Place, records: &[Record<'_>]) -> Place {
        self.touch(known);
        let first = (self.epoch, self.seq + 1);
        for record in records {
            self.push(Stored::of(record));
        }
        first
    }

    /// Appends an entry of another program.
    pub(super) fn poison(&mut self) {
        self.push(Stored::Poison);
    }

    fn push(&mut self, stored: Stored) {
        self.seq += 1;
        let place = self.head();
        let is_ours = !matches!(stored, Stored::Poison);
        assert!(
            !is_ours || self.named.insert(place),
            "{place:?} names two entries"
        );
        self.say(|| format!("log {place:?} {stored:?}"));
        let fact = |data, only| Fact { place, data, only };
        let (channel, fact) = match &stored {
            Stored::Event { channel, data } => (Some(channel), fact(Some(data.clone()), None)),
            Stored::Reply {
                connection,
                channel,
                data,
            } => (
                Some(channel),
                fact(Some(data.clone()), Some(connection.clone())),
            ),
            Stored::Complete { channel } => (Some(channel), fact(None, None)),
            Stored::Revoke { identity, channel } => {
                let right = (identity.clone(), channel.clone());
                let taken_back = self.taken_back.entry(right.clone()).or_default();
                taken_back.push(place);
                if !self.rights.contains(&right) {
                    self.revoked.insert(right, place);
                }
                (None, fact(None, None))
            }
            _ => (None, fact(None, None)),
        };
        if let Some(channel) = channel {
            self.facts.entry(channel.clone()).or_default().push(fact);
        }
        self.log.push_back((self.seq, stored));
        while self.log.len() > self.capacity {
            self.log.pop_front();
        }
    }

    pub(super) fn save(&mut self) {
        self.snapshot = (self.head(), self.log.clone());
    }

    /// Restarts Redis with what was saved last.
    pub(super) fn restore(&mut self) {
        ((self.epoch, self.seq), self.log) = self.snapshot.clone();
        self.is_another_run = true;
    }
}

pub(super) fn place(position: &Position) -> Place {
    (
        position.epoch().parse().expect("epochs are numbers"),
        position.seq(),
    )
}

pub(super) fn position((epoch, seq): Place) -> Position {
    Position::new(epoch.to_string().into(), seq)
}
