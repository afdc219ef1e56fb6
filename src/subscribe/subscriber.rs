//! A subscriber, as the router sees it.

use core::fmt;
use core::task::{Context, Poll};
use std::rc::Rc;

use super::buffer::{Overflow, Pause};
use super::pipe::Pipe;
use crate::typed::Decoded;
use everstream_core::parse::Event;
use everstream_core::{Error, GapCause};

/// Receives events and decodes them as its subscription asks.
pub(crate) trait Subscriber {
    fn push(&self, event: &Event<'_>);
    fn push_error(&self, error: Error);
    fn push_gap(&self, cause: GapCause);
    fn end(&self, error: Option<Error>);
    fn pause(&self) -> Option<Pause>;
    fn give_turn(&self);
    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()>;
    fn overflow(&self) -> Overflow;
    fn lagged(&self) -> u64;
    /// Whether the subscriber is gone or accepts nothing more.
    fn has_ended(&self) -> bool;
}

/// A subscriber that decodes events into a buffer.
pub(crate) struct TypedSubscriber<T, F> {
    pub(crate) buffer: Rc<Pipe<T>>,
    pub(crate) decode: F,
}

impl<T, F> fmt::Debug for TypedSubscriber<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedSubscriber").finish_non_exhaustive()
    }
}

impl<T, F> Subscriber for TypedSubscriber<T, F>
where
    F: Fn(&Event<'_>) -> Decoded<T>,
{
    fn push(&self, event: &Event<'_>) {
        if let Some(item) = (self.decode)(event) {
            self.buffer.push(item);
        }
    }

    fn push_error(&self, error: Error) {
        self.buffer.push(Err(error));
    }

    fn push_gap(&self, cause: GapCause) {
        self.buffer.push_gap(cause);
    }

    fn end(&self, error: Option<Error>) {
        self.buffer.end(error);
    }

    fn pause(&self) -> Option<Pause> {
        self.buffer.pause()
    }

    fn give_turn(&self) {
        self.buffer.give_turn();
    }

    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        self.buffer.poll_room(context)
    }

    fn overflow(&self) -> Overflow {
        self.buffer.overflow()
    }

    fn lagged(&self) -> u64 {
        self.buffer.lagged()
    }

    fn has_ended(&self) -> bool {
        self.buffer.has_ended()
    }
}
