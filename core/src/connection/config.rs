//! The options of a connection.

use core::time::Duration;

use super::machine::OPEN_TIMEOUT;
use super::{Continuation, Follows, OnEnd, RetryPolicy, Until};
use crate::error::Error;
use crate::parse::DEFAULT_MAX_EVENT_SIZE;

/// The transport that a source asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// The native `EventSource` as long as it supports every option in use. Fetch otherwise, and whenever a
    /// last event ID is to be resumed from.
    #[default]
    Auto,
    /// The native `EventSource`. Comments, statuses and the `retry` field are invisible to it. Once the
    /// browser has given up for good, an attempt by fetch finds out why. If that attempt opens, it is used
    /// until it is lost. A rebuilt `EventSource` sends its last event ID in the query, see
    /// `last_event_id_param`: a server that doesn't read the parameter starts over.
    Native,
    /// `fetch` with a streamed body.
    Fetch,
}

/// The options of a [`Connection`](super::Connection).
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // The options are independent.
pub struct Config {
    /// The transport asked for.
    pub transport: Transport,
    /// Whether an option or a subscriber needs more than native offers: headers, a method, a body, comments,
    /// backpressure.
    pub needs_fetch: bool,
    /// The policy by which the source reconnects.
    pub retry: RetryPolicy,
    /// The heartbeat timeout: how long the connection may be silent. `None` means for ever.
    pub heartbeat: Option<Duration>,
    /// The open timeout: how long an attempt may take to open. Each open timeout in a row doubles it, three
    /// times at most, since some browsers open only at the first byte of the body. `None` means for ever,
    /// because waiting is better than failing for a request that may not be repeated. Requests that continue
    /// its answer then have 30 s.
    pub open_timeout: Option<Duration>,
    /// Whether to close while the page is hidden, and to resume when it is shown.
    pub pause_when_hidden: bool,
    /// Whether the same request may be sent again: its method is safe (RFC 9110, section 9.2.1), or the
    /// caller has said so. Any other request is sent once, whatever breaks. The exception is an answer of 401
    /// or 403: the server did not process the request, so it is sent again with new headers.
    pub repeatable: bool,
    /// How another request continues the answer.
    pub continuation: Continuation,
    /// The reaction to a clean end of the stream.
    pub on_end: OnEnd,
    /// The event at which the stream ends.
    pub until: Option<Until>,
    /// Whether to deliver the unfinished event at the end of the stream.
    pub deliver_unfinished: bool,
    /// Whether the server resends the events after a last event ID. If not, each reconnect is a gap.
    pub replays: bool,
    /// How the server's IDs follow one another, if the caller knows.
    pub follows: Option<Follows>,
    /// Whether the URL has another origin than the page.
    pub cross_origin: bool,
    /// Whether each attempt sends a different request, so that the browser must not repeat one by itself.
    pub request_varies: bool,
    /// Whether the server resumes from an ID. If not, no ID is sent.
    pub resumes: bool,
    /// Whether the last event ID may be sent in a query parameter.
    pub resume_by_query: bool,
    /// Whether the caller has named that parameter, so that the server is known to read it. Otherwise a last
    /// event ID sent in the query counts only once the answer confirms it.
    pub query_named: bool,
    /// Whether there is a provider of headers that can be asked again after a 401.
    pub refreshable: bool,
    /// The last event ID to begin from.
    pub last_event_id: String,
    /// The size limit of one event, in bytes.
    pub max_event_size: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            transport: Transport::Auto,
            needs_fetch: false,
            retry: RetryPolicy::default(),
            heartbeat: None,
            open_timeout: Some(OPEN_TIMEOUT),
            pause_when_hidden: false,
            repeatable: true,
            continuation: Continuation::None,
            on_end: OnEnd::Reconnect,
            until: None,
            deliver_unfinished: false,
            replays: true,
            follows: None,
            cross_origin: false,
            request_varies: false,
            resumes: true,
            resume_by_query: true,
            query_named: false,
            refreshable: false,
            last_event_id: String::new(),
            max_event_size: DEFAULT_MAX_EVENT_SIZE,
        }
    }
}

impl Config {
    /// Returns whether an option needs more than the native `EventSource` offers. It hides how a stream ended and
    /// discards the unfinished event, and an event over a size limit would be in memory already.
    pub(super) fn exceeds_native(&self) -> bool {
        self.needs_fetch
            || self.on_end == OnEnd::Close
            || self.deliver_unfinished
            || self.max_event_size != DEFAULT_MAX_EVENT_SIZE
    }

    /// Refuses options that contradict each other.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] with the option's name.
    pub fn validate(&self) -> Result<(), Error> {
        if self.transport == Transport::Native && self.exceeds_native() {
            let reason = "the native EventSource sends no headers, method or body, follows every redirect, shows no \
                          comment and no clean end, has no size limit and can't be slowed down; use Transport::Auto \
                          or Transport::Fetch";
            return Err(Error::invalid_option("transport", reason));
        }
        for (option, time) in [
            ("open_timeout", self.open_timeout),
            ("heartbeat_timeout", self.heartbeat),
        ] {
            if time.is_some_and(|time| time.is_zero()) {
                return Err(Error::invalid_option(option, "it must be more than zero"));
            }
        }
        if self.on_end == OnEnd::Reconnect
            && !self.repeatable
            && self.continuation == Continuation::None
        {
            let reason = "the method has side effects, so that the request is sent once; say that it is \
                          `idempotent`, or how its answer is continued, or use `OnEnd::Close`";
            return Err(Error::invalid_option("on_end", reason));
        }
        if self.max_event_size == 0 {
            return Err(Error::invalid_option(
                "max_event_size",
                "no event fits in 0 bytes",
            ));
        }
        Ok(())
    }
}
