//! One connection of a session, by fetch or the native `EventSource`. Links open, translate the browser's
//! events, and close when dropped; they make no decisions.

use core::task::{Context, Poll};
use std::sync::Arc;

use js_sys::Uint8Array;

use super::draft::Unsent;
use super::fetch::{Fetch, Plan};
use super::native::Native;
use super::request::Request;
use everstream_core::connection::Attempt;
use everstream_core::http::{AnswerKind, Response};
use everstream_core::session::LinkId;

/// An event of a connection, as reported by the browser.
#[derive(Debug)]
pub(super) enum LinkEvent {
    /// Fetch: the caller's own code has prepared the request, which waits to be [sent](Link::send).
    Prepared,
    /// Fetch: a response, how its body is read, and the beginning of the body if it is not read.
    Response {
        response: Response,
        kind: AnswerKind,
        excerpt: String,
    },
    /// Fetch: a piece of the body.
    Chunk(Uint8Array),
    /// Fetch: the body ended cleanly.
    End,
    /// Fetch: the request failed before a response, or the body failed after it.
    Failure(String),
    /// Fetch: the request is not sent.
    Unsent(Unsent),
    /// Native: the `open` event.
    Open,
    /// Native: an event of a type that has a listener.
    Event {
        event_type: String,
        data: String,
        last_event_id: String,
    },
    /// Native: the `error` event.
    Error { gave_up: bool },
}

/// A connection, open or opening. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Native(Native),
    Fetch(Box<Fetch>),
}

impl Link {
    /// Prepares an attempt by fetch. The request is sent after [`LinkEvent::Prepared`]. `answer` is the
    /// previous attempt's response.
    pub(super) fn by_fetch(
        id: LinkId,
        request: &Request,
        attempt: Attempt,
        answer: Option<Arc<Response>>,
    ) -> Self {
        let way = Way::Fetch(Box::new(Fetch::prepare(request, attempt, answer)));
        Self { id, way }
    }

    /// Makes an attempt by a native `EventSource`. `plan` holds the multiplexer's changes, and `types` the
    /// event types to listen for.
    pub(super) fn by_native(
        id: LinkId,
        request: &Request,
        attempt: &Attempt,
        plan: Option<Plan<'_>>,
        types: &[String],
    ) -> Self {
        let way = Way::Native(Native::open(request, attempt, plan, types));
        Self { id, way }
    }

    /// Whether the prepared request must not be repeated.
    pub(super) fn has_side_effects(&self) -> bool {
        match &self.way {
            Way::Native(_) => false,
            Way::Fetch(fetch) => fetch.has_side_effects(),
        }
    }

    /// Sends the prepared request, with the multiplexer's changes.
    pub(super) fn send(&mut self, plan: Option<Plan<'_>>) {
        if let Way::Fetch(fetch) = &mut self.way {
            fetch.send(plan);
        }
    }

    /// Whether the next event may be for subscribers.
    pub(super) fn is_reading(&self) -> bool {
        match &self.way {
            Way::Native(_) => true,
            Way::Fetch(fetch) => fetch.is_reading(),
        }
    }

    /// Updates the listeners to the types that subscribers ask for.
    pub(super) fn listen(&mut self, types: impl FnOnce() -> Vec<String>) {
        if let Way::Native(native) = &mut self.way {
            native.listen(&types());
        }
    }

    /// Makes the browser fetch the next chunk before it is polled for.
    pub(super) fn read_ahead(&self) {
        if let Way::Fetch(fetch) = &self.way {
            fetch.read_ahead();
        }
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<LinkEvent> {
        match &mut self.way {
            Way::Native(native) => native.poll_next(context),
            Way::Fetch(fetch) => fetch.poll_next(context),
        }
    }
}
