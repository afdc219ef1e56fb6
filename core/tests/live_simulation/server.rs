//! The model of a server: a database, and a log of its changes.

use std::collections::BTreeMap;

use crate::plan::{Kind, Plan};

/// Values grow with each write, over all keys.
pub(crate) type Value = u64;
pub(crate) type State = BTreeMap<usize, Value>;

/// A change, as the stream carries it. Its place among all changes is its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) index: usize,
    pub(crate) epoch: u64,
    pub(crate) seq: u64,
    pub(crate) key: usize,
    pub(crate) value: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Server {
    /// All changes, also those of logs that are gone.
    pub(crate) changes: Vec<Change>,
    /// Writes of which the log doesn't know yet.
    pending: Vec<(usize, Value)>,
    committed: State,
    epoch: u64,
    seq: u64,
    written: Value,
}

/// A snapshot, as a load carries it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) state: State,
    pub(crate) epoch: u64,
    pub(crate) seq: u64,
}

impl Server {
    /// Writes a value. With exact positions it is in the log at once, otherwise after `publish`.
    pub(crate) fn write(&mut self, key: usize) {
        self.written += 1;
        self.committed.insert(key, self.written);
        self.pending.push((key, self.written));
    }

    /// Moves what was written into the log.
    pub(crate) fn publish(&mut self) {
        for (key, value) in std::mem::take(&mut self.pending) {
            self.seq += 1;
            self.changes.push(Change {
                index: self.changes.len(),
                epoch: self.epoch,
                seq: self.seq,
                key,
                value,
            });
        }
    }

    /// Begins a new log.
    pub(crate) fn lose_log(&mut self) {
        self.epoch += 1;
        self.seq = 0;
    }

    /// Returns the index of the first change of the log.
    pub(crate) fn log_begins(&self) -> usize {
        let of_log = |change: &Change| change.epoch == self.epoch;
        let first = self.changes.iter().position(of_log);
        first.unwrap_or(self.changes.len())
    }

    /// Returns the epoch and seq of the newest change.
    pub(crate) fn head(&self) -> (u64, u64) {
        (self.epoch, self.seq)
    }

    pub(crate) fn state(&self) -> &State {
        &self.committed
    }

    /// Reads the database as it is, with a position that was taken at some time before.
    pub(crate) fn read(&self, (epoch, seq): (u64, u64)) -> Snapshot {
        Snapshot {
            state: self.committed.clone(),
            epoch,
            seq,
        }
    }

    /// Reads the database as of so many changes of the log ago, with the position of that time.
    pub(crate) fn read_older(&self, changes: usize) -> Snapshot {
        let until = self.changes.len().saturating_sub(changes);
        let until = until.max(self.log_begins());
        let missing = u64::try_from(self.changes.len() - until).expect("a small number");
        let before = self.changes[..until].iter();
        Snapshot {
            state: before.map(|change| (change.key, change.value)).collect(),
            epoch: self.epoch,
            seq: self.seq - missing,
        }
    }
}

/// Returns a position as the server writes it.
pub(crate) fn position(plan: &Plan, epoch: u64, seq: u64) -> Option<String> {
    let has_one = matches!(plan.kind, Kind::Position | Kind::PositionBefore);
    let name = if plan.ordered_epochs { "17" } else { "e" };
    has_one.then(|| format!("{name}{epoch}-{seq}"))
}
