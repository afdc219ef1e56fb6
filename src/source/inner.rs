//! The state that a source's handles and its driver share.

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

/// The state that outlives a turn of the driver. The driver holds it without a [`Handle`], so that it
/// doesn't keep the source open.
#[derive(Debug)]
pub(super) struct Inner {
    /// The absolute URL.
    pub(super) url: String,
    pub(super) defaults: BufferDefaults,
    /// Whether the user chose `Transport::Native`.
    pub(super) native_only: bool,
    pub(super) router: RefCell<Router>,
    pub(super) states: StateBoard,
    pub(super) inbox: Rc<Inbox>,
    pub(super) clock: Rc<BrowserClock>,
    /// The counters as of the driver's last turn.
    pub(super) stats: RefCell<Stats>,
    pub(super) last_event_id: RefCell<String>,
    /// How the server ended the stream.
    pub(super) end: RefCell<Option<End>>,
    /// The response opened last.
    pub(super) answer: RefCell<Option<Arc<Response>>>,
    /// Empty unless the source is shared.
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

    /// Ends every stream. The driver drops the connection on its next turn.
    pub(super) fn close(&self, error: Option<&Error>) {
        if !self.inbox.close() {
            return;
        }
        // All state closes before the wakers run: user code that they call must not find it half closed.
        let awaited = self.states.close(error);
        let subscribers = self.router.borrow_mut().take_everyone();
        end_all(subscribers, error);
        awaited.wake();
        self.sharing.end();
    }

    /// Publishes the connection's new state. A source that the user has closed stays closed.
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

/// Keeps the source open. Handles and subscriptions share it; dropping the last reference closes the
/// source.
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
