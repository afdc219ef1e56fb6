use core::time::Duration;

use everstream::{Error, EventSource, RetryPolicy};

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Quote {
    pub(crate) symbol: String,
    pub(crate) price: f64,
}

/// All tabs with this page use one connection. Everybody gets the same prices,
/// so the scope names no user.
pub(crate) fn open(last_event_id: &str) -> Result<EventSource, Error> {
    EventSource::builder("/demo/shared")
        .shared("")
        .heartbeat_timeout(HEARTBEAT)
        .retry(
            RetryPolicy::default()
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(5)),
        )
        .last_event_id(last_event_id)
        .build()
}

// The server sends a comment each 5 s.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(8);
