//! How much anybody may ask of a hub.

use std::time::Duration;

/// What a hub takes from clients and publishers at most, by
/// [`HubBuilder::limits`](super::HubBuilder::limits).
///
/// ```
/// # use everstream_server::hub::Hub;
/// let hub = Hub::builder()
///     .limits(|limits| {
///         limits.channels = 100;
///         limits.connections_per_identity = 10;
///     })
///     .build();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The length of a channel's name, in bytes: 255. A longer one is refused with 400.
    pub channel_name: usize,
    /// The length of an event's data and type, in bytes: 1 MiB. A longer one isn't published.
    pub event: usize,
    /// The length of a position that a client sends, in bytes: 256. A longer one counts as unknown,
    /// and the client is told of a gap.
    pub event_id: usize,
    /// The channels of one connection: 1 000. A larger set is refused with 413.
    pub channels: usize,
    /// The length of a request's query and body, in bytes: 512 KiB. A longer one is refused with 413.
    pub set: usize,
    /// How long a request's body may take: 10 seconds. After that it is refused with 408.
    pub body: Duration,
    /// The connections of one node: 50 000. Further ones are refused with 503.
    pub connections: usize,
    /// The connections of one identity on one node: 100. Further ones are refused with 429. The empty
    /// identity has no such limit.
    pub connections_per_identity: usize,
    /// The requests to change a set that one identity may send to one node per second: 50. Twice as
    /// many may come at once. Further ones are refused with 429. Of the empty identity, each connection
    /// is counted alone.
    pub control_requests: u32,
    /// The heartbeats for which a client may read nothing of what waits for it: 4. After that its stream
    /// ends.
    pub unread_heartbeats: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            channel_name: 255,
            event: 1 << 20,
            event_id: 256,
            channels: 1_000,
            set: 512 << 10,
            body: Duration::from_secs(10),
            connections: 50_000,
            connections_per_identity: 100,
            control_requests: 50,
            unread_heartbeats: 4,
        }
    }
}
