//! The failures of requests, and what the senders are told.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use thiserror::Error;

use super::super::{ChannelError, LogError, Refusal};

/// The seconds after which a client may ask again.
const SOON: u32 = 1;

/// The seconds after which a client may ask again where a limit was reached: others have to leave first.
const LATER: u32 = 5;

/// The reason why a request fails.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("the body can't be read: its transfer failed. Send the request again.")]
    Unreadable,
    #[error("the body didn't arrive in time. Send the request again.")]
    Slow,
    #[error("the request is too large: {0}. Ask for fewer channels.")]
    TooLarge(String),
    #[error("the body is not a set of channels: {0}")]
    Json(#[from] serde_json::Error),
    #[error("`{0}` is not the name of a channel: {1}")]
    Channel(String, ChannelError),
    #[error("`from` is not a position, a space and a channel")]
    From,
    #[error("`from` names `{0}`, which is not a channel of the set")]
    FromElsewhere(String),
    #[error("the body is not JSON by its content type. Send it as `application/json`.")]
    ContentType,
    #[error("the request comes from a page of another site, which may not change sets")]
    CrossSite,
    #[error("there is no such connection. Open a new one.")]
    NotFound,
    #[error("the connection is another principal's")]
    Forbidden,
    #[error("the hub is shutting down. Connect again.")]
    ShutDown,
    #[error("the hub has as many connections as it takes. Try again later.")]
    Full,
    #[error("you have as many connections as you may have. Close one, or try again later.")]
    TooManyConnections,
    #[error("the set changes too often. Try again later.")]
    TooManyRequests,
    #[error("access to channels changes too often. Try again later.")]
    Outdated,
    // The message must not tell strangers what is behind the hub.
    #[error("the hub can't reach its log at the moment. Try again later.")]
    Log(#[from] LogError),
    #[error("the request was refused")]
    Refused(Refusal),
}

/// All codes by which refused requests are counted.
pub(crate) const CODES: [&str; 17] = [
    "access_changes",
    "body_timeout",
    "content_type",
    "cross_site",
    "forbidden",
    "full",
    "log_unavailable",
    "malformed_channel",
    "malformed_from",
    "malformed_json",
    "refused",
    "set_too_large",
    "shutting_down",
    "too_many_connections",
    "too_many_requests",
    "unknown_connection",
    "unreadable",
];

impl Failure {
    /// Returns the code by which the failure is counted. The application's own refusals can have any
    /// code, so they are counted as one.
    pub(super) fn counted_as(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            _ => self.status_and_code().1,
        }
    }

    pub(super) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unreadable => (StatusCode::BAD_REQUEST, "unreadable"),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "malformed_json"),
            Self::Channel(..) => (StatusCode::BAD_REQUEST, "malformed_channel"),
            Self::From | Self::FromElsewhere(_) => (StatusCode::BAD_REQUEST, "malformed_from"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "set_too_large"),
            Self::ContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Self::NotFound => (StatusCode::NOT_FOUND, "unknown_connection"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::Forbidden | Self::Refused(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ShutDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "full"),
            Self::TooManyConnections => (StatusCode::TOO_MANY_REQUESTS, "too_many_connections"),
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::Outdated => (StatusCode::SERVICE_UNAVAILABLE, "access_changes"),
            Self::Log(_) => (StatusCode::SERVICE_UNAVAILABLE, "log_unavailable"),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Full | Self::TooManyConnections => Some(LATER),
            Self::ShutDown | Self::TooManyRequests | Self::Outdated | Self::Log(_) => Some(SOON),
            _ => None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after();
        let is_slow = matches!(self, Self::Slow);
        let (status, code) = self.status_and_code();
        if let Self::Refused(refusal) = self {
            return refusal.into_response();
        }
        let body = Json(json!({ "code": code, "message": self.to_string() }));
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if is_slow {
            // The rest of the body would be taken for the next request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_counted() {
        let json = serde_json::from_str::<u8>("").unwrap_err();
        let all = [
            Failure::Unreadable,
            Failure::Slow,
            Failure::TooLarge(String::new()),
            Failure::Json(json),
            Failure::Channel(String::new(), ChannelError::Empty),
            Failure::From,
            Failure::FromElsewhere(String::new()),
            Failure::ContentType,
            Failure::CrossSite,
            Failure::NotFound,
            Failure::Forbidden,
            Failure::ShutDown,
            Failure::Full,
            Failure::TooManyConnections,
            Failure::TooManyRequests,
            Failure::Outdated,
            Failure::Log(LogError::new("")),
            Failure::Refused(Refusal::unauthenticated()),
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(Failure::counted_as).collect();
        assert!(codes.iter().copied().eq(CODES), "{codes:?}");
    }
}
