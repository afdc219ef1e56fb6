//! What a source shows of its connection.

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
        /// Counts every attempt of this source, from 1.
        attempt: u32,
        /// By what.
        transport: TransportKind,
    },
    /// Events flow.
    Open {
        /// By what.
        transport: TransportKind,
        /// Whether the server goes on where the connection before stopped.
        resumed: Resumed,
        /// Status, headers and final URL of the answer, where the transport shows them: not by the native
        /// `EventSource`, and not in a tab that follows another. Of another origin's answer only the
        /// headers that it exposes.
        answer: Option<Arc<Response>>,
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
        /// Why; `None` after `close()` and where the server has ended the stream well: see
        /// `EventSource::end`.
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

/// Whether a server goes on where the connection before stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resumed {
    /// Nothing was asked for, or the server does not have it any more. If there was something before, a gap
    /// was told.
    #[default]
    No,
    /// The position was sent, and the answer says nothing about it. A server that ignores it can't be told
    /// from one that has nothing to resend, unless its IDs show it: see
    /// `follows`.
    Asked,
    /// The answer names the position, in its `Last-Event-ID` header.
    Confirmed,
}

impl Resumed {
    /// Whether a position was sent that the server has not denied.
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
