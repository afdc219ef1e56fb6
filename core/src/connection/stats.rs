//! Counters of a connection.

use super::Instant;
use crate::error::Error;

/// The counters of a source.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Attempts to connect; of the browser's own reconnects, only those that opened.
    pub attempts: u32,
    /// Attempts that opened.
    pub opened: u32,
    /// Events received.
    pub events: u64,
    /// Bytes received; on native, which doesn't show them, the bytes of the events' data.
    pub bytes: u64,
    /// The time when the last byte (fetch) or event (native) arrived.
    pub last_activity: Option<Instant>,
    /// The last failure.
    pub last_error: Option<Error>,
}

impl Stats {
    /// Counts bytes that have just arrived.
    pub fn received(&mut self, now: Instant, bytes: usize) {
        self.last_activity = Some(now);
        self.bytes += bytes as u64;
    }
}
