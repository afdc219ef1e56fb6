//! The queue of frames that wait to be written to one connection.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::wire;

/// The bytes up to which waiting frames are written together.
const BATCH: usize = 16 << 10;

/// The capacity that an empty queue keeps. A queue that grew beyond it for a burst gives its memory
/// back.
const KEPT_CAPACITY: usize = 32;

/// How much may wait for one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// The bounded queue between the hub and one connection's stream.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    changed: Notify,
    bound: Bound,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Whether the last frame is an `@subscribed`, which a later one may replace.
    ends_with_subscribed: bool,
    /// Whether the log has more for the connection once the queue is empty.
    more: bool,
    end: End,
    /// Whether a gap was queued.
    has_gap: bool,
    /// How often frames were taken, which shows whether the connection goes on.
    takes: u32,
}

/// Whether and how the stream ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// The stream ends after what is queued.
    Closed,
    /// The stream ends now. Frames queued from here on would be taken for all there was, though
    /// something before them isn't sent.
    Abandoned,
}

/// The next step of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// Write these frames.
    Frames(Bytes),
    /// Read on in the log.
    CatchUp,
    /// Wait.
    Nothing,
    /// End the stream.
    Closed,
}

impl Outbox {
    pub(crate) fn new(bound: Bound) -> Self {
        Self {
            queue: Mutex::default(),
            changed: Notify::new(),
            bound,
        }
    }

    /// Queues an entry of the log, unless there is no room for it. An empty queue has room for an entry
    /// of any size, which would otherwise never be sent.
    pub(crate) fn offer(&self, frame: Bytes) -> bool {
        let mut queue = self.queue.lock();
        if queue.end == End::Abandoned {
            return true;
        }
        if !queue.has_room(frame.len(), self.bound) {
            return false;
        }
        queue.push(frame);
        drop(queue);
        self.changed.notify_one();
        true
    }

    /// Queues one of the protocol's own events, for which there is always room. Each answers a request,
    /// and [`is_clogged`](Self::is_clogged) bounds those.
    pub(crate) fn push(&self, frame: Bytes) {
        self.queue.lock().push(frame);
        self.changed.notify_one();
    }

    /// Queues an `@gap`.
    pub(crate) fn push_gap(&self, frame: Bytes) {
        self.queue.lock().has_gap = true;
        self.push(frame);
    }

    /// Returns whether an `@gap` was queued.
    pub(crate) fn has_gap(&self) -> bool {
        self.queue.lock().has_gap
    }

    /// Whether so much waits that the connection must be asking for more and more without reading any of
    /// it.
    pub(crate) fn is_clogged(&self) -> bool {
        self.queue.lock().bytes > self.bound.bytes.saturating_mul(2)
    }

    /// Queues an `@subscribed`. If it directly follows another, it replaces that one: nothing lies
    /// between the two, so the older set was never seen.
    pub(crate) fn push_subscribed(&self, frame: Bytes) {
        let mut queue = self.queue.lock();
        if queue.ends_with_subscribed
            && let Some(replaced) = queue.frames.pop_back()
        {
            queue.bytes -= replaced.len();
        }
        queue.push(frame);
        queue.ends_with_subscribed = queue.end != End::Abandoned;
        drop(queue);
        self.changed.notify_one();
    }

    /// Whether the queue has room for an entry of the log.
    pub(crate) fn has_room_for(&self, frame: &Bytes) -> bool {
        self.queue.lock().has_room(frame.len(), self.bound)
    }

    /// Notes whether the log has more than is queued.
    pub(crate) fn set_more(&self, more: bool) {
        self.queue.lock().more = more;
        if more {
            self.changed.notify_one();
        }
    }

    /// Ends the stream after what is queued.
    pub(crate) fn close(&self) {
        let mut queue = self.queue.lock();
        if queue.end == End::Open {
            queue.end = End::Closed;
        }
        drop(queue);
        self.changed.notify_one();
    }

    /// Ends the stream now: what is queued is no longer sent.
    pub(crate) fn abandon(&self) {
        let mut queue = self.queue.lock();
        *queue = Queue {
            end: End::Abandoned,
            takes: queue.takes,
            ..Queue::default()
        };
        drop(queue);
        self.changed.notify_one();
    }

    /// Removes the queued events of a channel.
    pub(crate) fn withdraw(&self, channel: &str) {
        let mut queue = self.queue.lock();
        let mut bytes = 0;
        queue.frames.retain(|frame| {
            let stays = !wire::is_of_channel(frame, channel);
            bytes += if stays { frame.len() } else { 0 };
            stays
        });
        queue.bytes = bytes;
        queue.ends_with_subscribed &= !queue.frames.is_empty();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.lock().frames.is_empty()
    }

    pub(crate) fn take(&self) -> Take {
        let mut queue = self.queue.lock();
        queue.takes = queue.takes.wrapping_add(1);
        match queue.take() {
            Some(frames) => Take::Frames(frames),
            None if queue.end != End::Open => Take::Closed,
            None if queue.more => Take::CatchUp,
            None => Take::Nothing,
        }
    }

    /// Returns how often frames were taken before, if something waits to be taken.
    pub(crate) fn waits_since(&self) -> Option<u32> {
        let queue = self.queue.lock();
        let waits = !queue.frames.is_empty() || queue.more || queue.end != End::Open;
        waits.then_some(queue.takes)
    }

    /// Waits until there may be something to take. Cancel safe.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl Queue {
    fn has_room(&self, length: usize, bound: Bound) -> bool {
        self.frames.is_empty()
            || self.frames.len() < bound.events && self.bytes + length <= bound.bytes
    }

    fn push(&mut self, frame: Bytes) {
        if self.end == End::Abandoned {
            return;
        }
        self.bytes += frame.len();
        self.frames.push_back(frame);
        self.ends_with_subscribed = false;
    }

    fn take(&mut self) -> Option<Bytes> {
        let first = self.frames.pop_front()?;
        self.bytes -= first.len();
        // A single frame isn't copied, but shared with all other connections.
        let Some(second) = self.frames.front() else {
            self.shrink();
            return Some(first);
        };
        let mut size = first.len();
        if size + second.len() > BATCH {
            return Some(first);
        }
        let mut batch = BytesMut::with_capacity(BATCH.min(size + self.bytes));
        batch.extend_from_slice(&first);
        while let Some(next) = self.frames.front()
            && size + next.len() <= BATCH
            && let Some(next) = self.frames.pop_front()
        {
            size += next.len();
            self.bytes -= next.len();
            batch.extend_from_slice(&next);
        }
        if self.frames.is_empty() {
            self.shrink();
        }
        Some(batch.freeze())
    }

    fn shrink(&mut self) {
        self.ends_with_subscribed = false;
        if self.frames.capacity() > KEPT_CAPACITY {
            self.frames = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Bound = Bound {
        events: 2,
        bytes: 10,
    };

    fn frame(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn what_waits_is_written_together() {
        let outbox = Outbox::new(BOUND);
        assert_eq!(outbox.take(), Take::Nothing);
        assert!(outbox.offer(frame("a")) && outbox.offer(frame("b")));
        outbox.push(frame("c"));
        assert_eq!(outbox.take(), Take::Frames(frame("abc")));
        assert_eq!(outbox.take(), Take::Nothing);
    }

    #[test]
    fn the_queue_is_bounded_by_events_and_by_bytes() {
        let outbox = Outbox::new(BOUND);
        assert!(outbox.offer(frame("a")) && outbox.offer(frame("b")));
        assert!(!outbox.offer(frame("c")), "two events are the bound");
        let outbox = Outbox::new(BOUND);
        assert!(outbox.offer(frame("more than ten bytes, alone")));
        assert!(!outbox.offer(frame("c")), "ten bytes are the bound");
    }

    #[test]
    fn what_was_taken_makes_room_again() {
        let outbox = Outbox::new(Bound {
            events: 100,
            bytes: 10,
        });
        for _ in 0..3 {
            for text in ["0123", "45", "678"] {
                assert!(outbox.offer(frame(text)));
            }
            // An `@subscribed` that nobody saw, and that is replaced, takes no room.
            outbox.push_subscribed(frame("a"));
            outbox.push_subscribed(frame("b"));
            assert!(!outbox.offer(frame("c")), "ten bytes wait");
            assert_eq!(outbox.take(), Take::Frames(frame("012345678b")));
            assert!(outbox.offer(frame("0123456789")));
            assert!(!outbox.offer(frame("c")));
            assert_eq!(outbox.take(), Take::Frames(frame("0123456789")));
            assert_eq!(outbox.queue.lock().bytes, 0);
        }
    }

    #[test]
    fn who_asks_and_does_not_read_is_noticed() {
        let outbox = Outbox::new(BOUND);
        outbox.push(frame("0123456789"));
        outbox.push(frame("0123456789"));
        assert!(!outbox.is_clogged());
        outbox.push(frame("0"));
        assert!(outbox.is_clogged());
        assert!(matches!(outbox.take(), Take::Frames(_)));
        assert!(!outbox.is_clogged());
    }

    #[test]
    fn a_set_that_nobody_saw_is_not_announced() {
        let outbox = Outbox::new(BOUND);
        outbox.push_subscribed(frame("1"));
        outbox.push_subscribed(frame("2"));
        outbox.push(frame("x"));
        outbox.push_subscribed(frame("3"));
        assert_eq!(outbox.take(), Take::Frames(frame("2x3")));
    }

    #[test]
    fn the_log_is_read_when_the_queue_is_empty() {
        let outbox = Outbox::new(BOUND);
        outbox.offer(frame("a"));
        outbox.set_more(true);
        assert_eq!(outbox.take(), Take::Frames(frame("a")));
        assert_eq!(outbox.take(), Take::CatchUp);
        outbox.close();
        assert_eq!(outbox.take(), Take::Closed);
    }

    #[test]
    fn the_events_of_one_channel_are_withdrawn() {
        let outbox = Outbox::new(Bound {
            events: 100,
            bytes: 1 << 20,
        });
        let kept = ["event: a2\ndata: 1\n\n", "event: b a\ndata: 2\n\n"];
        let withdrawn = ["event: a\ndata: 3\n\n", "event: a trade\ndata: 4\n\n"];
        for text in [kept[0], withdrawn[0], kept[1], withdrawn[1]] {
            assert!(outbox.offer(frame(text)));
        }
        outbox.withdraw("a");
        assert_eq!(outbox.queue.lock().bytes, kept.concat().len());
        assert_eq!(outbox.take(), Take::Frames(kept.concat().into()));
        assert_eq!(outbox.take(), Take::Nothing);
    }

    #[test]
    fn an_abandoned_stream_ends_without_what_is_queued() {
        let outbox = Outbox::new(BOUND);
        outbox.offer(frame("a"));
        outbox.set_more(true);
        outbox.abandon();
        // Frames after something that isn't sent would be taken for all there was.
        assert!(
            outbox.offer(frame("b")),
            "the log must not be read for it either"
        );
        outbox.push(frame("c"));
        outbox.push_subscribed(frame("d"));
        assert_eq!(outbox.take(), Take::Closed);
    }

    #[test]
    fn large_batches_are_split() {
        let outbox = Outbox::new(Bound {
            events: 100,
            bytes: 1 << 20,
        });
        for _ in 0..3 {
            outbox.offer(vec![b'x'; BATCH / 2].into());
        }
        for expected in [BATCH, BATCH / 2] {
            assert!(matches!(outbox.take(), Take::Frames(frames) if frames.len() == expected));
        }
    }
}
