//! What a source shows of its connection.

use core::time::Duration;

use crate::error::Error;

/// The state of a source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum State {
    /// The first attempt begins after the code that runs now.
    Idle,
    /// An attempt is under way.
    Connecting {
        /// Counts every attempt of this source, from 1.
        attempt: u32,
        /// By what.
        transport: TransportKind,
    },
    /// Events flow.
    Open {
        /// By what.
        transport: TransportKind,
        /// Whether the attempt carried a position to resume from.
        resumed: bool,
    },
    /// Of a channel: the connection is open, but the server has not yet been heard to send the channel.
    Subscribing,
    /// The connection was lost and will be tried again.
    Waiting {
        /// When; `None` where the browser's own reconnect is awaited.
        retry_in: Option<Duration>,
        /// How many failures in a row there have been.
        failures: u32,
        /// Why it was lost.
        error: Error,
    },
    /// Closed while the page is hidden, as asked for by `pause_when_hidden`.
    Paused,
    /// Closed for good.
    Closed {
        /// Why; `None` after `close()`, after status 204, and at the end of the answer to a request
        /// that may not be repeated.
        error: Option<Error>,
    },
}

impl State {
    /// The state as the standard's `readyState`.
    #[must_use]
    pub const fn ready_state(&self) -> ReadyState {
        match self {
            Self::Idle
            | Self::Connecting { .. }
            | Self::Subscribing
            | Self::Waiting { .. }
            | Self::Paused => ReadyState::Connecting,
            Self::Open { .. } => ReadyState::Open,
            Self::Closed { .. } => ReadyState::Closed,
        }
    }
}

/// The standard's [`readyState`], with its numbers.
///
/// [`readyState`]: https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ReadyState {
    /// Not open, and it will be tried.
    Connecting = 0,
    /// Open.
    Open = 1,
    /// Closed for good.
    Closed = 2,
}

/// The transport that an attempt uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// The native `EventSource`.
    Native,
    /// `fetch` and its stream.
    Fetch,
}
