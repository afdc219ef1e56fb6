//! What reaches the driver from outside its connection.

use core::cell::RefCell;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;

use everstream_core::connection::Signal;

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

impl Message {
    fn is_outdated_by(self, newer: Self) -> bool {
        match (self, newer) {
            (Self::Heartbeat(_), Self::Heartbeat(_)) => true,
            _ => self == newer,
        }
    }
}

/// A queue with one reader.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    reader: RefCell<Option<Waker>>,
}

impl Inbox {
    /// A message takes the place of the one of its kind that is in the queue already, so that the queue stays
    /// as short as there are kinds, also while the driver waits for a slow subscriber.
    pub(super) fn send(&self, message: Message) {
        let mut messages = self.messages.borrow_mut();
        messages.retain(|queued| !queued.is_outdated_by(message));
        messages.push_back(message);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_as_short_as_there_are_kinds() {
        let inbox = Inbox::default();
        for round in 0..1000 {
            inbox.send(Message::Signal(Signal::Hidden));
            inbox.send(Message::Interest);
            inbox.send(Message::Signal(Signal::Visible));
            inbox.send(Message::Heartbeat(Some(Duration::from_secs(round))));
        }
        let queued: Vec<Message> = inbox.messages.borrow().iter().copied().collect();
        let expected = [
            Message::Signal(Signal::Hidden),
            Message::Interest,
            Message::Signal(Signal::Visible),
            Message::Heartbeat(Some(Duration::from_secs(999))),
        ];
        assert_eq!(queued, expected);
    }
}
