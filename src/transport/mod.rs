//! The two ways to an event stream. They open, translate what the browser says, and close when
//! dropped; they decide nothing.

mod fetch;
mod native;
mod reader;
mod request;

use core::task::{Context, Poll};

use js_sys::Uint8Array;

use crate::connection::{Attempt, TransportKind};
use crate::error::Error;
use crate::http::Response;

pub(crate) use fetch::exchange;
pub use request::HeadersRequest;
pub(crate) use request::{Body, HeadersProvider, Plan, Request};

use fetch::Fetch;
use native::Native;

/// What the browser says of a connection.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Fetch: an answer, and the beginning of its body if it is not an event stream.
    Response { response: Response, excerpt: String },
    /// Fetch: a piece of the body.
    Chunk(Uint8Array),
    /// Fetch: the body ended cleanly.
    End,
    /// Fetch: the request failed before an answer, or the body after it.
    Failure(String),
    /// Fetch: the headers could not be had.
    Headers(Error),
    /// Native: `open`.
    Open,
    /// Native: an event of a type that is listened for.
    Event {
        event_type: String,
        data: String,
        last_event_id: String,
    },
    /// Native: `error`.
    Error { gave_up: bool },
}

/// A connection, open or opening. Dropping it closes it.
#[derive(Debug)]
pub(crate) enum Connected {
    Native(Native),
    Fetch(Fetch),
}

impl Connected {
    /// Carries an attempt out. `types` are the event types to listen for.
    pub(crate) fn open(request: &Request, attempt: &Attempt, types: &[String]) -> Self {
        match attempt.transport {
            TransportKind::Fetch => Self::Fetch(Fetch::open(request, attempt)),
            TransportKind::Native => Self::Native(Native::open(request, attempt, types)),
        }
    }

    /// Listens for what subscribers have come to ask for.
    pub(crate) fn listen(&mut self, types: impl FnOnce() -> Vec<String>) {
        if let Self::Native(native) = self {
            native.listen(&types());
        }
    }

    /// Has the browser get what comes next before it is polled for.
    pub(crate) fn read_ahead(&self) {
        if let Self::Fetch(fetch) = self {
            fetch.read_ahead();
        }
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Happening> {
        match self {
            Self::Native(native) => native.poll_next(context),
            Self::Fetch(fetch) => fetch.poll_next(context),
        }
    }
}
