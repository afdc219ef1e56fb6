//! The states of a source, as users see them.

use core::time::Duration;
use std::sync::Arc;

use crate::error::Error;
use crate::http::Response;

/// The state of a source.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// The first attempt begins after the code that runs now.
    Idle,
    /// An attempt is under way.
    Connecting {
        /// The attempt's number among all attempts of this source, from 1.
        attempt: u32,
        /// The transport of the attempt.
        transport: TransportKind,
    },
    /// The connection is open.
    Open {
        /// The transport of the connection.
        transport: TransportKind,
        /// Whether the server resumes where the previous connection stopped.
        resumed: Resumed,
        /// Status, headers and final URL of the answer. `None` with the native `EventSource`, which doesn't
        /// show them, and in a tab that follows another. For a cross-origin answer, the headers are those
        /// that the server exposes.
        answer: Option<Arc<Response>>,
    },
    /// Channels only: the connection is open, but the server has not yet confirmed that it sends the channel.
    Subscribing,
    /// The connection was lost and will be tried again.
    Waiting {
        /// The wait until the next attempt; `None` while the browser's own reconnect is awaited.
        retry_in: Option<Duration>,
        /// The number of failures in a row.
        failures: u32,
        /// The reason why the connection was lost.
        error: Error,
    },
    /// Closed while the page is hidden, as asked for by `pause_when_hidden`.
    Paused,
    /// Closed for good.
    Closed {
        /// The reason; `None` after `close()`, and if the server ended the stream cleanly: see
        /// `EventSource::end`.
        error: Option<Error>,
    },
}

impl State {
    /// Returns the state as the standard's `readyState`.
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

/// Whether a server resumes where the previous connection stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resumed {
    /// The server did not resume: no last event ID was sent, or the server no longer has it. If events
    /// preceded, a gap was reported.
    #[default]
    No,
    /// The last event ID was sent, and the answer says nothing about it. A server that ignores the ID looks
    /// the same as one with nothing to resend, unless its IDs show the difference: see `follows`.
    Asked,
    /// The answer confirms the last event ID in its `Last-Event-ID` header.
    Confirmed,
}

impl Resumed {
    /// Returns whether a last event ID was sent that the server has not denied.
    #[must_use]
    pub const fn is_resumed(self) -> bool {
        matches!(self, Self::Asked | Self::Confirmed)
    }
}

/// The standard's [`readyState`], with its numbers.
///
/// [`readyState`]: https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ReadyState {
    /// The source is not open; an attempt is under way or will follow.
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
    /// `fetch` with a streamed body.
    Fetch,
}
