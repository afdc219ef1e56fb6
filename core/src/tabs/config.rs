//! The configuration of a tab.

use core::time::Duration;

/// How tabs decide which of them leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Election {
    /// A lock of the browser decides. At most one tab holds the lock, and it passes on when that tab is gone.
    Lock,
    /// The tabs decide among themselves, where there are no locks: a tab that misses the leader claims its
    /// place.
    Lease,
}

/// The configuration of a tab.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the leader is elected.
    pub election: Election,
    /// The position to begin from; empty if there is none. The tab that opens the first connection opens it
    /// there. Any other tab begins after that event if the leader still keeps it, and is otherwise told of a
    /// gap.
    pub last_event_id: String,
    /// A random number, from which the tab's name comes.
    pub seed: u64,
    /// The time since the Unix epoch, at creation. Terms are numbered by it, so that a leader that knows of
    /// no other has a later term than one that sleeps.
    pub wall: Duration,
    /// How many entries of the log each tab keeps for others, within 1 MiB. Use 1024 unless there is a reason
    /// not to.
    pub kept: usize,
}
