//! States and errors on their way from tab to tab.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::connection::TransportKind;
use crate::error::{Error, UnexpectedResponse};
use crate::http::Response;
use crate::parse::EventTooLarge;

/// An error, in so far as a connection can have it.
#[derive(Serialize, Deserialize)]
enum ErrorText {
    Disconnected(String),
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        url: String,
        excerpt: String,
    },
    OpenTimeout(u64),
    HeartbeatTimeout(u64),
    Distrusted,
    Headers(String),
    PreflightRefused,
    EventTooLarge {
        limit: usize,
        event_type: Option<String>,
    },
    Channel {
        channel: String,
        code: String,
        message: String,
    },
    Protocol {
        event_type: Option<String>,
        data: String,
        reason: String,
    },
}

impl From<&Error> for ErrorText {
    fn from(error: &Error) -> Self {
        match error {
            Error::Response(unexpected) => Self::Response {
                status: unexpected.response.status,
                headers: unexpected.response.headers.clone(),
                url: unexpected.response.url.clone(),
                excerpt: unexpected.excerpt.clone(),
            },
            Error::OpenTimeout { after } => Self::OpenTimeout(milliseconds(*after)),
            Error::HeartbeatTimeout { silent_for } => {
                Self::HeartbeatTimeout(milliseconds(*silent_for))
            }
            Error::Distrusted { .. } => Self::Distrusted,
            Error::Headers { message } => Self::Headers(message.clone()),
            Error::PreflightRefused => Self::PreflightRefused,
            Error::EventTooLarge(too_large) => Self::EventTooLarge {
                limit: too_large.limit,
                event_type: too_large.event_type.clone(),
            },
            Error::Channel {
                channel,
                code,
                message,
            } => Self::Channel {
                channel: channel.clone(),
                code: code.clone(),
                message: message.clone(),
            },
            Error::Protocol {
                event_type,
                data,
                reason,
            } => Self::Protocol {
                event_type: event_type.clone(),
                data: data.clone(),
                reason: reason.clone(),
            },
            Error::Disconnected { detail } => Self::Disconnected(detail.clone()),
            // These are a tab's own: of a call, or of one subscriber.
            other => Self::Disconnected(other.to_string()),
        }
    }
}

impl From<ErrorText> for Error {
    fn from(text: ErrorText) -> Self {
        match text {
            ErrorText::Disconnected(detail) => Self::Disconnected { detail },
            ErrorText::Response {
                status,
                headers,
                url,
                excerpt,
            } => Self::Response(Arc::new(UnexpectedResponse {
                response: Response {
                    status,
                    headers,
                    url,
                },
                excerpt,
            })),
            ErrorText::OpenTimeout(after) => Self::OpenTimeout {
                after: Duration::from_millis(after),
            },
            ErrorText::HeartbeatTimeout(silent_for) => Self::HeartbeatTimeout {
                silent_for: Duration::from_millis(silent_for),
            },
            ErrorText::Distrusted => Self::Distrusted {
                reason: "the leading tab was frozen or off the network",
            },
            ErrorText::Headers(message) => Self::Headers { message },
            ErrorText::PreflightRefused => Self::PreflightRefused,
            ErrorText::EventTooLarge { limit, event_type } => {
                Self::EventTooLarge(EventTooLarge { limit, event_type })
            }
            ErrorText::Channel {
                channel,
                code,
                message,
            } => Self::Channel {
                channel,
                code,
                message,
            },
            ErrorText::Protocol {
                event_type,
                data,
                reason,
            } => Self::Protocol {
                event_type,
                data,
                reason,
            },
        }
    }
}

pub(super) mod error {
    use super::{Deserialize, Deserializer, Error, ErrorText, Serialize, Serializer};

    pub(in crate::tabs) fn serialize<S: Serializer>(
        error: &Error,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        ErrorText::from(error).serialize(to)
    }

    pub(in crate::tabs) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Error, D::Error> {
        ErrorText::deserialize(from).map(Error::from)
    }
}

pub(super) mod maybe_error {
    use super::{Deserialize, Deserializer, Error, ErrorText, Serialize, Serializer};

    #[allow(clippy::ref_option)] // As serde has it.
    pub(in crate::tabs) fn serialize<S: Serializer>(
        error: &Option<Error>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        error.as_ref().map(ErrorText::from).serialize(to)
    }

    pub(in crate::tabs) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Error>, D::Error> {
        Ok(Option::<ErrorText>::deserialize(from)?.map(Error::from))
    }
}

#[derive(Serialize, Deserialize)]
enum StateText {
    Idle,
    Connecting {
        attempt: u32,
        native: bool,
    },
    Open {
        native: bool,
        resumed: bool,
    },
    Subscribing,
    Waiting {
        retry_in: Option<u64>,
        failures: u32,
        error: ErrorText,
    },
    Paused,
    Closed(Option<ErrorText>),
}

pub(super) mod state {
    use super::{
        Deserialize, Deserializer, Duration, Error, ErrorText, Serialize, Serializer, StateText,
        TransportKind, milliseconds,
    };
    use crate::connection::State;

    pub(in crate::tabs) fn serialize<S: Serializer>(
        state: &State,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let is_native = |transport: &TransportKind| *transport == TransportKind::Native;
        let text = match state {
            State::Idle => StateText::Idle,
            State::Connecting { attempt, transport } => StateText::Connecting {
                attempt: *attempt,
                native: is_native(transport),
            },
            State::Open { transport, resumed } => StateText::Open {
                native: is_native(transport),
                resumed: *resumed,
            },
            State::Subscribing => StateText::Subscribing,
            State::Waiting {
                retry_in,
                failures,
                error,
            } => StateText::Waiting {
                retry_in: retry_in.map(milliseconds),
                failures: *failures,
                error: error.into(),
            },
            State::Paused => StateText::Paused,
            State::Closed { error } => StateText::Closed(error.as_ref().map(ErrorText::from)),
        };
        text.serialize(to)
    }

    pub(in crate::tabs) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<State, D::Error> {
        let kind = |native| {
            if native {
                TransportKind::Native
            } else {
                TransportKind::Fetch
            }
        };
        Ok(match StateText::deserialize(from)? {
            StateText::Idle => State::Idle,
            StateText::Connecting { attempt, native } => State::Connecting {
                attempt,
                transport: kind(native),
            },
            StateText::Open { native, resumed } => State::Open {
                transport: kind(native),
                resumed,
            },
            StateText::Subscribing => State::Subscribing,
            StateText::Waiting {
                retry_in,
                failures,
                error,
            } => State::Waiting {
                retry_in: retry_in.map(Duration::from_millis),
                failures,
                error: Error::from(error),
            },
            StateText::Paused => State::Paused,
            StateText::Closed(error) => State::Closed {
                error: error.map(Error::from),
            },
        })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
