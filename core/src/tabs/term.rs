//! The names of tabs, and the terms of leaders.

use super::codec::wire;

/// The name of a tab, for as long as its page lives. The name is random, so that no two tabs have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u64);

wire!(struct TabId { 0 });

/// A leader's time in office. Of two leaders, the one with the greater term leads.
///
/// A tab uses a number only once, so that no two terms are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// A number greater than any that the leader had heard of. If that leaves the choice, it is the time
    /// since the Unix epoch in milliseconds.
    pub number: u64,
    /// The tab that leads.
    pub leader: TabId,
}

wire!(struct Term { number, leader });
