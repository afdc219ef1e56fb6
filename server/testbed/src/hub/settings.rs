//! The settings that a test gives to its hub.

use std::{collections::HashSet, time::Duration};

use axum::http::{HeaderValue, request::Parts};
use everstream_server::hub::{Access, Grant, Hub, Refusal};
use serde::Deserialize;
use thiserror::Error;

const PRINCIPAL: &str = "x-principal";

/// Tests set the sizes of log and queues in events; this is the size allowed for each event.
const BYTES_PER_EVENT: usize = 64 << 10;

/// Large enough for a set of the ten thousand channels that a test has.
const BYTES_OF_A_SET: usize = 2 << 20;

/// The body of `POST /hub`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Settings {
    heartbeat_ms: u32,
    capacity: usize,
    queue: usize,
    max_channels: usize,
    refused: HashSet<String>,
    control: bool,
    /// Number of frames after which a stream stays open and sends no more.
    pub(super) silent_after: Option<usize>,
    origins: Option<Vec<String>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat_ms: 15_000,
            capacity: 10_000,
            queue: 256,
            max_channels: 10_000,
            refused: HashSet::new(),
            control: true,
            silent_after: None,
            origins: None,
        }
    }
}

/// The reason why settings are refused.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    #[error("a heartbeat takes a millisecond or more")]
    Heartbeat,
    #[error("`{0}` is not an origin")]
    Origin(String),
}

impl Settings {
    /// Builds a hub with these settings and a log of its own.
    pub(crate) fn build(&self) -> Result<Hub, SettingsError> {
        if self.heartbeat_ms == 0 {
            return Err(SettingsError::Heartbeat);
        }
        let bytes = |events: usize| events.saturating_mul(BYTES_PER_EVENT);
        let builder = Hub::builder()
            .heartbeat(Duration::from_millis(self.heartbeat_ms.into()))
            .log_capacity(self.capacity, bytes(self.capacity))
            // Tests determine exactly which events are gone.
            .channel_history(0, 0, Duration::ZERO)
            .client_queue(self.queue, bytes(self.queue))
            .limits(|limits| {
                limits.channels = self.max_channels;
                limits.set = BYTES_OF_A_SET;
            })
            .access(Refusing(self.refused.clone()));
        let builder = match &self.origins {
            None => builder.allow_any_origin(),
            Some(origins) => builder.allow_origins(
                origins
                    .iter()
                    .map(|origin| {
                        HeaderValue::from_str(origin)
                            .map_err(|_| SettingsError::Origin(origin.clone()))
                    })
                    .collect::<Result<Vec<_>, _>>()?,
            ),
        };
        Ok(if self.control {
            builder.build()
        } else {
            builder.without_control().build()
        })
    }
}

/// An access check that trusts the header with the sender's name, and refuses some channels to all.
struct Refusing(HashSet<String>);

impl Access for Refusing {
    type Principal = String;

    async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
        let header = request.headers.get(PRINCIPAL);
        Ok(header.map_or_else(String::new, |name| {
            String::from_utf8_lossy(name.as_bytes()).into_owned()
        }))
    }

    fn identity(&self, principal: &String) -> String {
        principal.clone()
    }

    async fn may_subscribe(&self, _: &String, channel: &str) -> Result<Grant, Refusal> {
        if self.0.contains(channel) {
            return Err(Refusal::new("forbidden", "this channel is refused"));
        }
        Ok(Grant::with_history())
    }
}
