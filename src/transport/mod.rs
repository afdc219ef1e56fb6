//! The two ways to an event stream. They open, translate what the browser says, and close when
//! dropped; they decide nothing.

mod draft;
mod fetch;
mod native;
mod reader;
mod request;

use core::task::{Context, Poll};
use std::sync::Arc;

use js_sys::Uint8Array;

use everstream_core::Error;
use everstream_core::connection::{Attempt, TransportKind};
use everstream_core::http::{AnswerKind, Response};

pub use draft::{AttemptRequest, Continued};
pub(crate) use draft::{Continue, Prepare};
pub(crate) use fetch::exchange;
pub use request::HeadersRequest;
pub(crate) use request::{Body, HeadersProvider, Plan, Request};

use fetch::Fetch;
use native::Native;

/// What the browser says of a connection.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Fetch: an answer, what it is read as, and the beginning of its body if it is not read.
    Response {
        response: Response,
        kind: AnswerKind,
        excerpt: String,
    },
    /// Fetch: a piece of the body.
    Chunk(Uint8Array),
    /// Fetch: the body ended cleanly.
    End,
    /// Fetch: the request failed before an answer, or the body after it.
    Failure(String),
    /// Fetch: the headers could not be had, or the attempt not be prepared.
    Headers(Error),
    /// Fetch: what was asked for can't be sent, now or later.
    Futile(Error),
    /// Fetch: the caller does not continue the answer.
    NoContinuation,
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
    /// Carries an attempt out. `types` are the event types to listen for, `answer` is that of the attempt
    /// before.
    pub(crate) fn open(
        request: &Request,
        attempt: &Attempt,
        types: &[String],
        answer: Option<Arc<Response>>,
    ) -> Self {
        match attempt.transport {
            TransportKind::Fetch => Self::Fetch(Fetch::open(request, attempt, answer)),
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
