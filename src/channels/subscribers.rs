//! The subscribers of one channel.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::rc::{Rc, Weak};

use super::handle::ChannelHandle;
use crate::subscribe::router::{Interest, Router};
use crate::subscribe::{Sink, StateBoard, States};
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::mux::Subscribers;

/// Everything of a channel but its place in the set.
///
/// A page may have thousands of channels: what few of them need is made when it is asked for.
#[derive(Default)]
pub(super) struct ChannelSubscribers {
    pub(super) router: RefCell<Router>,
    /// Shared by all who ask for the channel.
    pub(super) handle: RefCell<Weak<ChannelHandle>>,
    states: RefCell<Option<Box<StateBoard>>>,
    is_in_force: Cell<bool>,
    end: RefCell<Option<Box<End>>>,
}

/// Why nothing follows.
struct End(Option<Error>);

impl ChannelSubscribers {
    pub(super) fn add(&self, interest: Interest, sink: Rc<dyn Sink>) {
        match &*self.end.borrow() {
            Some(end) => sink.end(end.0.clone()),
            None => self.router.borrow_mut().add(interest, sink),
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

    pub(super) fn is_in_force(&self) -> bool {
        self.is_in_force.get()
    }

    /// Nobody holds the channel any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.handle.borrow().strong_count() == 0
    }
}

impl Subscribers for ChannelSubscribers {
    fn in_force(&self, yes: bool) {
        self.is_in_force.set(yes);
    }

    fn gap(&self) {
        self.router.borrow().gap();
    }

    fn end(&self, error: Option<Error>) {
        self.router.borrow_mut().end(error.as_ref());
        *self.end.borrow_mut() = Some(Box::new(End(error)));
        self.update_state(&State::Idle);
    }
}

impl fmt::Debug for ChannelSubscribers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSubscribers")
            .field("router", &self.router)
            .finish_non_exhaustive()
    }
}
