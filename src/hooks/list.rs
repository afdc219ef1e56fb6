//! [`List`], the last events of a stream.

use std::collections::VecDeque;

/// The last events of a stream, up to the capacity that the hook was given.
#[derive(Clone, Debug)]
pub struct List<T> {
    events: VecDeque<T>,
    capacity: usize,
    /// How many events were dropped for later ones.
    dropped: u64,
    error: Option<crate::Error>,
}

impl<T> List<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            events: VecDeque::new(),
            capacity: capacity.max(1),
            dropped: 0,
            error: None,
        }
    }

    pub(super) fn take(&mut self, item: Result<T, crate::Error>) {
        match item {
            Ok(event) => {
                if self.events.len() == self.capacity {
                    self.events.pop_front();
                    self.dropped += 1;
                }
                self.events.push_back(event);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Returns the events, the oldest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.events.iter()
    }

    /// Returns the events, the oldest first, each with its number in the stream. The number makes a good key,
    /// since an event keeps it while others are dropped.
    #[must_use]
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = (u64, &T)> {
        let first = self.dropped;
        self.events
            .iter()
            .enumerate()
            .map(move |(index, event)| (first + index as u64, event))
    }

    /// Returns how many events are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether no event is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Returns how many events were dropped for later ones.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns what went wrong since the last event.
    #[must_use]
    pub const fn error(&self) -> Option<&crate::Error> {
        self.error.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, GapCause};

    #[test]
    fn the_last_events_are_kept_under_their_numbers() {
        let mut list = List::new(3);
        for event in ["a", "b", "c", "d", "e"] {
            list.take(Ok(event));
        }
        let numbered: Vec<_> = list.numbered().collect();
        assert_eq!(numbered, [(2, &"c"), (3, &"d"), (4, &"e")]);
        assert!(list.iter().rev().eq(&["e", "d", "c"]));
        assert_eq!((list.len(), list.dropped()), (3, 2));
    }

    #[test]
    fn an_error_stands_until_the_next_event() {
        let mut list = List::new(3);
        list.take(Err(Error::gap(GapCause::Unknown)));
        assert!(matches!(list.error(), Some(Error::Gap { .. })));
        assert!(list.is_empty());
        list.take(Ok(1));
        assert!(list.error().is_none());
    }
}
