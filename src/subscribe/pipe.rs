//! A [`Buffer`] as its producer and its consumer share it.

use core::cell::RefCell;
use core::task::{Context, Poll};

use super::buffer::{Buffer, Overflow, Pause, Wakers};
use everstream_core::{Error, GapCause};

/// A buffer that is borrowed for no longer than it takes to change it. Wakers run, and items are dropped, once
/// it is not: both are foreign code, which may come back to the buffer, to its source or to its router.
#[derive(Debug)]
pub(crate) struct Pipe<T>(RefCell<Buffer<T>>);

impl<T> Pipe<T> {
    pub(crate) fn new(capacity: usize, overflow: Overflow) -> Self {
        Self(RefCell::new(Buffer::new(capacity, overflow)))
    }

    /// Changes the buffer. Returns whom to wake.
    fn change<R>(&self, change: impl FnOnce(&mut Buffer<T>) -> R) -> (R, Wakers) {
        let mut buffer = self.0.borrow_mut();
        let result = change(&mut buffer);
        let due = buffer.take_due();
        (result, due)
    }

    /// Changes the buffer, and wakes.
    fn with<R>(&self, change: impl FnOnce(&mut Buffer<T>) -> R) -> R {
        let (result, due) = self.change(change);
        due.wake();
        result
    }

    pub(crate) fn configure(&self, capacity: usize, overflow: Overflow) {
        self.0.borrow_mut().configure(capacity, overflow);
    }

    pub(crate) fn overflow(&self) -> Overflow {
        self.0.borrow().overflow()
    }

    pub(crate) fn lagged(&self) -> u64 {
        self.0.borrow().lagged()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.borrow().has_ended()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.borrow().is_over()
    }

    pub(crate) fn pause(&self) -> Option<Pause> {
        self.0.borrow().pause()
    }

    pub(crate) fn give_turn(&self) {
        self.0.borrow_mut().give_turn();
    }

    pub(crate) fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        self.with(|buffer| buffer.poll_room(context))
    }

    pub(crate) fn push(&self, item: Result<T, Error>) {
        let _oldest = self.with(|buffer| buffer.push(item));
    }

    /// Like [`push`](Self::push), for one of several that change together: they are woken when all have changed.
    pub(crate) fn push_quietly(&self, item: Result<T, Error>) -> Wakers {
        let (_oldest, due) = self.change(|buffer| buffer.push(item));
        due
    }

    pub(crate) fn push_gap(&self, cause: GapCause) {
        self.with(|buffer| buffer.push_gap(cause));
    }

    pub(crate) fn end(&self, error: Option<Error>) {
        self.with(|buffer| buffer.end(error));
    }

    /// Like [`end`](Self::end), for one of several that end together.
    pub(crate) fn end_quietly(&self) -> Wakers {
        self.change(|buffer| buffer.end(None)).1
    }

    /// The consumer is gone.
    pub(crate) fn abandon(&self) {
        let _unread = self.with(Buffer::abandon);
    }

    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        self.with(|buffer| buffer.poll_next(context))
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

    /// Comes back to the buffer.
    fn come_back() {
        if let Some(pipe) = SHARED.with_borrow(Clone::clone) {
            pipe.end(None);
            assert!(pipe.has_ended());
        }
    }

    /// A value whose destructor comes back to the buffer.
    #[derive(Debug)]
    struct Returning;

    impl Drop for Returning {
        fn drop(&mut self) {
            come_back();
        }
    }

    /// A waker that comes back to the buffer at once.
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
            // One more, for a buffer that takes nothing any more.
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
        let mut context = Context::from_waker(&waker);
        assert!(pipe.poll_next(&mut context).is_pending());
        // Another waker takes its place, and is the one that is woken.
        assert!(pipe.poll_next(&mut context).is_pending());
        pipe.push_gap(GapCause::Unknown);
        assert!(pipe.has_ended());
        SHARED.set(None);
    }
}
