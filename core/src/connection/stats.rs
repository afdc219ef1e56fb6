//! Counters of a connection.

use super::Instant;
use crate::error::Error;

/// What a source has been through so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Attempts to connect; of the browser's own reconnects those that opened.
    pub attempts: u32,
    /// Attempts that opened.
    pub opened: u32,
    /// Events received.
    pub events: u64,
    /// Bytes received; on native, which does not show them, those of the events' data.
    pub bytes: u64,
    /// When the last byte (fetch) or event (native) arrived.
    pub last_activity: Option<Instant>,
    /// The last failure.
    pub last_error: Option<Error>,
}

impl Stats {
    /// Counts what has just arrived.
    pub fn received(&mut self, now: Instant, bytes: usize) {
        self.last_activity = Some(now);
        self.bytes += bytes as u64;
    }
}
