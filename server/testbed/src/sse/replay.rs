//! The bounded log that readers resume from.

use std::collections::VecDeque;

/// The most recent entries of a stream, numbered from 1; older ones are dropped.
#[derive(Clone, Debug)]
pub struct ReplayLog<T> {
    entries: VecDeque<T>,
    capacity: usize,
    last: u64,
}

/// The continuation of a [`ReplayLog`] after a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a, T> {
    /// The entry with the next number.
    Entry(&'a T),
    /// No entry yet: the number is that of the last entry.
    Nothing,
    /// The continuation is unknown: the next entry is no longer kept, or the number is of another
    /// log. Reading may go on at `oldest`, the first entry that is kept (or will be).
    Gap {
        /// Number of the first entry kept.
        oldest: u64,
    },
}

impl<T> ReplayLog<T> {
    /// Creates an empty log that keeps `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity,
            last: 0,
        }
    }

    /// Returns the number of the last entry, or 0 before there is any.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Appends the entry that `make` returns for its number.
    pub fn append(&mut self, make: impl FnOnce(u64) -> T) {
        self.last += 1;
        self.entries.push_back(make(self.last));
        if self.entries.len() > self.capacity {
            self.entries.pop_front();
        }
    }

    /// Returns the continuation after `position`, where 0 is the beginning.
    #[must_use]
    pub fn after(&self, position: u64) -> Next<'_, T> {
        let oldest = self.last + 1 - self.entries.len() as u64;
        if position == self.last {
            return Next::Nothing;
        }
        if position > self.last {
            return Next::Gap { oldest };
        }
        (position + 1)
            .checked_sub(oldest)
            .and_then(|index| self.entries.get(usize::try_from(index).ok()?))
            .map_or(Next::Gap { oldest }, Next::Entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(entries: u64) -> ReplayLog<u64> {
        let mut log = ReplayLog::new(3);
        for _ in 0..entries {
            log.append(|number| number);
        }
        log
    }

    #[test]
    fn entries_follow_each_other() {
        let log = log(2);
        assert_eq!(log.after(0), Next::Entry(&1));
        assert_eq!(log.after(1), Next::Entry(&2));
        assert_eq!(log.after(2), Next::Nothing);
    }

    #[test]
    fn what_was_dropped_is_a_gap() {
        let log = log(5);
        assert_eq!(log.after(0), Next::Gap { oldest: 3 });
        assert_eq!(log.after(1), Next::Gap { oldest: 3 });
        assert_eq!(log.after(2), Next::Entry(&3));
    }

    #[test]
    fn a_position_of_another_log_is_a_gap() {
        assert_eq!(log(0).after(0), Next::Nothing);
        assert_eq!(log(0).after(9), Next::Gap { oldest: 1 });
        assert_eq!(log(2).after(9), Next::Gap { oldest: 1 });
    }
}
