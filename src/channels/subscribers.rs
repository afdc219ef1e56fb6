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

/// Everything of a channel but its place in the set.
///
/// A page may have thousands of channels: what few of them need is made when it is asked for.
pub(super) struct ChannelSubscribers {
    pub(super) id: ChannelId,
    pub(super) name: Rc<str>,
    pub(super) router: RefCell<Router>,
    /// Shared by all who ask for the channel.
    pub(super) handle: RefCell<Weak<ChannelHandle>>,
    /// The session has been asked for it.
    pub(super) is_known: Cell<bool>,
    is_in_force: Cell<bool>,
    states: OnceCell<Box<StateBoard>>,
    end: OnceCell<Box<End>>,
}

/// Why nothing follows.
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

    /// The channel's state, given that of the connection.
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

    /// Tells those who watch the channel's state, given that of the connection.
    pub(super) fn update_state(&self, connection: &State) {
        if let Some(board) = self.states.get() {
            let state = self.state(connection);
            let is_same_step = matches!(
                (board.present(), &state),
                (State::Subscribing, State::Subscribing) | (State::Closed { .. }, _)
            );
            if !is_same_step {
                board.change(&state);
            }
        }
    }

    pub(super) fn set_in_force(&self, yes: bool) {
        self.is_in_force.set(yes);
    }

    /// Nobody holds the channel any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.handle.borrow().strong_count() == 0
    }

    /// Nothing follows.
    pub(super) fn end(&self, error: Option<&Error>) {
        let ended = self.set_end(error);
        self.tell_end(ended);
    }

    /// Notes that nothing follows. Foreign code runs when that is [told](Self::tell_end).
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

/// Those who are to be told of a channel's end.
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
