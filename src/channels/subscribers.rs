//! The subscribers of one channel.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::rc::{Rc, Weak};

use super::inner::ChannelHandle;
use crate::subscribe::router::{Interest, Router};
use crate::subscribe::{StateBoard, States, Subscriber};
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
    states: RefCell<Option<Box<StateBoard>>>,
    end: RefCell<Option<Box<End>>>,
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
            states: RefCell::default(),
            end: RefCell::default(),
        }
    }

    pub(super) fn add(&self, interest: Interest, subscriber: Rc<dyn Subscriber>) {
        let end = self.end.borrow();
        match &*end {
            Some(end) => subscriber.end(end.0.clone()),
            None => self.router.borrow_mut().add(interest, subscriber),
        }
    }

    /// The channel's state, given that of the connection.
    pub(super) fn state(&self, connection: &State) -> State {
        match (&*self.end.borrow(), connection) {
            (Some(end), _) => State::Closed {
                error: end.0.clone(),
            },
            (None, State::Open { .. }) if !self.is_in_force.get() => State::Subscribing,
            (None, connection) => connection.clone(),
        }
    }

    pub(super) fn observe(&self, connection: &State) -> States {
        let present = self.state(connection);
        let mut states = self.states.borrow_mut();
        let board = states.get_or_insert_with(|| {
            let mut board = StateBoard::new();
            board.change(&present);
            Box::new(board)
        });
        board.observe()
    }

    /// Tells those who watch the channel's state, given that of the connection.
    pub(super) fn update_state(&self, connection: &State) {
        if let Some(board) = &mut *self.states.borrow_mut() {
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
    pub(super) fn end(&self, error: Option<Error>) {
        self.router.borrow_mut().end(error.as_ref());
        *self.end.borrow_mut() = Some(Box::new(End(error)));
        self.update_state(&State::Idle);
    }
}

impl fmt::Debug for ChannelSubscribers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSubscribers")
            .field("name", &self.name)
            .field("router", &self.router)
            .finish_non_exhaustive()
    }
}
