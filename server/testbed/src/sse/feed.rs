//! A stream of events with many readers.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{Event, LastEventId, Next, ReplayLog};

/// A log of events that readers follow.
///
/// A reader has no queue, only a number in the log. A reader that doesn't read therefore costs no
/// memory, and gets a gap once the log has dropped the next event.
#[derive(Debug)]
pub struct Feed {
    log: Mutex<ReplayLog<Bytes>>,
    closed: watch::Sender<bool>,
}

/// The first event of a reader without a last event ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first event that is kept.
    Beginning,
    /// The next event to be published.
    Now,
}

/// An item of a [`Cursor`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// One encoded event.
    Frame(Bytes),
    /// Events may be missing here; `oldest` is the first event that the log can still provide.
    Gap {
        /// ID of the first event after the gap.
        oldest: u64,
    },
}

impl Feed {
    /// Creates an empty feed that keeps the last `capacity` events.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            log: Mutex::new(ReplayLog::new(capacity)),
            closed: watch::Sender::new(false),
        }
    }

    /// Appends an event, whose ID is the next number.
    pub fn publish(&self, event: Event) {
        self.log.lock().append(|id| event.with_id(id).encode());
        self.wake(false);
    }

    /// Appends the last event, after which readers end.
    pub fn finish(&self, event: Event) {
        self.log.lock().append(|id| event.with_id(id).encode());
        self.wake(true);
    }

    /// Whether the reader has seen the last event of a finished feed.
    #[must_use]
    pub fn is_over_for(&self, reader: &LastEventId) -> bool {
        *self.closed.borrow() && sequence(reader) == Some(self.log.lock().last())
    }

    /// Creates a cursor that continues after the reader's last event ID, or at `start` if there is none.
    #[must_use]
    pub fn cursor(self: &Arc<Self>, reader: &LastEventId, start: Start) -> Cursor {
        let position = sequence(reader).unwrap_or_else(|| match start {
            Start::Beginning => 0,
            Start::Now => self.log.lock().last(),
        });
        Cursor {
            feed: Arc::clone(self),
            closed: self.closed.subscribe(),
            position,
        }
    }

    fn wake(&self, closed: bool) {
        self.closed.send_modify(|state| *state |= closed);
    }
}

/// Returns the number of the event that a reader has seen last.
///
/// The log never assigned an ID that isn't a number, nor the highest number, which therefore stands
/// for such IDs.
fn sequence(reader: &LastEventId) -> Option<u64> {
    reader.as_str().map(|id| id.parse().unwrap_or(u64::MAX))
}

/// A reader's place in a [`Feed`].
#[derive(Debug)]
pub struct Cursor {
    feed: Arc<Feed>,
    closed: watch::Receiver<bool>,
    position: u64,
}

impl Cursor {
    /// Returns the next event once there is one, or `None` after the last. Cancel safe.
    pub async fn next(&mut self) -> Option<Delivery> {
        loop {
            // The state is read before the log, so that a change in between wakes the wait below.
            let closed = *self.closed.borrow_and_update();
            if let Some(delivery) = self.advance() {
                return Some(delivery);
            }
            if closed || self.closed.changed().await.is_err() {
                return None;
            }
        }
    }

    fn advance(&mut self) -> Option<Delivery> {
        match self.feed.log.lock().after(self.position) {
            Next::Entry(frame) => {
                self.position += 1;
                Some(Delivery::Frame(frame.clone()))
            }
            Next::Gap { oldest } => {
                self.position = oldest - 1;
                Some(Delivery::Gap { oldest })
            }
            Next::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(capacity: usize, events: usize) -> Arc<Feed> {
        let feed = Arc::new(Feed::new(capacity));
        for _ in 0..events {
            feed.publish(Event::new("x"));
        }
        feed
    }

    fn frame(id: u64) -> Delivery {
        Delivery::Frame(Event::new("x").with_id(id).encode())
    }

    #[tokio::test]
    async fn a_new_reader_begins_where_told() {
        let feed = feed(10, 2);
        let reader = LastEventId::default();
        assert_eq!(
            feed.cursor(&reader, Start::Beginning).next().await,
            Some(frame(1))
        );
        let mut live = feed.cursor(&reader, Start::Now);
        feed.publish(Event::new("x"));
        assert_eq!(live.next().await, Some(frame(3)));
    }

    #[tokio::test]
    async fn a_reader_resumes_after_its_last_event() {
        let mut cursor = feed(10, 3).cursor(&LastEventId::from("2"), Start::Now);
        assert_eq!(cursor.next().await, Some(frame(3)));
    }

    #[tokio::test]
    async fn a_waiting_reader_is_woken() {
        let feed = feed(10, 0);
        let mut cursor = feed.cursor(&LastEventId::default(), Start::Now);
        let (delivery, ()) = tokio::join!(cursor.next(), async { feed.publish(Event::new("x")) });
        assert_eq!(delivery, Some(frame(1)));
    }

    #[tokio::test]
    async fn a_reader_too_far_behind_is_told_of_the_gap() {
        let mut cursor = feed(2, 5).cursor(&LastEventId::from("1"), Start::Now);
        assert_eq!(cursor.next().await, Some(Delivery::Gap { oldest: 4 }));
        assert_eq!(cursor.next().await, Some(frame(4)));
    }

    #[tokio::test]
    async fn an_id_that_was_never_given_out_is_a_gap() {
        let mut cursor = feed(2, 1).cursor(&LastEventId::from("other"), Start::Now);
        assert_eq!(cursor.next().await, Some(Delivery::Gap { oldest: 1 }));
        assert_eq!(cursor.next().await, Some(frame(1)));
    }

    #[tokio::test]
    async fn a_finished_feed_ends_after_its_last_event() {
        let feed = feed(10, 1);
        feed.finish(Event::new("x"));
        let mut cursor = feed.cursor(&LastEventId::default(), Start::Beginning);
        assert_eq!(cursor.next().await, Some(frame(1)));
        assert!(!feed.is_over_for(&LastEventId::from("1")));
        assert_eq!(cursor.next().await, Some(frame(2)));
        assert_eq!(cursor.next().await, None);
        assert!(feed.is_over_for(&LastEventId::from("2")));
    }
}
