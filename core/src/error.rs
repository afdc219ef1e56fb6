//! The one error type, free of browser types.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use crate::decode::DecodeError;
use crate::gap::GapCause;
use crate::http::Response;
use crate::parse::{EventTooLarge, UnfinishedEvent};

/// What went wrong, in a call, on a connection or with one event.
///
/// Errors that end an attempt to connect appear in [`State::Waiting`](crate::connection::State::Waiting) while
/// the source goes on by itself, and in [`State::Closed`](crate::connection::State::Closed) when it has given
/// up. Errors that concern a subscriber's events are items of its stream, which goes on behind them
/// unless [`is_terminal`](Self::is_terminal) says otherwise.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL could not be resolved against the page's base URL.
    #[error("`{url}` is not a valid URL: {reason}")]
    InvalidUrl {
        /// The URL as given.
        url: String,
        /// Why it was refused.
        reason: String,
    },

    /// A request header that would be refused, or dropped without a word, by the browser.
    #[error("the request header `{name}` can't be sent: {reason}")]
    InvalidHeader {
        /// The header's name as given.
        name: String,
        /// Why it was refused.
        reason: &'static str,
    },

    /// An option whose value makes no sense, alone or beside another.
    #[error("the option `{option}` is not usable: {reason}")]
    InvalidOption {
        /// The builder's method.
        option: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },

    /// The place where the code runs lacks something.
    #[error("{what} is not available here: {remedy}")]
    Unsupported {
        /// The missing part.
        what: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },

    /// The server ended the stream, and the source connects again, as the standard has it for `GET`.
    /// Where the end is the end, there is no error: see [`State::Closed`](crate::connection::State::Closed).
    ///
    /// Proxies and failing servers end streams cleanly too, and `WebKit` reports a connection that was
    /// cut as a clean end.
    #[error("the server ended the stream")]
    Ended {
        /// The event in the middle of which it ended.
        unfinished: Option<Arc<UnfinishedEvent>>,
    },

    /// The connection failed. Browsers hide the reason from scripts.
    #[error("the connection was lost: {detail}")]
    Disconnected {
        /// As much as the browser said. Its wording differs between engines.
        detail: String,
        /// The event in the middle of which it was lost.
        unfinished: Option<Arc<UnfinishedEvent>>,
    },

    /// The server answered, but not with an event stream: another status than 200, or another
    /// content type than `text/event-stream`.
    #[error(transparent)]
    Response(Arc<UnexpectedResponse>),

    /// No answer within the open timeout.
    #[error("the server did not open the stream within {:.1} s", after.as_secs_f64())]
    OpenTimeout {
        /// How long the attempt lasted.
        after: Duration,
    },

    /// Nothing arrived within the heartbeat timeout.
    #[error("nothing arrived for {:.1} s: the connection was taken for dead", silent_for.as_secs_f64())]
    HeartbeatTimeout {
        /// The time since the last byte (fetch) or event (native).
        silent_for: Duration,
    },

    /// A connection that had been open while the page was frozen or off the network: the browser
    /// may never deliver from it again, so it was replaced.
    #[error("the connection was replaced: {reason}")]
    Distrusted {
        /// What happened to the page.
        reason: &'static str,
    },

    /// The provider of request headers, or the hook that prepares an attempt, returned an error. Nothing
    /// was sent.
    #[error("the request could not be prepared: {message}")]
    Headers {
        /// The provider's error.
        message: String,
    },

    /// A reconnect to another origin failed before any answer, and only the reconnect carried
    /// `Last-Event-ID`. That header causes a CORS preflight, which the server may have refused.
    #[error(
        "the reconnect failed before any answer: it carries `Last-Event-ID`, which causes a CORS preflight \
         on this cross-origin URL. Let the server allow the header in `Access-Control-Allow-Headers`, or set \
         `last_event_id_param` and let it read the query parameter"
    )]
    PreflightRefused,

    /// Events may be missing between the item before and the next. Servers avoid it by sending an `id` with
    /// each event and by keeping a log.
    #[error("events may be missing before the next one: {cause}")]
    #[non_exhaustive]
    Gap {
        /// As much as is known of why.
        cause: GapCause,
    },

    /// An event larger than the limit was skipped.
    #[error(transparent)]
    EventTooLarge(#[from] EventTooLarge),

    /// The payload of an event is not what its subscriber asked for.
    #[error(transparent)]
    Decode(Arc<DecodeError>),

    /// A channel of a multiplexer was refused by the server, or has failed there. The other channels go
    /// on.
    #[error("the channel `{channel}` was refused or has failed: {message} ({code})")]
    Channel {
        /// The channel's name.
        channel: String,
        /// The server's code, for programs.
        code: String,
        /// The server's words, for people.
        message: String,
    },

    /// The server of a multiplexer said something that its protocol does not know. No channel has
    /// ended by it.
    #[error("the server does not keep to the multiplex protocol: {reason}")]
    Protocol {
        /// The type of the event that was not understood, if it was an event.
        event_type: Option<String>,
        /// What was received.
        data: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The subscriber did not keep up and its oldest events were dropped.
    #[error("{missed} events were dropped, since the subscriber did not keep up")]
    Lagged {
        /// How many.
        missed: u64,
    },

    /// The subscriber did not keep up and asked for an error in that case: its stream ends here.
    #[error("the subscriber's buffer of {capacity} events is full")]
    Overflow {
        /// The buffer's capacity, in events.
        capacity: usize,
    },
}

impl Error {
    /// Whether this is the last item of a subscriber's stream: the source has given up, or the
    /// subscriber's buffer has overflowed.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        !matches!(
            self,
            Self::Gap { .. } | Self::EventTooLarge(_) | Self::Decode(_) | Self::Lagged { .. }
        )
    }

    /// The status of the server's answer, where there was one that was not an event stream.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response(unexpected) => Some(unexpected.response.status),
            _ => None,
        }
    }

    /// An option that makes no sense.
    pub fn invalid_option(option: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidOption {
            option,
            reason: reason.into(),
        }
    }

    /// Events may be missing, as subscribers are told of it.
    #[must_use]
    pub const fn gap(cause: GapCause) -> Self {
        Self::Gap { cause }
    }

    /// A failure of the connection, without an unfinished event.
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
    /// Status and headers. Of a cross-origin answer the headers are those that the server exposes.
    pub response: Response,
    /// The beginning of the body, at most 64 KiB. It is the server's, so it is no part of the message.
    pub excerpt: String,
}

impl UnexpectedResponse {
    /// Describes an answer by its head and the beginning of its body.
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
