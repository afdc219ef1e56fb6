//! The values in a script, checked as they are read.

use std::{collections::BTreeMap, num::NonZeroU64, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use thiserror::Error;

use super::script::{Attempt, Serve};
use crate::sse::{LineError, OneLine};

/// The reason why a value is refused.
#[derive(Debug, Error)]
pub(super) enum ValueError {
    #[error("{0} ms is longer than an hour")]
    TooLong(u64),
    #[error("{0} is not the status of a final response (200 to 599)")]
    Status(u16),
    #[error("`{0}` cannot be sent as a header")]
    Header(String),
    #[error("`{0}` is not a method")]
    Method(String),
    #[error(transparent)]
    EventType(#[from] LineError),
    #[error("there must be at least one attempt")]
    NoAttempts,
}

/// A time of at most an hour, so that adding it to the current time never overflows.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Millis(u64);

impl Millis {
    pub(super) fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl TryFrom<u64> for Millis {
    type Error = ValueError;

    fn try_from(millis: u64) -> Result<Self, ValueError> {
        if millis <= 3_600_000 {
            Ok(Self(millis))
        } else {
            Err(ValueError::TooLong(millis))
        }
    }
}

/// The time between two comments; never zero.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "NonZeroU64")]
pub(super) struct CommentInterval(Millis);

impl CommentInterval {
    pub(super) fn duration(self) -> Duration {
        self.0.duration()
    }
}

impl TryFrom<NonZeroU64> for CommentInterval {
    type Error = ValueError;

    fn try_from(millis: NonZeroU64) -> Result<Self, ValueError> {
        Ok(Self(millis.get().try_into()?))
    }
}

/// An event type, or none.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct EventType(Option<OneLine>);

impl EventType {
    pub(super) fn get(&self) -> Option<&OneLine> {
        self.0.as_ref()
    }
}

impl Default for EventType {
    fn default() -> Self {
        Self(Some(OneLine::from_static("tick")))
    }
}

impl TryFrom<String> for EventType {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Ok(Self(if text.is_empty() {
            None
        } else {
            Some(text.try_into()?)
        }))
    }
}

/// A request method.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Verb(pub(super) Method);

impl TryFrom<String> for Verb {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Method::from_bytes(text.as_bytes())
            .map(Self)
            .map_err(|_| ValueError::Method(text))
    }
}

/// A status that ends an exchange, unlike informational ones.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct Status(pub(super) StatusCode);

impl TryFrom<u16> for Status {
    type Error = ValueError;

    fn try_from(code: u16) -> Result<Self, ValueError> {
        match StatusCode::from_u16(code) {
            Ok(status) if (200..600).contains(&code) => Ok(Self(status)),
            _ => Err(ValueError::Status(code)),
        }
    }
}

/// The value of a header.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct FieldValue(pub(super) HeaderValue);

impl TryFrom<String> for FieldValue {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        HeaderValue::try_from(&text)
            .map(Self)
            .map_err(|_| ValueError::Header(text))
    }
}

/// Headers by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(super) struct Headers(pub(super) HeaderMap);

impl TryFrom<BTreeMap<String, String>> for Headers {
    type Error = ValueError;

    fn try_from(headers: BTreeMap<String, String>) -> Result<Self, ValueError> {
        headers
            .into_iter()
            .map(|(name, value)| match HeaderName::try_from(&name) {
                Ok(name) => Ok((name, FieldValue::try_from(value)?.0)),
                Err(_) => Err(ValueError::Header(name)),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// The attempts that connections meet, one after the other; never empty.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<Attempt>")]
pub(super) struct Attempts(Vec<Attempt>);

impl Attempts {
    /// Returns the attempt for the connection with this index; the last attempt repeats.
    pub(super) fn nth(&self, index: usize) -> &Attempt {
        &self.0[index.min(self.0.len() - 1)]
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self(vec![Attempt::Serve(Serve::default())])
    }
}

impl TryFrom<Vec<Attempt>> for Attempts {
    type Error = ValueError;

    fn try_from(attempts: Vec<Attempt>) -> Result<Self, ValueError> {
        if attempts.is_empty() {
            Err(ValueError::NoAttempts)
        } else {
            Ok(Self(attempts))
        }
    }
}
