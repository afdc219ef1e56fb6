//! One connection of a session, by either of the two ways to an event stream. They open, translate what the
//! browser says, and close when dropped; they decide nothing.

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

/// What the browser says of a connection.
#[derive(Debug)]
pub(super) enum LinkEvent {
    /// Fetch: everybody who has a say in the request has had it. It is to be [sent](Link::send).
    Prepared,
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
    /// Fetch: the request is not sent.
    Unsent(Unsent),
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
    /// Prepares an attempt by fetch, which is sent once its event says so. `answer` is that of the attempt
    /// before.
    pub(super) fn by_fetch(
        id: LinkId,
        request: &Request,
        attempt: Attempt,
        answer: Option<Arc<Response>>,
    ) -> Self {
        let way = Way::Fetch(Box::new(Fetch::prepare(request, attempt, answer)));
        Self { id, way }
    }

    /// Carries an attempt out by a native `EventSource`. `plan` is what a multiplexer asks for, and `types` are
    /// the event types to listen for.
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

    /// Sends the request that was prepared, with what a multiplexer makes of it.
    pub(super) fn send(&mut self, plan: Option<Plan<'_>>) {
        if let Way::Fetch(fetch) = &mut self.way {
            fetch.send(plan);
        }
    }

    /// Whether what comes next may be for subscribers.
    pub(super) fn is_reading(&self) -> bool {
        match &self.way {
            Way::Native(_) => true,
            Way::Fetch(fetch) => fetch.is_reading(),
        }
    }

    /// Listens for what subscribers have come to ask for.
    pub(super) fn listen(&mut self, types: impl FnOnce() -> Vec<String>) {
        if let Way::Native(native) = &mut self.way {
            native.listen(&types());
        }
    }

    /// Has the browser get what comes next before it is polled for.
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
