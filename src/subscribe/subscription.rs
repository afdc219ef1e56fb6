//! A subscriber's end.

use core::cell::RefCell;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::Rc;

use futures_core::{FusedStream, Stream};

use super::buffer::{Buffer, Overflow};
use crate::error::Error;

/// What a subscription holds on to: dropping it tells the source that the subscriber is gone.
pub(crate) trait Hold {
    /// The subscription has ended or asks for something else.
    fn interest_changed(&self);
}

/// A stream of events, each of them once and in order.
///
/// Errors are items: after one that is not [terminal](Error::is_terminal) the stream goes on.
/// Dropping the subscription unsubscribes; dropping the last one of a source whose handles are gone
/// closes the connection.
#[must_use = "a subscription that is dropped receives nothing"]
pub struct Subscription<T> {
    buffer: Rc<RefCell<Buffer<T>>>,
    hold: Rc<dyn Hold>,
    done: bool,
}

impl<T> Subscription<T> {
    pub(crate) fn new(buffer: Rc<RefCell<Buffer<T>>>, hold: Rc<dyn Hold>) -> Self {
        Self {
            buffer,
            hold,
            done: false,
        }
    }

    /// Sets the buffer's size in events (at least 1) and what happens when it is full. Without it
    /// the source's setting applies.
    pub fn with_buffer(self, capacity: usize, overflow: Overflow) -> Self {
        self.buffer
            .borrow_mut()
            .configure(capacity.max(1), overflow);
        self.hold.interest_changed();
        self
    }
}

impl<T> Stream for Subscription<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let item = self.buffer.borrow_mut().poll_next(context);
        self.done = matches!(item, Poll::Ready(None));
        item
    }
}

impl<T> FusedStream for Subscription<T> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.buffer.borrow_mut().end(None);
        self.hold.interest_changed();
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
