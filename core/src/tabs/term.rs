//! Names of tabs, and who leads when.

use super::codec::wire;

/// A tab, for as long as its page lives. Random, so that no two tabs have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u64);

wire!(struct TabId { 0 });

/// A leader's time in office. Of two leaders the one with the greater term leads.
///
/// A tab takes a number only once, so that no two terms are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// Greater than any that its leader had heard of, and if that leaves the choice the time since the Unix
    /// epoch in milliseconds.
    pub number: u64,
    /// Whose it is.
    pub leader: TabId,
}

wire!(struct Term { number, leader });
