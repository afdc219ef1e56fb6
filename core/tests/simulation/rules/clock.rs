//! No wait takes longer than agreed, and the timer never spins.

use std::time::Duration;

use super::{Rules, Shown};
use crate::plan::Plan;
use crate::queue::Time;

/// The longest reconnection time of a browser.
const BROWSER_RECONNECTION_TIME: Duration = Duration::from_secs(5);

/// The open timeout of repeatable requests where no other is set.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// How often the open timeout doubles.
const MOST_DOUBLINGS: u32 = 3;

/// How often in a row the timer may fire without an advance of the clock.
const MOST_AT_ONCE: u32 = 2;

#[derive(Default)]
pub(super) struct Clock {
    hidden: bool,
    /// When the page last woke up, was shown or was hidden. Earlier delays don't count.
    calm_since: Duration,
    standing_still: u32,
}

impl Rules {
    /// Notes that the page was shown, was hidden or woke up.
    pub(crate) fn page_is(&mut self, now: Time, hidden: bool) {
        self.clock.hidden = hidden;
        self.clock.calm_since = Duration::from_millis(now);
    }

    /// Checks before each step that nothing is overdue. A stall must be noticed within a second of the
    /// heartbeat timeout, or of the page's return if the page was away.
    pub(crate) fn look_at_the_clock(&mut self, now: Time) {
        let now = Duration::from_millis(now);
        let open_timeout = self.plan.config.open_timeout;
        let due = match self.shown {
            Shown::Open { last_activity, .. } => self.heartbeat.map(|limit| last_activity + limit),
            Shown::Connecting { since } => {
                let doublings = self.attempts.open_timeouts.min(MOST_DOUBLINGS);
                let limit = match open_timeout {
                    None if self.attempts.continues => Some(OPEN_TIMEOUT),
                    limit => limit,
                };
                limit.map(|limit| since + limit * (1 << doublings))
            }
            Shown::Browser { since } => {
                let limit = open_timeout.unwrap_or(OPEN_TIMEOUT);
                Some(since + BROWSER_RECONNECTION_TIME + limit)
            }
            Shown::Waiting { until, .. } => Some(until),
            Shown::Idle | Shown::Paused { .. } | Shown::Closed => None,
        };
        let Some(due) = due else { return };
        let limit = due.max(self.clock.calm_since) + self.allowance();
        let shown = self.shown;
        self.demand(now <= limit, || {
            format!("at {now:?} it is still {shown:?}, which was over at {due:?}")
        });
    }

    /// Returns the tolerance: a second, and the lateness of at most two page timers. One timer is late, the
    /// other one looks again.
    fn allowance(&self) -> Duration {
        let Plan {
            lateness, throttle, ..
        } = self.plan;
        let timer = if self.clock.hidden {
            lateness + throttle
        } else {
            lateness
        };
        Duration::from_millis(1_000 + 2 * timer)
    }

    /// Checks that the next timer lies ahead after one has fired in time.
    pub(crate) fn timer_moves_on(&mut self, moves_on: bool) {
        self.clock.standing_still = if moves_on {
            0
        } else {
            self.clock.standing_still + 1
        };
        let still = self.clock.standing_still;
        self.demand(still <= MOST_AT_ONCE, || "the timer spins".to_owned());
    }
}
