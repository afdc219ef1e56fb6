//! The bounds of a live state.

use core::time::Duration;

/// How often a live state loads, and how much it keeps meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveConfig {
    /// The least time between the starts of two loads. Default: 1 s.
    pub min_interval: Duration,
    /// The wait after the first failed load. It doubles with each further failure. Default: 1 s.
    pub backoff: Duration,
    /// The longest wait after a failed load. Default: 30 s.
    pub max_backoff: Duration,
    /// The span over which clients spread the loads that a gap causes, since a restarted server causes a gap
    /// for all of them at once. Default: 1 s.
    pub jitter: Duration,
    /// The time after which a load is aborted and counts as failed. Default: 30 s.
    pub load_timeout: Duration,
    /// The time after which a first load begins although the stream is not open. Its state is shown as stale,
    /// and is loaded again once the stream opens. Default: 2 s.
    pub open_patience: Duration,
    /// The number of events that are kept during a load, at least 1. Default: 1024.
    pub capacity: usize,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            min_interval: Duration::from_secs(1),
            backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(30),
            jitter: Duration::from_secs(1),
            load_timeout: Duration::from_secs(30),
            open_patience: Duration::from_secs(2),
            capacity: 1024,
        }
    }
}

impl LiveConfig {
    /// Returns the wait after that many failures in a row: half of it is fixed, and half is random.
    pub(super) fn wait_after(&self, failures: u32, random: f64) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let whole = self.backoff.saturating_mul(factor).min(self.max_backoff);
        whole / 2 + crate::connection::part(whole / 2, random)
    }
}
