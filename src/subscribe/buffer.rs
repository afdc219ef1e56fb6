//! The buffer between a source and a subscriber that is not reading at the moment.

use core::task::Poll;
use std::collections::VecDeque;

use super::wakers::Wakers;
use everstream_core::{Error, GapCause};

/// The default capacity of a subscriber's buffer, in events.
pub(crate) const DEFAULT_CAPACITY: usize = 1024;

/// The policy for a subscriber whose buffer is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Drops the oldest event, and puts [`Error::Lagged`] in the place of the missing ones. A slow subscriber
    /// affects only itself.
    #[default]
    DropOldest,
    /// Stops reading until there is room, which slows the server down. Every subscriber of the source waits
    /// with the slow one. Requires fetch: the native `EventSource` can't be slowed down, so there it acts as
    /// `DropOldest`.
    Backpressure,
    /// Ends the subscriber's stream with [`Error::Overflow`].
    Error,
}

/// How long a producer should let its consumer run before the next push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// For one turn of the executor: the consumer has not had a chance to read yet.
    Turn,
    /// Until there is room.
    UntilRoom,
}

/// An item, with the gap to report before it.
///
/// A gap is not an item of its own: it takes no room, and a full buffer does not drop it. There are never
/// more gaps than items.
#[derive(Debug)]
struct Item<T> {
    item: Result<T, Error>,
    /// Why events may be missing before this item.
    gap_before: Option<GapCause>,
}

/// A bounded queue of items and errors, for one consumer. A [`Pipe`](super::pipe::Pipe) shares it.
#[derive(Debug)]
pub(crate) struct Buffer<T> {
    items: VecDeque<Item<T>>,
    /// Why events may be missing after the last item.
    gap_behind: Option<GapCause>,
    capacity: usize,
    overflow: Overflow,
    /// Items dropped since the consumer last read.
    missed: u64,
    /// Items dropped in total.
    lagged: u64,
    /// Whether the consumer has read since its last turn was given.
    keeps_up: bool,
    ended: bool,
}

impl<T> Buffer<T> {
    pub(crate) fn new(capacity: usize, overflow: Overflow) -> Self {
        Self {
            items: VecDeque::new(),
            gap_behind: None,
            capacity,
            overflow,
            missed: 0,
            lagged: 0,
            keeps_up: true,
            ended: false,
        }
    }

    /// Ends the buffer, since the consumer is gone. Returns the unread items, to be dropped after the borrow
    /// ends.
    #[must_use]
    pub(crate) fn abandon(&mut self, wakers: &Wakers) -> impl Sized + use<T> {
        self.end(None, wakers);
        core::mem::take(&mut self.items)
    }

    pub(crate) fn configure(&mut self, capacity: usize, overflow: Overflow) {
        self.capacity = capacity;
        self.overflow = overflow;
    }

    pub(crate) fn overflow(&self) -> Overflow {
        self.overflow
    }

    pub(crate) fn lagged(&self) -> u64 {
        self.lagged
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether everything has been read and nothing can follow.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.items.is_empty() && self.gap_behind.is_none() && self.missed == 0
    }

    fn is_full(&self) -> bool {
        self.items.len() >= self.capacity
    }

    /// Returns what a producer that can wait should wait for before it pushes.
    pub(crate) fn pause(&self) -> Option<Pause> {
        if !self.is_full() || self.ended {
            None
        } else if self.overflow == Overflow::Backpressure {
            Some(Pause::UntilRoom)
        } else {
            self.keeps_up.then_some(Pause::Turn)
        }
    }

    /// Records that the consumer is being given a turn.
    pub(crate) fn give_turn(&mut self) {
        self.keeps_up = false;
    }

    /// Whether the buffer is full and its consumer is still there.
    pub(crate) fn has_no_room(&self) -> bool {
        self.is_full() && !self.ended
    }

    /// Adds an item, by the overflow policy. Returns the item that gives way, to be dropped after the borrow
    /// ends: its destructor is user code.
    #[must_use]
    pub(crate) fn push(
        &mut self,
        item: Result<T, Error>,
        wakers: &Wakers,
    ) -> Option<Result<T, Error>> {
        if self.ended {
            return Some(item);
        }
        let mut oldest = None;
        if self.is_full() {
            if self.overflow == Overflow::Error {
                let capacity = self.capacity;
                self.end(Some(Error::Overflow { capacity }), wakers);
                return Some(item);
            }
            oldest = self.items.pop_front();
            if let Some(Item {
                gap_before: Some(cause),
                ..
            }) = oldest
            {
                match self.items.front_mut() {
                    Some(next) => next.gap_before = Some(cause),
                    None => self.gap_behind = Some(cause),
                }
            }
            self.missed += 1;
            self.lagged += 1;
        }
        let gap_before = self.gap_behind.take();
        self.items.push_back(Item { item, gap_before });
        wakers.consumer_is_due();
        oldest.map(|oldest| oldest.item)
    }

    /// Records a gap. Even a full buffer must not lose it.
    pub(crate) fn push_gap(&mut self, cause: GapCause, wakers: &Wakers) {
        if !self.ended && self.gap_behind.is_none() {
            self.gap_behind = Some(cause);
            wakers.consumer_is_due();
        }
    }

    /// Ends the buffer. Buffered items can still be read.
    pub(crate) fn end(&mut self, error: Option<Error>, wakers: &Wakers) {
        if self.ended {
            return;
        }
        self.ended = true;
        let last = error.map(|error| Item {
            item: Err(error),
            gap_before: self.gap_behind.take(),
        });
        self.items.extend(last);
        wakers.consumer_is_due();
        wakers.producer_is_due();
    }

    /// Returns the next item, or `None` at the end. If pending, the caller must register the consumer.
    pub(crate) fn poll_next(&mut self, wakers: &Wakers) -> Poll<Option<Result<T, Error>>> {
        self.keeps_up = true;
        if self.missed > 0 {
            let missed = core::mem::take(&mut self.missed);
            return Poll::Ready(Some(Err(Error::Lagged { missed })));
        }
        let gap = match self.items.front_mut() {
            Some(next) => &mut next.gap_before,
            None => &mut self.gap_behind,
        };
        if let Some(cause) = gap.take() {
            return Poll::Ready(Some(Err(Error::gap(cause))));
        }
        if let Some(Item { item, .. }) = self.items.pop_front() {
            if self.items.len() <= self.capacity / 2 {
                wakers.producer_is_due();
            }
            return Poll::Ready(Some(item));
        }
        // A burst may have left a large allocation behind.
        self.items.shrink_to(64);
        if self.ended {
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll<T>(buffer: &mut Buffer<T>) -> Poll<Option<Result<T, Error>>> {
        buffer.poll_next(&Wakers::default())
    }

    fn next<T: core::fmt::Debug>(buffer: &mut Buffer<T>) -> Result<T, Error> {
        match poll(buffer) {
            Poll::Ready(Some(item)) => item,
            other => panic!("an item was expected, got {other:?}"),
        }
    }

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let mut buffer = Buffer::new(2, Overflow::DropOldest);
        for number in 1..=5 {
            let _ = buffer.push(Ok(number), &Wakers::default());
        }
        assert!(matches!(
            next(&mut buffer),
            Err(Error::Lagged { missed: 3 })
        ));
        assert_eq!(next(&mut buffer).expect("an event"), 4);
        assert_eq!(next(&mut buffer).expect("an event"), 5);
        assert!(poll(&mut buffer).is_pending());
        assert_eq!(buffer.lagged(), 3);
    }

    #[test]
    fn overflow_as_an_error_ends_the_stream_behind_what_was_taken() {
        let mut buffer = Buffer::new(1, Overflow::Error);
        let _ = buffer.push(Ok(1), &Wakers::default());
        let _ = buffer.push(Ok(2), &Wakers::default());
        let _ = buffer.push(Ok(3), &Wakers::default());
        assert_eq!(next(&mut buffer).expect("an event"), 1);
        assert!(matches!(
            next(&mut buffer),
            Err(Error::Overflow { capacity: 1 })
        ));
        assert!(matches!(poll(&mut buffer), Poll::Ready(None)));
    }

    #[test]
    fn backpressure_asks_to_wait_and_says_when_there_is_room() {
        let mut buffer = Buffer::new(2, Overflow::Backpressure);
        assert_eq!(buffer.pause(), None);
        let _ = buffer.push(Ok(1), &Wakers::default());
        let _ = buffer.push(Ok(2), &Wakers::default());
        assert_eq!(buffer.pause(), Some(Pause::UntilRoom));
        assert!(buffer.has_no_room());
        assert_eq!(next(&mut buffer).expect("an event"), 1);
        assert!(!buffer.has_no_room());
        assert_eq!(buffer.lagged(), 0);
    }

    #[test]
    fn a_consumer_that_ignores_its_turn_gets_no_second_one() {
        let mut buffer = Buffer::new(1, Overflow::DropOldest);
        let _ = buffer.push(Ok(1), &Wakers::default());
        assert_eq!(buffer.pause(), Some(Pause::Turn));
        buffer.give_turn();
        assert_eq!(buffer.pause(), None);
        assert_eq!(next(&mut buffer).expect("an event"), 1);
        let _ = buffer.push(Ok(2), &Wakers::default());
        assert_eq!(buffer.pause(), Some(Pause::Turn));
    }

    fn drained(buffer: &mut Buffer<i32>) -> Vec<String> {
        let mut told = Vec::new();
        while let Poll::Ready(Some(item)) = poll(buffer) {
            told.push(match item {
                Ok(number) => number.to_string(),
                Err(Error::Gap { .. }) => "gap".to_owned(),
                Err(Error::Lagged { missed }) => format!("lagged {missed}"),
                Err(other) => other.to_string(),
            });
        }
        told
    }

    #[test]
    fn a_gap_outlives_the_events_around_it_and_counts_for_none() {
        let mut buffer = Buffer::new(2, Overflow::DropOldest);
        let _ = buffer.push(Ok(1), &Wakers::default());
        let _ = buffer.push(Ok(2), &Wakers::default());
        buffer.push_gap(GapCause::Announced, &Wakers::default());
        for number in 3..=6 {
            let _ = buffer.push(Ok(number), &Wakers::default());
        }
        assert_eq!(drained(&mut buffer), ["lagged 4", "gap", "5", "6"]);
        assert_eq!(buffer.lagged(), 4);
        // The gap is reported when nothing follows it, and when the stream ends with an error after it.
        buffer.push_gap(GapCause::Announced, &Wakers::default());
        assert_eq!(drained(&mut buffer), ["gap"]);
        let _ = buffer.push(Ok(7), &Wakers::default());
        buffer.push_gap(GapCause::Announced, &Wakers::default());
        buffer.end(Some(Error::Overflow { capacity: 2 }), &Wakers::default());
        let end = "the subscriber's buffer of 2 events is full";
        assert_eq!(drained(&mut buffer), ["7", "gap", end]);
    }

    #[test]
    fn gaps_do_not_grow_an_idle_buffer() {
        let mut buffer = Buffer::new(4, Overflow::DropOldest);
        for number in 0..10_000 {
            buffer.push_gap(GapCause::Announced, &Wakers::default());
            let _ = buffer.push(Ok(number), &Wakers::default());
        }
        assert!(buffer.items.len() <= 4);
        let told = drained(&mut buffer);
        assert_eq!(told.len(), 9, "{told:?}");
    }

    #[test]
    fn a_gap_wakes_its_reader() {
        let mut buffer = Buffer::<i32>::new(1, Overflow::DropOldest);
        assert!(poll(&mut buffer).is_pending());
        let wakers = Wakers::default();
        buffer.push_gap(GapCause::Announced, &wakers);
        assert!(wakers.is_consumer_due(), "the reader is not woken");
    }

    #[test]
    fn a_gap_is_kept_by_a_full_buffer_and_reported_once() {
        let mut buffer = Buffer::new(1, Overflow::Backpressure);
        let _ = buffer.push(Ok(1), &Wakers::default());
        buffer.push_gap(GapCause::Announced, &Wakers::default());
        buffer.push_gap(GapCause::Announced, &Wakers::default());
        assert_eq!(next(&mut buffer).expect("an event"), 1);
        assert!(matches!(next(&mut buffer), Err(Error::Gap { .. })));
        assert!(poll(&mut buffer).is_pending());
    }
}
