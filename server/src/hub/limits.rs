//! The limits of what clients and publishers may ask of a hub.

use std::time::Duration;

/// The most that a hub takes from clients and publishers, set by
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
    /// The most bytes of a channel's name: 255 unless set. A longer name is refused with 400.
    pub channel_name: usize,
    /// The most bytes of an event's data and type: 1 MiB unless set. A larger event isn't published.
    pub event: usize,
    /// The most bytes of a position that a client sends: 256 unless set. A longer position counts as
    /// unknown, and the client is told of a gap.
    pub event_id: usize,
    /// The most channels of one connection: 1 000 unless set. A larger set is refused with 413.
    pub channels: usize,
    /// The most bytes of a request's query and body: 512 KiB unless set. A longer one is refused with 413.
    pub set: usize,
    /// The longest time that a request's body may take: 10 seconds unless set. A slower request is
    /// refused with 408.
    pub body: Duration,
    /// The most connections of one node: 50 000 unless set. Further ones are refused with 503.
    pub connections: usize,
    /// The most connections of one identity on one node: 100 unless set. Further ones are refused
    /// with 429. The empty identity has no such limit.
    pub connections_per_identity: usize,
    /// The most requests to change a set that one identity may send to one node per second: 50 unless
    /// set. Twice as many may come at once. Further ones are refused with 429. For the empty identity,
    /// each connection is counted alone.
    pub control_requests: u32,
    /// For how many heartbeats a client may read nothing of what waits for it: 4 unless set. After that,
    /// its stream ends.
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
