use core::time::Duration;

use everstream::{Error, EventSource, RetryPolicy};

/// The names of the variants are the event types: `progress`, `log` and `done`.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Build {
    Progress { step: String, percent: u8 },
    Log { line: String },
    Done { duration_ms: u32 },
}

/// Read by `source.events::<Build>()`, which listens for just these types.
pub(crate) fn open(id: &str, last_event_id: &str) -> Result<EventSource, Error> {
    EventSource::builder(format!("/demo/build?id={id}"))
        .heartbeat_timeout(HEARTBEAT)
        .retry(
            RetryPolicy::default()
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(5)),
        )
        .last_event_id(last_event_id)
        .build()
}

// Something comes each 300 ms while a build is running.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(4);
