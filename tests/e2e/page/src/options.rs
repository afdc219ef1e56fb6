//! The options of a source that a test gives in JSON.

use core::time::Duration;

use everstream::{EventSource, RetryPolicy, Transport};
use serde::Deserialize;
use wasm_bindgen::JsError;

/// Options of which all but the transport default to the library's.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Options {
    transport: TransportName,
    heartbeat_ms: Option<u64>,
    /// The delay before a retry in milliseconds, without jitter or growth.
    retry_delay_ms: Option<u64>,
    #[serde(default)]
    pause_when_hidden: bool,
    /// The scope in which the source shares with sources of other tabs.
    shared: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TransportName {
    Auto,
    Native,
    Fetch,
}

impl Options {
    pub(crate) fn read(json: &str) -> Result<Self, JsError> {
        Ok(serde_json::from_str(json)?)
    }

    pub(crate) fn open(&self, url: &str) -> Result<EventSource, JsError> {
        let mut builder = EventSource::builder(url)
            .transport(match self.transport {
                TransportName::Auto => Transport::Auto,
                TransportName::Native => Transport::Native,
                TransportName::Fetch => Transport::Fetch,
            })
            // The test server reads this parameter, so an ID sent in it causes no gap.
            .last_event_id_param(Some("lastEventId"))
            .pause_when_hidden(self.pause_when_hidden);
        if let Some(limit) = self.heartbeat_ms {
            builder = builder.heartbeat_timeout(Duration::from_millis(limit));
        }
        if let Some(scope) = &self.shared {
            builder = builder.shared(scope);
        }
        if let Some(delay) = self.retry_delay_ms {
            let delay = Duration::from_millis(delay);
            let policy = RetryPolicy::default()
                .initial_delay(delay)
                .max_delay(delay)
                .jitter(false);
            builder = builder.retry(policy);
        }
        Ok(builder.build()?)
    }
}
