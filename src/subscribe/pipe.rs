//! A [`Buffer`] shared by its producer and its consumer.

use core::cell::RefCell;
use core::task::{Context, Poll};

use super::buffer::{Buffer, Overflow, Pause};
use super::wakers::Wakers;
use everstream_core::{Error, GapCause};

/// A buffer that is borrowed only while it changes. Wakers run and items drop after the borrow ends: both are
/// user code, which may use the buffer, its source or its router again.
#[derive(Debug)]
pub(crate) struct Pipe<T> {
    buffer: RefCell<Buffer<T>>,
    wakers: Wakers,
}

impl<T> Pipe<T> {
    pub(crate) fn new(capacity: usize, overflow: Overflow) -> Self {
        Self {
            buffer: RefCell::new(Buffer::new(capacity, overflow)),
            wakers: Wakers::default(),
        }
    }

    pub(crate) fn configure(&self, capacity: usize, overflow: Overflow) {
        self.buffer.borrow_mut().configure(capacity, overflow);
    }

    pub(crate) fn overflow(&self) -> Overflow {
        self.buffer.borrow().overflow()
    }

    pub(crate) fn lagged(&self) -> u64 {
        self.buffer.borrow().lagged()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.buffer.borrow().has_ended()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.buffer.borrow().is_over()
    }

    pub(crate) fn pause(&self) -> Option<Pause> {
        self.buffer.borrow().pause()
    }

    pub(crate) fn give_turn(&self) {
        self.buffer.borrow_mut().give_turn();
    }

    /// Completes once there is room, or the consumer is gone.
    pub(crate) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        if self.buffer.borrow().has_no_room() {
            self.wakers.register_producer(context);
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    pub(crate) fn push(&self, item: Result<T, Error>) {
        self.push_quietly(item);
        self.wake();
    }

    /// Like [`push`](Self::push), for one of several pipes that change together. [`wake`](Self::wake) follows
    /// once all have changed.
    pub(crate) fn push_quietly(&self, item: Result<T, Error>) {
        // A separate statement ends the borrow before the item is dropped.
        let oldest = self.buffer.borrow_mut().push(item, &self.wakers);
        drop(oldest);
    }

    pub(crate) fn push_gap(&self, cause: GapCause) {
        self.buffer.borrow_mut().push_gap(cause, &self.wakers);
        self.wake();
    }

    pub(crate) fn end(&self, error: Option<Error>) {
        self.end_quietly(error);
        self.wake();
    }

    /// Like [`end`](Self::end), for one of several pipes that end together.
    pub(crate) fn end_quietly(&self, error: Option<Error>) {
        self.buffer.borrow_mut().end(error, &self.wakers);
    }

    /// Ends the pipe and drops the unread items, since the consumer is gone.
    pub(crate) fn abandon(&self) {
        let unread = self.buffer.borrow_mut().abandon(&self.wakers);
        drop(unread);
        self.wake();
    }

    pub(crate) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let next = self.buffer.borrow_mut().poll_next(&self.wakers);
        if next.is_pending() {
            self.wakers.register_consumer(context);
        }
        self.wake();
        next
    }

    /// Wakes the consumer and the producer if a change has made them due.
    pub(crate) fn wake(&self) {
        self.wakers.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Arc;
    use std::task::{Wake, Waker};

    use super::*;

    thread_local! {
        static SHARED: RefCell<Option<Rc<Pipe<Returning>>>> = const { RefCell::new(None) };
    }

    /// Uses the buffer again.
    fn come_back() {
        if let Some(pipe) = SHARED.with_borrow(Clone::clone) {
            pipe.end(None);
            assert!(pipe.has_ended());
        }
    }

    /// A value whose destructor uses the buffer again.
    #[derive(Debug)]
    struct Returning;

    impl Drop for Returning {
        fn drop(&mut self) {
            come_back();
        }
    }

    /// A waker that uses the buffer again at once.
    struct Returned;

    impl Wake for Returned {
        fn wake(self: Arc<Self>) {
            come_back();
        }
    }

    fn pipe(overflow: Overflow) -> Rc<Pipe<Returning>> {
        let pipe = Rc::new(Pipe::new(1, overflow));
        SHARED.set(Some(Rc::clone(&pipe)));
        pipe
    }

    #[test]
    fn a_value_that_gives_way_may_come_back() {
        for overflow in [Overflow::DropOldest, Overflow::Error] {
            let pipe = pipe(overflow);
            pipe.push(Ok(Returning));
            pipe.push(Ok(Returning));
            assert!(pipe.has_ended(), "{overflow:?}");
            // An ended buffer drops the item at once.
            pipe.push(Ok(Returning));
            SHARED.set(None);
        }
    }

    #[test]
    fn a_value_that_nobody_has_read_may_come_back() {
        let pipe = pipe(Overflow::DropOldest);
        pipe.push(Ok(Returning));
        pipe.abandon();
        assert!(pipe.is_over());
        SHARED.set(None);
    }

    #[test]
    fn a_waker_may_come_back() {
        let pipe = pipe(Overflow::DropOldest);
        let waker = Waker::from(Arc::new(Returned));
        let context = Context::from_waker(&waker);
        assert!(pipe.poll_next(&context).is_pending());
        // The second waker replaces the first, and is the one that wakes.
        assert!(pipe.poll_next(&context).is_pending());
        pipe.push_gap(GapCause::Unknown);
        assert!(pipe.has_ended());
        SHARED.set(None);
    }
}
