//! Messages to the driver from outside its connections.

use core::cell::{Cell, RefCell};
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;

use super::lock::LockChange;
use everstream_core::connection::Signal;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The page's state has changed.
    Signal(Signal),
    /// Subscribers or channels have come, gone or changed their interest.
    Interest,
    /// `reconnect()` was called.
    Reconnect,
    /// The state of this tab's lock has changed.
    Lock(LockChange),
    /// A message from another tab.
    Heard(Vec<u8>),
    /// The page is about to be frozen or left.
    Leave,
    /// The page is active again.
    Return,
}

impl Message {
    /// Whether this message makes an equal one in the queue redundant. Messages that concern other tabs keep
    /// their order and number.
    fn replaces(&self, queued: &Self) -> bool {
        matches!(self, Self::Signal(_) | Self::Interest | Self::Reconnect) && self == queued
    }
}

/// A queue with one reader, and a flag that closes the source.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    reader: RefCell<Option<Waker>>,
    is_closed: Cell<bool>,
}

impl Inbox {
    /// Queues a message. A signal or command replaces an equal one, so the queue doesn't grow beyond the
    /// number of kinds while the driver is busy.
    pub(crate) fn send(&self, message: Message) {
        let mut messages = self.messages.borrow_mut();
        messages.retain(|queued| !message.replaces(queued));
        messages.push_back(message);
        drop(messages);
        self.wake();
    }

    /// Closes the source: the driver ends at its next turn. Returns whether the source was open.
    pub(crate) fn close(&self) -> bool {
        let was_open = !self.is_closed.replace(true);
        self.wake();
        was_open
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    fn wake(&self) {
        let reader = self.reader.take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Returns the next message. The reader is woken by the next message and by the end, whatever this
    /// returns.
    pub(super) fn poll_next(&self, context: &Context<'_>) -> Poll<Message> {
        *self.reader.borrow_mut() = Some(context.waker().clone());
        match self.messages.borrow_mut().pop_front() {
            Some(message) => Poll::Ready(message),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_as_short_as_there_are_kinds() {
        let inbox = Inbox::default();
        for _ in 0..1000 {
            inbox.send(Message::Signal(Signal::Hidden));
            inbox.send(Message::Interest);
            inbox.send(Message::Signal(Signal::Visible));
        }
        let queued: Vec<Message> = inbox.messages.borrow().iter().cloned().collect();
        let expected = [
            Message::Signal(Signal::Hidden),
            Message::Interest,
            Message::Signal(Signal::Visible),
        ];
        assert_eq!(queued, expected);
    }

    #[test]
    fn what_other_tabs_say_is_kept_word_for_word() {
        let inbox = Inbox::default();
        let messages = [
            Message::Heard(vec![1]),
            Message::Heard(vec![1]),
            Message::Leave,
            Message::Return,
            Message::Leave,
        ];
        for message in &messages {
            inbox.send(message.clone());
        }
        let context = Context::from_waker(Waker::noop());
        for message in messages {
            assert_eq!(inbox.poll_next(&context), Poll::Ready(message));
        }
        assert!(inbox.poll_next(&context).is_pending());
    }

    #[test]
    fn it_is_closed_once() {
        let inbox = Inbox::default();
        assert!(inbox.close());
        assert!(!inbox.close());
        assert!(inbox.is_closed());
    }
}
