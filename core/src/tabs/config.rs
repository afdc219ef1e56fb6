//! How a tab is set up.

use core::time::Duration;

/// Who decides which tab leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Election {
    /// A lock of the browser, which at most one tab holds and which passes on when that is gone.
    Lock,
    /// The tabs among themselves, where there are no locks: who misses the leader claims its place.
    Lease,
}

/// What a tab is told about itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who decides.
    pub election: Election,
    /// The position to begin from; empty if there is none. The tab that opens the first connection opens it
    /// there. Another begins behind that event if the leader still keeps it, and is otherwise told of a
    /// gap.
    pub last_event_id: String,
    /// Random: the tab's name comes from it.
    pub seed: u64,
    /// The time since the Unix epoch, at creation. Terms are numbered by it, so that a leader that knows of
    /// no other is later than one that sleeps.
    pub wall: Duration,
    /// How many entries of the log each tab keeps for others, also up to 1 MiB. 1024 unless there is a
    /// reason.
    pub kept: usize,
}
