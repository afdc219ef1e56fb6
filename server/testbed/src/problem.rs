//! Refusals as JSON.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A refusal: a status, a code for programs and a message for people.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            message: None,
        }
    }

    pub(crate) fn not_found(code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code)
    }

    /// The refusal of a request without a currently valid bearer token.
    pub(crate) fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token")
    }

    /// The refusal of a body: 400 if it isn't JSON, 422 if its content is invalid.
    pub(crate) fn bad_json(reason: &serde_json::Error) -> Self {
        if reason.is_data() {
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body").because(reason)
        } else {
            Self::new(StatusCode::BAD_REQUEST, "malformed_json").because(reason)
        }
    }

    pub(crate) fn because(self, reason: &impl ToString) -> Self {
        Self {
            message: Some(reason.to_string()),
            ..self
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = match self.message {
            Some(message) => json!({ "error": self.code, "message": message }),
            None => json!({ "error": self.code }),
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
