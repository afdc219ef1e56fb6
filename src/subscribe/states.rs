//! The state of a source, and that of its sharing, as streams.

use core::cell::OnceCell;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::board::{Awaited, Board, Observer};
use everstream_core::connection::State;
use everstream_core::tabs::Sharing;
use everstream_core::{Error, Next};

/// A stream of the states of a source, multiplexer or channel: the current one first, then every change until
/// it closes.
///
/// An observer that doesn't read keeps the 64 latest changes. Observing does not keep a source open.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct States(Observer<State>);

impl States {
    /// Waits for the next state. Yields `None` once the source is closed and its last state has been read.
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }
}

impl FusedStream for States {
    fn is_terminated(&self) -> bool {
        self.0.is_over()
    }
}

impl Stream for States {
    type Item = State;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<State>> {
        self.0.poll_next(context)
    }
}

/// A stream of a tab's role among the tabs that share a connection, and their number. The current value comes
/// first, then every change until the source or multiplexer closes.
///
/// An observer that doesn't read keeps the 64 latest changes. Observing does not keep a source open.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct SharingChanges(Option<Observer<Sharing>>);

impl SharingChanges {
    /// Waits for the next value. Yields `None` once no other can follow.
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }
}

impl FusedStream for SharingChanges {
    fn is_terminated(&self) -> bool {
        self.0.as_ref().is_none_or(Observer::is_over)
    }
}

impl Stream for SharingChanges {
    type Item = Sharing;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Sharing>> {
        match &self.0 {
            Some(observer) => observer.poll_next(context),
            None => Poll::Ready(None),
        }
    }
}

/// The current state and its observers.
#[derive(Debug)]
pub(crate) struct StateBoard(Board<State>);

impl StateBoard {
    pub(crate) fn new() -> Self {
        Self::beginning(State::Idle)
    }

    pub(crate) fn beginning(state: State) -> Self {
        Self(Board::new(state))
    }

    pub(crate) fn present(&self) -> State {
        self.0.present()
    }

    pub(crate) fn observe(&self) -> States {
        States(self.0.observe())
    }

    pub(crate) fn change(&self, state: &State) {
        self.set(state).wake();
    }

    /// Replaces the state by another form of it, without notifying observers.
    pub(crate) fn replace(&self, state: State) {
        self.0.replace(state);
    }

    /// Sets the last state. User code runs once the caller wakes the result.
    pub(crate) fn close(&self, error: Option<&Error>) -> Awaited<State> {
        self.set(&State::Closed {
            error: error.cloned(),
        })
    }

    fn set(&self, state: &State) -> Awaited<State> {
        let is_last = matches!(state, State::Closed { .. });
        self.0.set(state, is_last)
    }
}

/// The tab's role among those that share, if the connection is shared, and its observers.
#[derive(Debug, Default)]
pub(crate) struct SharingBoard(OnceCell<Board<Sharing>>);

impl SharingBoard {
    pub(crate) fn present(&self) -> Option<Sharing> {
        self.0.get().map(Board::present)
    }

    pub(crate) fn observe(&self) -> SharingChanges {
        SharingChanges(self.0.get().map(Board::observe))
    }

    pub(crate) fn change(&self, sharing: Sharing) {
        self.0.get_or_init(|| Board::new(sharing)).change(&sharing);
    }

    pub(crate) fn end(&self) {
        if let Some(board) = self.0.get() {
            board.end();
        }
    }
}
