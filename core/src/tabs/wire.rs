//! States and errors on their way from tab to tab.

use core::time::Duration;
use std::sync::Arc;

use super::codec::{Wire, wire};
use crate::connection::{Resumed, State, TransportKind};
use crate::error::{Error, UnexpectedResponse};
use crate::http::Response;
use crate::parse::EventTooLarge;

/// An error, in so far as a connection can have it.
enum ErrorText {
    Disconnected(String),
    Ended,
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
            Error::Disconnected { detail, .. } => Self::Disconnected(detail.clone()),
            Error::Ended { .. } => Self::Ended,
            // These are a tab's own: of a call, or of one subscriber.
            other => Self::Disconnected(other.to_string()),
        }
    }
}

impl From<ErrorText> for Error {
    fn from(text: ErrorText) -> Self {
        match text {
            ErrorText::Disconnected(detail) => Self::disconnected(detail),
            ErrorText::Ended => Self::Ended { unfinished: None },
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

wire!(enum ErrorText {
    0 = Disconnected(detail),
    1 = Response { status, headers, url, excerpt },
    2 = OpenTimeout(after),
    3 = HeartbeatTimeout(silent_for),
    4 = Distrusted,
    5 = Headers(message),
    6 = PreflightRefused,
    7 = EventTooLarge { limit, event_type },
    8 = Channel { channel, code, message },
    9 = Protocol { event_type, data, reason },
    10 = Ended,
});

impl Wire for Error {
    fn write(&self, to: &mut Vec<u8>) {
        ErrorText::from(self).write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        ErrorText::read(from).map(Into::into)
    }
}

enum StateText {
    Idle,
    Connecting {
        attempt: u32,
        native: bool,
    },
    Open {
        native: bool,
        resumed: bool,
        confirmed: bool,
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

impl From<&State> for StateText {
    fn from(state: &State) -> Self {
        let is_native = |transport: &TransportKind| *transport == TransportKind::Native;
        match state {
            State::Idle => Self::Idle,
            State::Connecting { attempt, transport } => Self::Connecting {
                attempt: *attempt,
                native: is_native(transport),
            },
            // The answer's headers are the leader's own.
            State::Open {
                transport, resumed, ..
            } => Self::Open {
                native: is_native(transport),
                resumed: *resumed != Resumed::No,
                confirmed: *resumed == Resumed::Confirmed,
            },
            State::Subscribing => Self::Subscribing,
            State::Waiting {
                retry_in,
                failures,
                error,
            } => Self::Waiting {
                retry_in: retry_in.map(milliseconds),
                failures: *failures,
                error: error.into(),
            },
            State::Paused => Self::Paused,
            State::Closed { error } => Self::Closed(error.as_ref().map(ErrorText::from)),
        }
    }
}

impl From<StateText> for State {
    fn from(text: StateText) -> Self {
        let kind = |native| {
            if native {
                TransportKind::Native
            } else {
                TransportKind::Fetch
            }
        };
        match text {
            StateText::Idle => Self::Idle,
            StateText::Connecting { attempt, native } => Self::Connecting {
                attempt,
                transport: kind(native),
            },
            StateText::Open {
                native,
                resumed,
                confirmed,
            } => Self::Open {
                transport: kind(native),
                resumed: match (resumed, confirmed) {
                    (_, true) => Resumed::Confirmed,
                    (true, false) => Resumed::Asked,
                    (false, false) => Resumed::No,
                },
                answer: None,
            },
            StateText::Subscribing => Self::Subscribing,
            StateText::Waiting {
                retry_in,
                failures,
                error,
            } => Self::Waiting {
                retry_in: retry_in.map(Duration::from_millis),
                failures,
                error: Error::from(error),
            },
            StateText::Paused => Self::Paused,
            StateText::Closed(error) => Self::Closed {
                error: error.map(Error::from),
            },
        }
    }
}

wire!(enum StateText {
    0 = Idle,
    1 = Connecting { attempt, native },
    2 = Open { native, resumed, confirmed },
    3 = Subscribing,
    4 = Waiting { retry_in, failures, error },
    5 = Paused,
    6 = Closed(error),
});

impl Wire for State {
    fn write(&self, to: &mut Vec<u8>) {
        StateText::from(self).write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        StateText::read(from).map(Into::into)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
