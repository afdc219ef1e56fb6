//! The planned happenings, in order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Milliseconds since the beginning of the schedule.
pub(crate) type Time = u64;

/// A queue ordered by time. Entries of the same time keep the order of their planning.
pub(crate) struct Queue<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    planned: u64,
}

struct Entry<T> {
    at: Time,
    order: u64,
    what: T,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            planned: 0,
        }
    }

    pub(crate) fn plan(&mut self, at: Time, what: T) {
        let order = self.planned;
        self.planned += 1;
        self.heap.push(Reverse(Entry { at, order, what }));
    }

    pub(crate) fn next(&mut self) -> Option<(Time, T)> {
        let Reverse(entry) = self.heap.pop()?;
        Some((entry.at, entry.what))
    }
}

impl<T> Entry<T> {
    fn key(&self) -> (Time, u64) {
        (self.at, self.order)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
