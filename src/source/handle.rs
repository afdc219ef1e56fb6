//! What a source's handles and its driver share.

use core::cell::{Cell, OnceCell, RefCell};
use core::task::{Poll, Waker};
use std::rc::Rc;
use std::sync::Arc;

use super::inbox::{Inbox, Message};
use super::owner::Owner;
use super::stats::SourceStats;
use crate::browser::BrowserClock;
use crate::subscribe::intake::BufferDefaults;
use crate::subscribe::router::{Interest, Router};
use crate::subscribe::{Hold, SharingBoard, Sink, StateBoard};
use everstream_core::Error;
use everstream_core::connection::{End, State, Stats};
use everstream_core::http::Response;

/// Everything that outlives a turn of the driver. The driver holds it without a [`Handle`].
#[derive(Debug)]
pub(super) struct Shared {
    /// Absolute.
    pub(super) url: String,
    pub(super) defaults: BufferDefaults,
    /// Only the native `EventSource` was asked for.
    pub(super) native_only: bool,
    /// Whom the source works for, beside its subscribers.
    ///
    /// Set from outside, since the optimiser takes an argument that is either nothing or the only
    /// owner there is for that owner: every program had the multiplexer in it.
    pub(super) owner: OnceCell<Rc<dyn Owner>>,
    pub(super) router: RefCell<Router>,
    pub(super) states: RefCell<StateBoard>,
    pub(super) inbox: Inbox,
    pub(super) clock: RefCell<BrowserClock>,
    /// As of the driver's last turn.
    pub(super) stats: RefCell<Stats>,
    pub(super) last_event_id: RefCell<String>,
    /// How the server has ended the stream.
    pub(super) end: RefCell<Option<End>>,
    /// The answer that was opened last.
    pub(super) answer: RefCell<Option<Arc<Response>>>,
    /// If it was asked for.
    pub(super) sharing: SharingBoard,
    closed: Cell<bool>,
    on_close: RefCell<Option<Waker>>,
}

impl Shared {
    pub(super) fn new(
        url: String,
        defaults: BufferDefaults,
        native_only: bool,
        clock: BrowserClock,
    ) -> Self {
        Self {
            url,
            defaults,
            native_only,
            owner: OnceCell::new(),
            router: RefCell::default(),
            states: RefCell::new(StateBoard::new()),
            inbox: Inbox::default(),
            clock: RefCell::new(clock),
            stats: RefCell::default(),
            last_event_id: RefCell::default(),
            end: RefCell::default(),
            answer: RefCell::default(),
            sharing: SharingBoard::default(),
            closed: Cell::new(false),
            on_close: RefCell::default(),
        }
    }

    /// Ends every stream; the driver drops the connection at its next turn.
    pub(super) fn close(&self, error: Option<Error>) {
        if self.closed.replace(true) {
            return;
        }
        self.router.borrow_mut().end(error.as_ref());
        self.change_state(&State::Closed { error });
        self.sharing.end();
        if let Some(driver) = self.on_close.take() {
            driver.wake();
        }
    }

    /// A source that was closed by the user's own code, while its driver was at work, stays closed.
    pub(super) fn change_state(&self, state: &State) {
        if self.is_closed() && !matches!(state, State::Closed { .. }) {
            return;
        }
        if let State::Open { answer, .. } = state {
            self.answer.borrow_mut().clone_from(answer);
        }
        self.states.borrow_mut().change(state);
        if let Some(owner) = self.owner.get() {
            owner.state(state);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Runs a future until the source is closed, then drops it.
    pub(super) async fn until_closed(&self, work: impl Future<Output = ()>) {
        let mut work = core::pin::pin!(work);
        core::future::poll_fn(|context| {
            if self.is_closed() {
                return Poll::Ready(());
            }
            *self.on_close.borrow_mut() = Some(context.waker().clone());
            work.as_mut().poll(context)
        })
        .await;
    }

    pub(super) fn subscribe(&self, interest: Interest, sink: Rc<dyn Sink>) {
        if self.is_closed() {
            let present = self.states.borrow().present().clone();
            sink.end(match present {
                State::Closed { error } => error,
                _ => None,
            });
            return;
        }
        self.router.borrow_mut().add(interest, sink);
        self.inbox.send(Message::Interest);
    }

    /// What a native `EventSource` has to listen for.
    pub(super) fn event_types(&self) -> Vec<String> {
        let of_owner = self.owner.get().map(|owner| owner.event_types());
        let router = self.router.borrow();
        let types = router.types().map(str::to_owned);
        types.chain(of_owner.into_iter().flatten()).collect()
    }

    /// Whether a subscriber asks for what native can't do.
    pub(super) fn needs_fetch(&self) -> bool {
        self.router.borrow().needs_fetch()
            || self.owner.get().is_some_and(|owner| owner.needs_fetch())
    }

    pub(super) fn stats(&self) -> SourceStats {
        let stats = self.stats.borrow().clone();
        let now = self.clock.borrow_mut().now();
        SourceStats::of(stats, now, self.router.borrow().lagged())
    }
}

/// Shared by everyone who wants the source alive; the last one to let go closes it.
#[derive(Debug)]
pub(super) struct Handle(pub(super) Rc<Shared>);

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
