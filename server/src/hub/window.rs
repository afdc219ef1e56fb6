//! The newest entries of the log, in memory.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use tokio::time::Instant;

/// One entry of the log, encoded for all its readers.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) channel: Arc<str>,
    pub(crate) frame: Bytes,
    /// Whether the channel ends with the entry.
    pub(crate) ends: bool,
    /// The connection that the entry is for, where it is for one alone.
    pub(crate) only: Option<Arc<str>>,
}

impl Entry {
    /// Returns an entry that no connection is sent, since no set has a channel of its name.
    pub(crate) fn silent() -> Self {
        Self {
            channel: Arc::default(),
            frame: Bytes::new(),
            ends: false,
            only: None,
        }
    }

    /// Whether a connection may have the entry.
    pub(crate) fn is_for(&self, connection: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == connection)
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// An entry that has no room in the window any more.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) seq: u64,
    pub(crate) published: Instant,
    pub(crate) entry: Entry,
}

/// The entries after [`base`](Self::base), up to and including [`head`](Self::head).
#[derive(Debug)]
pub(crate) struct Window {
    entries: VecDeque<(Instant, Entry)>,
    bytes: usize,
    head: u64,
    capacity: Capacity,
}

impl Window {
    /// Returns an empty window after a log whose last entry is `head`.
    pub(crate) fn new(head: u64, capacity: Capacity) -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            head,
            capacity,
        }
    }

    /// Returns the number of the last entry.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Returns how many entries are kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the bytes of the kept entries.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the number before that of the first entry kept.
    pub(crate) fn base(&self) -> u64 {
        self.head - self.entries.len() as u64
    }

    /// Adds an entry, for which [`make_room`](Self::make_room) must be called until there is room.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.head += 1;
        self.bytes += entry.frame.len();
        self.entries.push_back((Instant::now(), entry));
    }

    /// Removes the oldest entry if more is kept than there is room for.
    pub(crate) fn make_room(&mut self) -> Option<Pushed> {
        if self.entries.len() <= self.capacity.events && self.bytes <= self.capacity.bytes {
            return None;
        }
        let (published, entry) = self.entries.pop_front()?;
        self.bytes -= entry.frame.len();
        Some(Pushed {
            seq: self.base(),
            published,
            entry,
        })
    }

    /// Forgets all entries. The next one follows `head`.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn skip_to(&mut self, head: u64) {
        *self = Self::new(head, self.capacity);
    }

    /// Returns the entries after a number, each with its own number. Entries before the base are not
    /// among them.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let base = self.base();
        let skipped = usize::try_from(seq.saturating_sub(base)).unwrap_or(usize::MAX);
        let skipped = skipped.min(self.entries.len());
        let entries = self.entries.range(skipped..).map(|(_, entry)| entry);
        (base + 1 + skipped as u64..).zip(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(events: usize, bytes: usize, lengths: &[usize]) -> Window {
        let mut window = Window::new(10, Capacity { events, bytes });
        for &length in lengths {
            window.push(Entry {
                channel: "a".into(),
                frame: vec![b'x'; length].into(),
                ends: false,
                only: None,
            });
            while window.make_room().is_some() {}
        }
        window
    }

    fn after(window: &Window, seq: u64) -> Vec<u64> {
        window.after(seq).map(|(seq, _)| seq).collect()
    }

    #[test]
    fn entries_are_numbered_on() {
        let window = window(3, 100, &[1, 1]);
        assert_eq!((window.base(), window.head()), (10, 12));
        assert_eq!(after(&window, 0), [11, 12]);
        assert_eq!(after(&window, 11), [12]);
        assert_eq!(after(&window, 12), [0; 0]);
        assert_eq!(after(&window, 99), [0; 0]);
    }

    #[test]
    fn both_bounds_hold() {
        assert_eq!(after(&window(2, 100, &[1, 1, 1]), 0), [12, 13]);
        assert_eq!(after(&window(9, 10, &[6, 4, 3]), 0), [12, 13]);
        let empty = window(9, 10, &[1, 11]);
        assert_eq!((empty.base(), empty.head(), empty.bytes), (12, 12, 0));
    }
}
