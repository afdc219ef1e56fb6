//! A value that changes, and those who watch it.

use core::cell::RefCell;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use super::buffer::{Buffer, Overflow};

/// How many changes are kept for an observer that does not read.
const KEPT: usize = 64;

/// The present value and its observers.
#[derive(Debug)]
pub(crate) struct Board<T> {
    present: T,
    has_ended: bool,
    observers: Vec<Weak<RefCell<Buffer<T>>>>,
}

impl<T: Clone + PartialEq> Board<T> {
    pub(crate) fn new(present: T) -> Self {
        Self {
            present,
            has_ended: false,
            observers: Vec::new(),
        }
    }

    pub(crate) fn present(&self) -> &T {
        &self.present
    }

    pub(crate) fn observe(&mut self) -> Observer<T> {
        let mut buffer = Buffer::new(KEPT, Overflow::DropOldest);
        buffer.push(Ok(self.present.clone()));
        if self.has_ended {
            buffer.end(None);
        }
        let buffer = Rc::new(RefCell::new(buffer));
        self.observers.push(Rc::downgrade(&buffer));
        Observer { buffer }
    }

    /// Tells the observers, unless nothing has changed: a dashboard would be rendered anew for it.
    pub(crate) fn change(&mut self, value: &T) {
        if self.present == *value {
            return;
        }
        self.present = value.clone();
        self.tell(|buffer| buffer.push(Ok(value.clone())));
    }

    /// There will be no other value.
    pub(crate) fn end(&mut self) {
        self.has_ended = true;
        self.tell(|buffer| buffer.end(None));
    }

    fn tell(&mut self, tell: impl Fn(&mut Buffer<T>)) {
        self.observers.retain(|observer| {
            let Some(buffer) = observer.upgrade() else {
                return false;
            };
            tell(&mut buffer.borrow_mut());
            true
        });
    }
}

/// The values from the present one on, until the end.
#[derive(Debug)]
pub(crate) struct Observer<T> {
    buffer: Rc<RefCell<Buffer<T>>>,
}

impl<T> Observer<T> {
    /// Whether everything has been read, and nothing can come any more.
    pub(crate) fn is_over(&self) -> bool {
        self.buffer.borrow().is_over()
    }

    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match self.buffer.borrow_mut().poll_next(context) {
                Poll::Ready(Some(Ok(value))) => return Poll::Ready(Some(value)),
                // Changes that were missed are past; the value that counts comes last.
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
        let mut board = Board::new(1);
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
        let mut board = Board::new(1);
        let observer = board.observe();
        for value in [1, 2, 2, 2, 1] {
            board.change(&value);
        }
        assert_eq!(read(&observer), (vec![1, 2, 1], false));
    }

    #[test]
    fn who_does_not_read_has_the_latest_changes() {
        let mut board = Board::new(0);
        let observer = board.observe();
        for value in 1..=1000 {
            board.change(&value);
        }
        let (values, _) = read(&observer);
        assert_eq!(values, (1001 - KEPT..=1000).collect::<Vec<_>>());
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let mut board = Board::new(0);
        drop(board.observe());
        board.change(&1);
        assert!(board.observers.is_empty());
    }
}
