//! What reaches the driver from outside its connection.

use core::cell::RefCell;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;

use crate::connection::Signal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The page has changed its state.
    Signal(Signal),
    /// A subscriber has come, gone, or changed what it asks for.
    Interest,
    /// `reconnect()` was called.
    Reconnect,
    /// The server has said how often it sends something.
    Heartbeat(Option<Duration>),
}

/// A queue with one reader.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    reader: RefCell<Option<Waker>>,
}

impl Inbox {
    /// One that is already in the queue says it for both: the queue stays as short as there are
    /// kinds of messages.
    pub(super) fn send(&self, message: Message) {
        let mut messages = self.messages.borrow_mut();
        if messages.back() != Some(&message) {
            messages.push_back(message);
        }
        drop(messages);
        self.wake();
    }

    pub(super) fn wake(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    pub(super) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Message> {
        if let Some(message) = self.messages.borrow_mut().pop_front() {
            return Poll::Ready(message);
        }
        *self.reader.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}
