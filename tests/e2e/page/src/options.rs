//! What a test asks of a source, in JSON.

use core::time::Duration;

use everstream::{EventSource, RetryPolicy, Transport};
use serde::Deserialize;
use wasm_bindgen::JsError;

/// Everything but the transport has the library's default.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Options {
    transport: TransportName,
    heartbeat_ms: Option<u64>,
    /// The wait after a failure, neither random nor growing.
    retry_delay_ms: Option<u64>,
    #[serde(default)]
    pause_when_hidden: bool,
    /// With the sources of the same scope in other tabs.
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
            // The test server reads it: a position that went by it is no gap.
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
