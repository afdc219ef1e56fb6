//! Subscriptions and states without a server, for tests of your own code, natively and in a browser.
//!
//! With the feature `testing` among your `dev-dependencies`, `cargo test` can test code that takes a
//! [`Subscription`]:
//!
//! ```
//! use everstream::{Error, GapCause, Subscription};
//!
//! /// The code under test: adds up the prices, and starts over at a gap.
//! async fn total(mut prices: Subscription<u32>) -> u32 {
//!     let mut total = 0;
//!     while let Some(item) = prices.next().await {
//!         match item {
//!             Ok(price) => total += price,
//!             Err(Error::Gap { .. }) => total = 0,
//!             Err(_) => {}
//!         }
//!     }
//!     total
//! }
//!
//! let prices = Subscription::from_iter([Ok(1), Err(Error::gap(GapCause::NotResumed)), Ok(2), Ok(3)]);
//! # use futures_executor::block_on;
//! assert_eq!(block_on(total(prices)), 5);
//! ```
//!
//! To send items one after the other, use the publisher that [`subscription`] returns. A whole
//! [`EventSource`](crate::EventSource) needs a browser; there,
//! [`EventSource::from_response`](crate::EventSource::from_response) accepts a response in memory in place of
//! a server. Natively, [`EventStream`](crate::EventStream) reads the same events from any stream of bytes.

use core::fmt;
use std::rc::Rc;

use crate::subscribe::buffer::DEFAULT_CAPACITY;
use crate::subscribe::pipe::Pipe;
use crate::subscribe::{Hold, Overflow, StateBoard, States, Subscription};
use everstream_core::connection::State;
use everstream_core::{Error, GapCause};

/// Returns a subscription and its publisher, with which a test decides what arrives when.
///
/// ```
/// use everstream::testing::subscription;
/// # use futures_executor::block_on;
///
/// let (source, mut prices) = subscription();
/// source.send(7);
/// assert_eq!(block_on(prices.next()), Some(Ok(7)));
/// source.end(None);
/// assert_eq!(block_on(prices.next()), None);
/// ```
pub fn subscription<T>() -> (Publisher<T>, Subscription<T>) {
    let pipe = Rc::new(Pipe::new(DEFAULT_CAPACITY, Overflow::DropOldest));
    let publisher = Publisher {
        pipe: Rc::clone(&pipe),
    };
    (publisher, Subscription::new(pipe, Rc::new(NoSource)))
}

/// Returns the given states as [`EventSource::states`](crate::EventSource::states) would: each once, up to
/// the first that is [closed](State::Closed).
///
/// ```
/// use everstream::{State, testing};
/// # use futures_executor::block_on;
///
/// let mut states = testing::states([State::Paused, State::Closed { error: None }]);
/// assert_eq!(block_on(states.next()), Some(State::Paused));
/// ```
pub fn states(states: impl IntoIterator<Item = State>) -> States {
    let mut states = states.into_iter();
    let board = StateBoard::beginning(states.next().unwrap_or(State::Idle));
    let observer = board.observe();
    for state in states {
        board.change(&state);
    }
    observer
}

/// The sending end of a [`subscription`]. Dropping it doesn't end the stream.
pub struct Publisher<T> {
    pipe: Rc<Pipe<T>>,
}

impl<T> Publisher<T> {
    /// Delivers an event. Drops the oldest of 1024 unread ones first, as a source does.
    pub fn send(&self, event: T) {
        self.pipe.push(Ok(event));
    }

    /// Delivers an error, after which the stream goes on.
    pub fn error(&self, error: Error) {
        self.pipe.push(Err(error));
    }

    /// Reports a gap.
    pub fn gap(&self, cause: GapCause) {
        self.pipe.push_gap(cause);
    }

    /// Ends the stream as a closed source does: with the error, if there is one.
    pub fn end(&self, error: Option<Error>) {
        self.pipe.end(error);
    }

    /// Whether the stream has ended or the subscription was dropped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.pipe.has_ended()
    }
}

impl<T> fmt::Debug for Publisher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("is_closed", &self.is_closed())
            .finish()
    }
}

/// Yields the items, then ends.
impl<T> FromIterator<Result<T, Error>> for Subscription<T> {
    fn from_iter<I: IntoIterator<Item = Result<T, Error>>>(items: I) -> Self {
        let pipe = Rc::new(Pipe::new(usize::MAX, Overflow::DropOldest));
        for item in items {
            pipe.push(item);
        }
        pipe.end(None);
        Self::new(pipe, Rc::new(NoSource))
    }
}

struct NoSource;

impl Hold for NoSource {
    fn interest_changed(&self) {}
}
