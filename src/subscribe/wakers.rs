//! The wakers of a buffer, and which of them are due.

use core::cell::Cell;
use core::fmt;
use core::task::{Context, Waker};

/// The wakers of a buffer's consumer and of its producer.
///
/// A waker is user code: it may poll, subscribe or close at once. A change of the buffer therefore only marks
/// who is due, and [`wake`](Self::wake) runs once the buffer is no longer borrowed.
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
        // The previous waker drops here, after `replace` has finished: dropping it runs user code too.
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
    /// Registers the consumer, which waits for an item.
    pub(crate) fn register_consumer(&self, context: &Context<'_>) {
        self.consumer.register(context);
    }

    /// Registers the producer, which waits for room.
    pub(crate) fn register_producer(&self, context: &Context<'_>) {
        self.producer.register(context);
    }

    /// Marks the consumer as due: there is something to read.
    pub(super) fn consumer_is_due(&self) {
        self.consumer.is_due.set(true);
    }

    /// Marks the producer as due: there is room, or no consumer left.
    pub(super) fn producer_is_due(&self) {
        self.producer.is_due.set(true);
    }

    /// Wakes those that are due. The caller must hold no borrow.
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
