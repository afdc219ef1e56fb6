//! What a connection is told about itself.

use core::time::Duration;

use super::machine::OPEN_TIMEOUT;
use super::{Continuation, Follows, OnEnd, RetryPolicy, Until};
use crate::error::Error;
use crate::parse::DEFAULT_MAX_EVENT_SIZE;

/// Which transport to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// The native `EventSource` as long as it can do what is asked; otherwise, and wherever a
    /// position is to be resumed, fetch.
    #[default]
    Auto,
    /// The native `EventSource`. Comments, statuses and the `retry` field are invisible to it. Once
    /// the browser has given up for good, an attempt by fetch finds out why; if that opens, it is
    /// the connection until it is lost. A source that is rebuilt sends its position in the query,
    /// see `last_event_id_param`: a server that does not read it begins anew.
    Native,
    /// `fetch` and its stream.
    Fetch,
}

/// The options of a [`Connection`](super::Connection).
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // They are independent options.
pub struct Config {
    /// The transport asked for.
    pub transport: Transport,
    /// Something asks for what native can't do: headers, a method, a body, comments, backpressure.
    pub needs_fetch: bool,
    /// When to try again.
    pub retry: RetryPolicy,
    /// How long the connection may be silent; `None` is for ever.
    pub heartbeat: Option<Duration>,
    /// How long an attempt may take to open; doubled after each attempt in a row that ran into it, three
    /// times at most, since some browsers open only at the first byte of the body. `None` is for ever: a
    /// request that may not be repeated is better waited for. What continues its answer has 30 s then.
    pub open_timeout: Option<Duration>,
    /// Close while the page is hidden, resume when it is shown.
    pub pause_when_hidden: bool,
    /// The same request may be sent again: its method is safe (RFC 9110, section 9.2.1), or the caller has
    /// said so. One that may not is sent once, whatever breaks; only an answer of 401 or 403 has it sent
    /// again with new headers, since it was not processed then.
    pub repeatable: bool,
    /// How the answer goes on, by another request.
    pub continuation: Continuation,
    /// What follows when the server ends the stream.
    pub on_end: OnEnd,
    /// At which event the stream ends.
    pub until: Option<Until>,
    /// Deliver the event in the middle of which the server has ended the stream.
    pub deliver_unfinished: bool,
    /// The server resends what came behind a position. If not, each reconnect is a gap.
    pub replays: bool,
    /// How the server's IDs follow one another, where the caller knows.
    pub follows: Option<Follows>,
    /// The URL is of another origin than the page.
    pub cross_origin: bool,
    /// Each attempt asks for something else, so that the browser must not repeat one by itself.
    pub request_varies: bool,
    /// The server resumes from an ID. If not, an ID is no position.
    pub resumes: bool,
    /// The position can be given by a query parameter.
    pub resume_by_query: bool,
    /// The caller has named that parameter, so that the server reads it. Otherwise a position that went by
    /// query counts only once the answer confirms it.
    pub query_named: bool,
    /// There is a headers' provider, whom a 401 makes sense to be asked again.
    pub refreshable: bool,
    /// The position to begin from.
    pub last_event_id: String,
    /// The limit of one event, in bytes.
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
    /// Refuses options that contradict each other.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] names the option.
    pub fn validate(&self) -> Result<(), Error> {
        if self.transport == Transport::Native && self.needs_fetch {
            let reason = "the native EventSource sends no headers, method or body, shows no comments and can't be \
                          slowed down; use Transport::Auto or Transport::Fetch";
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
