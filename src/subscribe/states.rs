//! The state of a source, as a value and as a stream.

use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use futures_core::Stream;

use super::buffer::{Buffer, Overflow};
use crate::connection::State;

/// How many changes are kept for an observer that does not read.
const KEPT: usize = 64;

/// The states of a source: the present one first, then every change, until it is closed.
///
/// An observer that does not read keeps the 64 latest changes. Observing does not keep a source
/// alive.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct States {
    buffer: Rc<RefCell<Buffer<State>>>,
}

impl Stream for States {
    type Item = State;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<State>> {
        loop {
            match self.buffer.borrow_mut().poll_next(context) {
                Poll::Ready(Some(Ok(state))) => return Poll::Ready(Some(state)),
                // Changes that were missed are past; the state that counts comes last.
                Poll::Ready(Some(Err(_))) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// The present state and those who watch it.
#[derive(Debug)]
pub(crate) struct StateBoard {
    present: State,
    observers: Vec<Weak<RefCell<Buffer<State>>>>,
}

impl StateBoard {
    pub(crate) fn new() -> Self {
        Self {
            present: State::Idle,
            observers: Vec::new(),
        }
    }

    pub(crate) fn present(&self) -> &State {
        &self.present
    }

    pub(crate) fn observe(&mut self) -> States {
        let mut buffer = Buffer::new(KEPT, Overflow::DropOldest);
        buffer.push(Ok(self.present.clone()));
        if let State::Closed { .. } = self.present {
            buffer.end(None);
        }
        let buffer = Rc::new(RefCell::new(buffer));
        self.observers.push(Rc::downgrade(&buffer));
        States { buffer }
    }

    pub(crate) fn change(&mut self, state: &State) {
        self.present = state.clone();
        self.observers.retain(|observer| {
            let Some(buffer) = observer.upgrade() else {
                return false;
            };
            let mut buffer = buffer.borrow_mut();
            buffer.push(Ok(state.clone()));
            if let State::Closed { .. } = state {
                buffer.end(None);
            }
            true
        });
    }
}
