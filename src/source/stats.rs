//! Counters, as a user reads them.

use core::time::Duration;

use everstream_core::Error;
use everstream_core::connection::{Instant, Stats};

/// What a source has been through so far, as of the call. Of one whose connection is shared it does not
/// count attempts and bytes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SourceStats {
    /// Attempts to connect; of the browser's own reconnects those that opened.
    pub attempts: u32,
    /// Attempts that opened.
    pub opened: u32,
    /// Events received, wanted or not.
    pub events: u64,
    /// Bytes received; on native, which does not show them, those of the events' data.
    pub bytes: u64,
    /// Events that subscribers have missed since their buffers were full.
    pub lagged: u64,
    /// The time since the last byte (fetch) or event (native), if there has been one.
    pub silent_for: Option<Duration>,
    /// The last failure, also one that has been overcome.
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
