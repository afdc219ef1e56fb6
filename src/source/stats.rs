//! [`SourceStats`], the counters of a source.

use core::time::Duration;

use everstream_core::Error;
use everstream_core::connection::{Instant, Stats};

/// A source's counters at the time of the call. A source with a shared connection does not count
/// attempts and bytes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SourceStats {
    /// Attempts to connect. Of the browser's own reconnects, only those that opened count.
    pub attempts: u32,
    /// Attempts that opened.
    pub opened: u32,
    /// Events received, whether or not a subscriber wanted them.
    pub events: u64,
    /// Bytes received. On native, which does not expose them, the bytes of the events' data.
    pub bytes: u64,
    /// Events that subscribers missed because their buffers were full.
    pub lagged: u64,
    /// The time since the last byte (fetch) or event (native). `None` before the first.
    pub silent_for: Option<Duration>,
    /// The last failure, even if the source has recovered from it.
    pub last_error: Option<Error>,
}

impl SourceStats {
    pub(crate) fn of(stats: Stats, now: Instant, lagged: u64) -> Self {
        Self {
            attempts: stats.attempts,
            opened: stats.opened,
            events: stats.events,
            bytes: stats.bytes,
            lagged,
            silent_for: stats.last_activity.map(|last| now - last),
            last_error: stats.last_error,
        }
    }
}
