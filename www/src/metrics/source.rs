use core::time::Duration;

use everstream::{Channel, Error, EventSource, Mux, RetryPolicy, Subscription, Transport};

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Metric {
    /// Each channel counts its events, so a hole or a repeat shows.
    pub(crate) number: u64,
    pub(crate) value: u8,
}

/// One connection, for as many channels as there are widgets. A hidden page
/// needs none, and is brought up to date when it is shown.
pub(crate) fn open(last_event_id: &str) -> Result<Mux, Error> {
    EventSource::builder("/demo/hub/stream")
        .transport(Transport::Fetch)
        .pause_when_hidden(true)
        .retry(
            RetryPolicy::default()
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(5)),
        )
        .last_event_id(last_event_id)
        .multiplex()
}

/// Called by each widget when it is mounted. The channel is given up when the
/// widget drops both.
pub(crate) fn mount(mux: &Mux, id: usize) -> Result<(Channel, Subscription<Metric>), Error> {
    let channel = mux.channel(&format!("metric:{id}"))?;
    let events = channel.on("message");
    Ok((channel, events))
}
