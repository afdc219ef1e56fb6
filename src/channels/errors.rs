//! Errors of a multiplexer that concern no single channel.

use core::cell::{Cell, RefCell};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use futures_core::{FusedStream, Stream};

use crate::subscribe::Overflow;
use crate::subscribe::pipe::Pipe;
use everstream_core::{Error, Next};

/// How many errors are kept for an observer that doesn't read.
const KEPT: usize = 64;

/// A stream of a multiplexer's errors that end no channel, such as an event that breaks the protocol.
///
/// An observer that doesn't read keeps the 64 latest errors. Observing does not keep a multiplexer open.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Errors {
    pipe: Rc<Pipe<Error>>,
}

impl Errors {
    /// Waits for the next error. Yields `None` once the multiplexer is closed and its last error has been
    /// read.
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }
}

impl Stream for Errors {
    type Item = Error;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Error>> {
        let next = self.pipe.poll_next(context);
        next.map(|item| item.map(|error| error.unwrap_or_else(|missed| missed)))
    }
}

impl FusedStream for Errors {
    fn is_terminated(&self) -> bool {
        self.pipe.is_over()
    }
}

/// The observers of a multiplexer's errors.
#[derive(Debug, Default)]
pub(super) struct ErrorBoard {
    observers: RefCell<Vec<Weak<Pipe<Error>>>>,
    is_over: Cell<bool>,
}

impl ErrorBoard {
    pub(super) fn observe(&self) -> Errors {
        let pipe = Rc::new(Pipe::new(KEPT, Overflow::DropOldest));
        if self.is_over.get() {
            pipe.end(None);
        }
        self.observers.borrow_mut().push(Rc::downgrade(&pipe));
        Errors { pipe }
    }

    pub(super) fn report(&self, error: &Error) {
        for pipe in self.present() {
            pipe.push(Ok(error.clone()));
        }
    }

    pub(super) fn end(&self) {
        self.is_over.set(true);
        for pipe in self.present() {
            pipe.end(None);
        }
    }

    /// Returns the live observers in a new list: waking one runs user code, which may change `observers`.
    fn present(&self) -> Vec<Rc<Pipe<Error>>> {
        let mut present = Vec::new();
        self.observers.borrow_mut().retain(|observer| {
            let observer = observer.upgrade();
            present.extend(observer.clone());
            observer.is_some()
        });
        present
    }
}
