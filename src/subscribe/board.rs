//! A value that changes, and its observers.

use core::cell::RefCell;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use super::buffer::Overflow;
use super::pipe::Pipe;

/// How many changes are kept for an observer that doesn't read.
const KEPT: usize = 64;

/// The current value and its observers. Observers wake only after the borrow has ended.
#[derive(Debug)]
pub(crate) struct Board<T>(RefCell<Watched<T>>);

#[derive(Debug)]
struct Watched<T> {
    present: T,
    has_ended: bool,
    observers: Vec<Weak<Pipe<T>>>,
}

/// The observers to wake after a change.
#[must_use = "observers that are not woken hear of nothing"]
pub(crate) struct Awaited<T>(Vec<Rc<Pipe<T>>>);

impl<T> Awaited<T> {
    pub(crate) fn wake(self) {
        for pipe in self.0 {
            pipe.wake();
        }
    }
}

impl<T: Clone + PartialEq> Board<T> {
    pub(crate) fn new(present: T) -> Self {
        Self(RefCell::new(Watched {
            present,
            has_ended: false,
            observers: Vec::new(),
        }))
    }

    pub(crate) fn present(&self) -> T {
        self.0.borrow().present.clone()
    }

    pub(crate) fn observe(&self) -> Observer<T> {
        let mut watched = self.0.borrow_mut();
        let pipe = Rc::new(Pipe::new(KEPT, Overflow::DropOldest));
        pipe.push(Ok(watched.present.clone()));
        if watched.has_ended {
            pipe.end(None);
        }
        watched.observers.push(Rc::downgrade(&pipe));
        Observer { pipe }
    }

    /// Sets the value and wakes the observers. An equal value changes nothing, since a dashboard would
    /// re-render for it.
    pub(crate) fn change(&self, value: &T) {
        self.set(value, false).wake();
    }

    /// Sets the value without notifying the observers.
    pub(crate) fn replace(&self, value: T) {
        self.0.borrow_mut().present = value;
    }

    /// Ends the observers' streams after the current value.
    pub(crate) fn end(&self) {
        let last = self.present();
        self.set(&last, true).wake();
    }

    /// Like [`change`](Self::change), but returns the observers to wake, so that the caller can change more
    /// state before user code runs. `is_last` ends their streams.
    pub(crate) fn set(&self, value: &T, is_last: bool) -> Awaited<T> {
        let mut watched = self.0.borrow_mut();
        let is_new = watched.present != *value;
        if is_new {
            watched.present = value.clone();
        }
        watched.has_ended |= is_last;
        let mut awaited = Vec::new();
        watched.observers.retain(|observer| {
            let Some(pipe) = observer.upgrade() else {
                return false;
            };
            if is_new {
                pipe.push_quietly(Ok(value.clone()));
            }
            if is_last {
                pipe.end_quietly(None);
            }
            awaited.push(pipe);
            true
        });
        Awaited(awaited)
    }
}

/// A stream of values: the current one, then every change until the end.
#[derive(Debug)]
pub(crate) struct Observer<T> {
    pipe: Rc<Pipe<T>>,
}

impl<T> Observer<T> {
    /// Whether everything has been read and nothing can follow.
    pub(crate) fn is_over(&self) -> bool {
        self.pipe.is_over()
    }

    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match self.pipe.poll_next(context) {
                Poll::Ready(Some(Ok(value))) => return Poll::Ready(Some(value)),
                // Missed changes no longer matter, since the latest value is always delivered last.
                Poll::Ready(Some(Err(_))) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use core::task::Waker;

    use super::*;

    fn read<T>(observer: &Observer<T>) -> (Vec<T>, bool) {
        let mut values = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        loop {
            match observer.poll_next(&mut context) {
                Poll::Ready(Some(value)) => values.push(value),
                Poll::Ready(None) => return (values, true),
                Poll::Pending => return (values, false),
            }
        }
    }

    #[test]
    fn an_observer_has_the_present_value_and_every_change_until_the_end() {
        let board = Board::new(1);
        let early = board.observe();
        board.change(&2);
        let late = board.observe();
        board.change(&3);
        assert_eq!(read(&early), (vec![1, 2, 3], false));
        board.end();
        assert_eq!(read(&early), (vec![], true));
        assert_eq!(read(&late), (vec![2, 3], true));
        assert_eq!(read(&board.observe()), (vec![3], true));
    }

    #[test]
    fn what_stays_as_it_is_is_not_told() {
        let board = Board::new(1);
        let observer = board.observe();
        for value in [1, 2, 2, 2, 1] {
            board.change(&value);
        }
        assert_eq!(read(&observer), (vec![1, 2, 1], false));
    }

    #[test]
    fn who_does_not_read_has_the_latest_changes() {
        let board = Board::new(0);
        let observer = board.observe();
        for value in 1..=1000 {
            board.change(&value);
        }
        let (values, _) = read(&observer);
        assert_eq!(values, (1001 - KEPT..=1000).collect::<Vec<_>>());
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let board = Board::new(0);
        drop(board.observe());
        board.change(&1);
        assert!(board.0.borrow().observers.is_empty());
    }

    /// A waker that reads, observes and changes the board.
    struct Returning;

    thread_local! {
        static BOARD: Board<i32> = Board::new(0);
    }

    impl std::task::Wake for Returning {
        fn wake(self: std::sync::Arc<Self>) {
            BOARD.with(|board| {
                assert_eq!(board.present(), 1);
                drop(board.observe());
                board.change(&2);
            });
        }
    }

    #[test]
    fn a_waker_may_come_back() {
        let waker = Waker::from(std::sync::Arc::new(Returning));
        BOARD.with(|board| {
            let first = board.observe();
            let second = board.observe();
            let mut context = Context::from_waker(&waker);
            assert_eq!(first.poll_next(&mut context), Poll::Ready(Some(0)));
            assert!(first.poll_next(&mut context).is_pending());
            board.change(&1);
            // Both see the changes in order, although one change happens inside the other.
            assert_eq!(read(&first), (vec![1, 2], false));
            assert_eq!(read(&second), (vec![0, 1, 2], false));
        });
    }
}
