//! The crate's single error type, free of browser types.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use crate::decode::DecodeError;
use crate::gap::GapCause;
use crate::http::Response;
use crate::parse::{EventTooLarge, UnfinishedEvent};

/// An error of a call, of a connection or of one event.
///
/// Errors that end an attempt to connect appear in [`State::Waiting`](crate::connection::State::Waiting)
/// while the source reconnects by itself, and in [`State::Closed`](crate::connection::State::Closed) once it
/// has given up. Errors that concern a subscriber's events are items of its stream. The stream continues
/// after them unless [`is_terminal`](Self::is_terminal) is true.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL could not be resolved against the page's base URL.
    #[error("`{url}` is not a valid URL: {reason}")]
    InvalidUrl {
        /// The URL as given.
        url: String,
        /// The reason why it was refused.
        reason: String,
    },

    /// A request header that the browser would refuse or silently drop.
    #[error("the request header `{name}` can't be sent: {reason}")]
    InvalidHeader {
        /// The header's name as given.
        name: String,
        /// The reason why it was refused.
        reason: &'static str,
    },

    /// An option whose value makes no sense, alone or beside another.
    #[error("the option `{option}` is not usable: {reason}")]
    InvalidOption {
        /// The name of the builder's method.
        option: &'static str,
        /// The fault, and the remedy.
        reason: String,
    },

    /// A feature that the code needs is missing in the environment where it runs.
    #[error("{what} is not available here: {remedy}")]
    Unsupported {
        /// The missing feature.
        what: &'static str,
        /// The remedy.
        remedy: &'static str,
    },

    /// The server ended the stream, and the source reconnects, as the standard requires for `GET`. A source
    /// that closes at the end of its stream reports no error: see
    /// [`State::Closed`](crate::connection::State::Closed).
    ///
    /// Proxies and failing servers also end streams cleanly, and `WebKit` reports a cut connection as a clean
    /// end.
    #[error("the server ended the stream")]
    Ended {
        /// The event that was unfinished when the stream ended.
        unfinished: Option<Arc<UnfinishedEvent>>,
    },

    /// The connection failed. Browsers hide the reason from scripts.
    #[error("the connection was lost: {detail}")]
    Disconnected {
        /// The browser's description. Its wording differs between engines.
        detail: String,
        /// The event that was unfinished when the connection was lost.
        unfinished: Option<Arc<UnfinishedEvent>>,
    },

    /// The server's answer is not an event stream: its status is not 200, or its content type is not
    /// `text/event-stream`.
    #[error(transparent)]
    Response(Arc<UnexpectedResponse>),

    /// The server did not answer within the open timeout.
    #[error("the server did not open the stream within {:.1} s", after.as_secs_f64())]
    OpenTimeout {
        /// The duration of the attempt.
        after: Duration,
    },

    /// The connection was silent for the whole heartbeat timeout.
    #[error("nothing arrived for {:.1} s: the connection was taken for dead", silent_for.as_secs_f64())]
    HeartbeatTimeout {
        /// The time since the last byte (fetch) or event (native).
        silent_for: Duration,
    },

    /// The connection was replaced because it had been open while the page was frozen or off the network. The
    /// browser may never deliver from it again.
    #[error("the connection was replaced: {reason}")]
    Distrusted {
        /// The reason for the distrust, such as a frozen page.
        reason: &'static str,
    },

    /// The provider of request headers, or the hook that prepares an attempt, returned an error. No request
    /// was sent.
    #[error("the request could not be prepared: {message}")]
    Headers {
        /// The message of the provider or the hook.
        message: String,
    },

    /// A reconnect to another origin failed before any answer, and only the reconnect carried
    /// `Last-Event-ID`. This header causes a CORS preflight, which the server may have refused.
    #[error(
        "the reconnect failed before any answer: it carries `Last-Event-ID`, which causes a CORS preflight \
         on this cross-origin URL. Let the server allow the header in `Access-Control-Allow-Headers`, or set \
         `last_event_id_param` and let it read the query parameter"
    )]
    PreflightRefused,

    /// Events may be missing between the previous item and the next. Servers avoid gaps by sending an `id`
    /// with each event and by keeping a log.
    #[error("events may be missing before the next one: {cause}")]
    #[non_exhaustive]
    Gap {
        /// The cause, as far as it is known.
        cause: GapCause,
    },

    /// An event larger than the limit was skipped.
    #[error(transparent)]
    EventTooLarge(#[from] EventTooLarge),

    /// The payload of an event is not what its subscriber asked for.
    #[error(transparent)]
    Decode(Arc<DecodeError>),

    /// The server refused a channel of a multiplexer, or the channel failed there. The other channels
    /// continue.
    #[error("the channel `{channel}` was refused or has failed: {message} ({code})")]
    Channel {
        /// The channel's name.
        channel: String,
        /// The server's error code, for programs.
        code: String,
        /// The server's error message, for people.
        message: String,
    },

    /// The server of a multiplexer broke the multiplex protocol. No channel ended because of it.
    #[error("the server does not keep to the multiplex protocol: {reason}")]
    Protocol {
        /// The type of the event at fault, if it was an event.
        event_type: Option<String>,
        /// The data as received.
        data: String,
        /// The fault in the data.
        reason: String,
    },

    /// The subscriber did not keep up, and its oldest events were dropped.
    #[error("{missed} events were dropped, since the subscriber did not keep up")]
    Lagged {
        /// The number of dropped events.
        missed: u64,
    },

    /// The subscriber did not keep up and had asked for an error in that case. Its stream ends here.
    #[error("the subscriber's buffer of {capacity} events is full")]
    Overflow {
        /// The buffer's capacity, in events.
        capacity: usize,
    },
}

impl Error {
    /// Returns whether this is the last item of a subscriber's stream: the source has given up, or the
    /// subscriber's buffer has overflowed.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        !matches!(
            self,
            Self::Gap { .. } | Self::EventTooLarge(_) | Self::Decode(_) | Self::Lagged { .. }
        )
    }

    /// Returns the status of the server's answer, if there was an answer and it was not an event stream.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response(unexpected) => Some(unexpected.response.status),
            _ => None,
        }
    }

    /// Creates an error for an option that makes no sense.
    pub fn invalid_option(option: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidOption {
            option,
            reason: reason.into(),
        }
    }

    /// Creates the gap error that subscribers receive.
    #[must_use]
    pub const fn gap(cause: GapCause) -> Self {
        Self::Gap { cause }
    }

    /// Creates an error for a failed connection, without an unfinished event.
    pub fn disconnected(detail: impl Into<String>) -> Self {
        Self::Disconnected {
            detail: detail.into(),
            unfinished: None,
        }
    }
}

/// An answer that is not an event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnexpectedResponse {
    /// Status and headers. For a cross-origin answer, the headers are those that the server exposes.
    pub response: Response,
    /// The beginning of the body, at most 64 KiB. The error's message leaves it out because the server
    /// controls it.
    pub excerpt: String,
}

impl UnexpectedResponse {
    /// Describes an answer by its status, headers and the beginning of its body.
    #[must_use]
    pub const fn new(response: Response, excerpt: String) -> Self {
        Self { response, excerpt }
    }
}

impl core::error::Error for UnexpectedResponse {}

impl fmt::Display for UnexpectedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Response { status, .. } = self.response;
        if status == 200 {
            let content_type = self.response.header("content-type").unwrap_or("none");
            write!(
                f,
                "the server answered with content type `{content_type}`, not `text/event-stream`"
            )?;
        } else {
            write!(f, "the server answered with status {status}")?;
        }
        Ok(())
    }
}
