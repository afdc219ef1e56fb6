//! What goes wrong on a multiplexer and concerns no channel alone.

use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use futures_core::Stream;

use crate::subscribe::Overflow;
use crate::subscribe::buffer::Buffer;
use everstream_core::Error;

/// How many errors are kept for an observer that does not read.
const KEPT: usize = 64;

/// Errors of a multiplexer that end no channel, such as an event that breaks the protocol.
///
/// An observer that does not read keeps the 64 latest. Observing does not keep a multiplexer alive.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Errors {
    buffer: Rc<RefCell<Buffer<Error>>>,
}

impl Stream for Errors {
    type Item = Error;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Error>> {
        let next = self.buffer.borrow_mut().poll_next(context);
        next.map(|item| item.map(|error| error.unwrap_or_else(|missed| missed)))
    }
}

/// Those who watch.
#[derive(Debug, Default)]
pub(super) struct ErrorBoard {
    observers: Vec<Weak<RefCell<Buffer<Error>>>>,
    is_over: bool,
}

impl ErrorBoard {
    pub(super) fn observe(&mut self) -> Errors {
        let mut buffer = Buffer::new(KEPT, Overflow::DropOldest);
        if self.is_over {
            buffer.end(None);
        }
        let buffer = Rc::new(RefCell::new(buffer));
        self.observers.push(Rc::downgrade(&buffer));
        Errors { buffer }
    }

    pub(super) fn report(&mut self, error: &Error) {
        self.each(|buffer| buffer.push(Ok(error.clone())));
    }

    pub(super) fn end(&mut self) {
        self.is_over = true;
        self.each(|buffer| buffer.end(None));
    }

    fn each(&mut self, tell: impl Fn(&mut Buffer<Error>)) {
        self.observers.retain(|observer| match observer.upgrade() {
            Some(buffer) => {
                tell(&mut buffer.borrow_mut());
                true
            }
            None => false,
        });
    }
}
