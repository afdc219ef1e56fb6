//! Who waits for a buffer, and who is to be woken.

use core::cell::Cell;
use core::fmt;
use core::task::{Context, Waker};

/// The wakers of a buffer's consumer and of its producer.
///
/// A waker is foreign code: it may poll, subscribe or close at once. So a change of the buffer notes whom to wake,
/// and [`wake`](Self::wake) is called once the buffer is no longer borrowed.
#[derive(Default)]
pub(crate) struct Wakers {
    consumer: Waiting,
    producer: Waiting,
}

#[derive(Default)]
struct Waiting {
    waker: Cell<Option<Waker>>,
    is_due: Cell<bool>,
}

impl Waiting {
    fn register(&self, context: &Context<'_>) {
        self.is_due.set(false);
        // The one before is dropped here, which is foreign code too.
        drop(self.waker.replace(Some(context.waker().clone())));
    }

    fn wake(&self) {
        if self.is_due.take()
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}

impl Wakers {
    /// The consumer waits for an item.
    pub(crate) fn register_consumer(&self, context: &Context<'_>) {
        self.consumer.register(context);
    }

    /// The producer waits for room.
    pub(crate) fn register_producer(&self, context: &Context<'_>) {
        self.producer.register(context);
    }

    /// There is something for the consumer.
    pub(super) fn consumer_is_due(&self) {
        self.consumer.is_due.set(true);
    }

    /// There is room, or nobody to wait for.
    pub(super) fn producer_is_due(&self) {
        self.producer.is_due.set(true);
    }

    /// Wakes those that are due. Nothing may be borrowed.
    pub(crate) fn wake(&self) {
        self.consumer.wake();
        self.producer.wake();
    }

    #[cfg(test)]
    pub(super) fn is_consumer_due(&self) -> bool {
        self.consumer.is_due.get()
    }
}

impl fmt::Debug for Wakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wakers").finish_non_exhaustive()
    }
}
