use core::time::Duration;

use everstream::{Error, EventSource, RetryPolicy, Transport};

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Quote {
    pub(crate) symbol: String,
    pub(crate) price: f64,
    pub(crate) change: f64,
}

/// The native `EventSource`, with what it lacks: it notices silence, and it
/// resumes after a rebuild.
pub(crate) fn open(last_event_id: &str) -> Result<EventSource, Error> {
    EventSource::builder("/demo/ticker")
        .transport(Transport::Native)
        .heartbeat_timeout(HEARTBEAT)
        .retry(
            RetryPolicy::default()
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(5)),
        )
        .last_event_id(last_event_id)
        .build()
}

// The server sends a `ping` event each 5 s: native shows no comments.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(12);
