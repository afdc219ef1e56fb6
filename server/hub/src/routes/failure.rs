//! Failures of a publisher's request, and their answers.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use everstream_server::hub::{PresenceError, PublishError};
use serde_json::json;
use thiserror::Error;

#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("publishing needs the key. Send it as `Authorization: Bearer <key>`.")]
    Unauthenticated,
    #[error("there is no channel. Name it by `?channel=`.")]
    NoChannel,
    #[error("the body is not UTF-8. Send text.")]
    NoText,
    #[error("the body has more than {0} bytes. Publish less, or raise `limits.event`.")]
    TooLarge(usize),
    #[error("the body didn't arrive as a whole. Send the request again.")]
    Unreadable,
    #[error("the body didn't arrive in time. Send the request again.")]
    Slow,
    #[error("`Idempotency-Key` is no text. Send letters, digits and signs of ASCII.")]
    Key,
    #[error("`type` can't be sent: an event type has no line break.")]
    EventType,
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Presence(#[from] PresenceError),
}

impl Failure {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        let refused = StatusCode::BAD_REQUEST;
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::NoChannel
            | Self::Publish(PublishError::Channel(_))
            | Self::Presence(PresenceError::Channel(_)) => (refused, "malformed_channel"),
            Self::NoText => (refused, "malformed_text"),
            Self::Unreadable => (refused, "unreadable"),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::Key | Self::Publish(PublishError::Key) => (refused, "malformed_key"),
            Self::EventType | Self::Publish(PublishError::EventType) => (refused, "malformed_type"),
            Self::TooLarge(_) | Self::Publish(PublishError::TooLarge { .. }) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "event_too_large")
            }
            Self::Publish(PublishError::ShutDown) => {
                (StatusCode::SERVICE_UNAVAILABLE, "shutting_down")
            }
            Self::Publish(PublishError::Log(_)) | Self::Presence(PresenceError::Log(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "log_unavailable")
            }
            // Publishers over HTTP can't answer a subscriber, so this error doesn't occur here.
            Self::Publish(PublishError::NobodyToAnswer) => (StatusCode::NOT_FOUND, "nobody"),
            Self::Publish(PublishError::MayHaveBeenPublished(_)) => {
                (StatusCode::GATEWAY_TIMEOUT, "may_have_been_published")
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let body = Json(json!({ "code": code, "message": self.to_string() }));
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        if status.is_server_error() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(1));
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
