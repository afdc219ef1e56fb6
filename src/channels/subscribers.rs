//! The subscribers of one channel.

use core::cell::{Cell, OnceCell, RefCell};
use core::fmt;
use std::rc::{Rc, Weak};

use super::inner::ChannelHandle;
use crate::subscribe::router::{Interest, Router, end_all};
use crate::subscribe::{Awaited, StateBoard, States, Subscriber};
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::session::ChannelId;

/// A channel's state, except for its place in the registry.
///
/// A page may have thousands of channels, so parts that few of them need are created on demand.
pub(super) struct ChannelSubscribers {
    pub(super) id: ChannelId,
    pub(super) name: Rc<str>,
    pub(super) router: RefCell<Router>,
    /// The handle that all holders of the channel share.
    pub(super) handle: RefCell<Weak<ChannelHandle>>,
    /// Whether the session has been told to subscribe.
    pub(super) is_known: Cell<bool>,
    is_in_force: Cell<bool>,
    states: OnceCell<Box<StateBoard>>,
    end: OnceCell<Box<End>>,
}

/// The reason why the channel has ended; `None` without an error.
struct End(Option<Error>);

impl ChannelSubscribers {
    pub(super) fn new(id: ChannelId, name: Rc<str>) -> Self {
        Self {
            id,
            name,
            router: RefCell::default(),
            handle: RefCell::default(),
            is_known: Cell::new(false),
            is_in_force: Cell::new(false),
            states: OnceCell::new(),
            end: OnceCell::new(),
        }
    }

    pub(super) fn add(&self, interest: Interest, subscriber: Rc<dyn Subscriber>) {
        match self.end.get() {
            Some(end) => subscriber.end(end.0.clone()),
            None => self.router.borrow_mut().add(interest, subscriber),
        }
    }

    /// Returns the channel's state, given that of the connection.
    pub(super) fn state(&self, connection: &State) -> State {
        match (self.end.get(), connection) {
            (Some(end), _) => State::Closed {
                error: end.0.clone(),
            },
            (None, State::Open { .. }) if !self.is_in_force.get() => State::Subscribing,
            (None, connection) => connection.clone(),
        }
    }

    pub(super) fn observe(&self, connection: &State) -> States {
        let board = self.states.get_or_init(|| {
            let board = StateBoard::new();
            board.change(&self.state(connection));
            Box::new(board)
        });
        board.observe()
    }

    /// Publishes the channel's state, given that of the connection.
    pub(super) fn update_state(&self, connection: &State) {
        if let Some(board) = self.states.get() {
            let state = self.state(connection);
            match (board.present(), &state) {
                (State::Closed { .. }, _) => {}
                // A new connection has taken over without loss, so observers have nothing to react to.
                (State::Open { .. }, State::Open { .. }) => board.replace(state),
                _ => board.change(&state),
            }
        }
    }

    pub(super) fn set_in_force(&self, yes: bool) {
        self.is_in_force.set(yes);
    }

    /// Whether the channel has no handle left.
    pub(super) fn is_abandoned(&self) -> bool {
        self.handle.borrow().strong_count() == 0
    }

    /// Ends the channel and its streams.
    pub(super) fn end(&self, error: Option<&Error>) {
        let ended = self.set_end(error);
        self.tell_end(ended);
    }

    /// Marks the channel as ended. User code runs only in [`tell_end`](Self::tell_end).
    pub(super) fn set_end(&self, error: Option<&Error>) -> Ended {
        let _ = self.end.set(Box::new(End(error.cloned())));
        Ended {
            subscribers: self.router.borrow_mut().take_everyone(),
            awaited: self.states.get().map(|board| board.close(error)),
        }
    }

    /// Ends the streams of a channel that has ended.
    pub(super) fn tell_end(&self, ended: Ended) {
        let error = self.end.get().and_then(|end| end.0.as_ref());
        end_all(ended.subscribers, error);
        if let Some(awaited) = ended.awaited {
            awaited.wake();
        }
    }
}

/// The subscribers and observers to tell of a channel's end.
#[must_use = "streams that nobody ends wait for ever"]
pub(super) struct Ended {
    subscribers: Vec<Rc<dyn Subscriber>>,
    awaited: Option<Awaited<State>>,
}

impl fmt::Debug for ChannelSubscribers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSubscribers")
            .field("name", &self.name)
            .field("router", &self.router)
            .finish_non_exhaustive()
    }
}
