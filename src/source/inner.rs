//! What a source's handles and its driver share.

use core::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::stats::SourceStats;
use crate::subscribe::intake::BufferDefaults;
use crate::subscribe::router::{Interest, Router, end_all};
use crate::subscribe::{Hold, SharingBoard, StateBoard, Subscriber};
use crate::web::{BrowserClock, Inbox, Message};
use everstream_core::Error;
use everstream_core::connection::{End, State, Stats};
use everstream_core::http::Response;

/// Everything that outlives a turn of the driver. The driver holds it without a [`Handle`].
#[derive(Debug)]
pub(super) struct Inner {
    /// Absolute.
    pub(super) url: String,
    pub(super) defaults: BufferDefaults,
    /// Only the native `EventSource` was asked for.
    pub(super) native_only: bool,
    pub(super) router: RefCell<Router>,
    pub(super) states: StateBoard,
    pub(super) inbox: Rc<Inbox>,
    pub(super) clock: Rc<BrowserClock>,
    /// As of the driver's last turn.
    pub(super) stats: RefCell<Stats>,
    pub(super) last_event_id: RefCell<String>,
    /// How the server has ended the stream.
    pub(super) end: RefCell<Option<End>>,
    /// The answer that was opened last.
    pub(super) answer: RefCell<Option<Arc<Response>>>,
    /// If it was asked for.
    pub(super) sharing: SharingBoard,
}

impl Inner {
    pub(super) fn new(
        url: String,
        defaults: BufferDefaults,
        native_only: bool,
        clock: BrowserClock,
        last_event_id: String,
    ) -> Self {
        Self {
            url,
            defaults,
            native_only,
            router: RefCell::default(),
            states: StateBoard::new(),
            inbox: Rc::default(),
            clock: Rc::new(clock),
            stats: RefCell::default(),
            last_event_id: RefCell::new(last_event_id),
            end: RefCell::default(),
            answer: RefCell::default(),
            sharing: SharingBoard::default(),
        }
    }

    /// Ends every stream; the driver drops the connection at its next turn.
    pub(super) fn close(&self, error: Option<&Error>) {
        if !self.inbox.close() {
            return;
        }
        // Whoever is woken finds all of it closed.
        let awaited = self.states.close(error);
        let subscribers = self.router.borrow_mut().take_everyone();
        end_all(subscribers, error);
        awaited.wake();
        self.sharing.end();
    }

    /// The connection's state has changed. A source that the user's own code has closed stays closed.
    pub(super) fn change_state(&self, state: &State) {
        if let State::Closed { error } = state {
            return self.close(error.as_ref());
        }
        if self.inbox.is_closed() {
            return;
        }
        if let State::Open { answer, .. } = state {
            self.answer.borrow_mut().clone_from(answer);
        }
        self.states.change(state);
    }

    pub(super) fn subscribe(&self, interest: Interest, subscriber: Rc<dyn Subscriber>) {
        if self.inbox.is_closed() {
            subscriber.end(match self.states.present() {
                State::Closed { error } => error,
                _ => None,
            });
            return;
        }
        self.router.borrow_mut().add(interest, subscriber);
        self.inbox.send(Message::Interest);
    }

    pub(super) fn stats(&self) -> SourceStats {
        let stats = self.stats.borrow().clone();
        SourceStats::of(stats, self.clock.now(), self.router.borrow().lagged())
    }
}

/// Shared by everyone who wants the source alive; the last one to let go closes it.
#[derive(Debug)]
pub(super) struct Handle(pub(super) Rc<Inner>);

impl Hold for Handle {
    fn interest_changed(&self) {
        self.0.router.borrow_mut().prune();
        self.0.inbox.send(Message::Interest);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close(None);
    }
}
