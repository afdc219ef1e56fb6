//! The retry policy: whether and when a source reconnects.

use core::fmt;
use core::time::Duration;
use std::rc::Rc;

use super::jitter::part;
use crate::error::Error;

/// The longest wait that a `Retry-After` header may ask for: one hour.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// The lowest bound of a wait.
const LEAST_DELAY: Duration = Duration::from_millis(1);

/// The number of failures in a row without backoff. Up to it, the standard policy waits for the reconnection
/// time alone, and a policy's own function may choose any wait.
const WITHOUT_BACKOFF: u32 = 5;

/// How a source reconnects: exponential backoff with full jitter.
///
/// After the n-th failure in a row, the source waits for the time that the server asked for (`retry` field,
/// `Retry-After` header). To this it adds a random part of `min(max_delay, initial_delay × 2ⁿ⁻¹)`. The count
/// is reset once a connection has been open for `reset_after`. Opening alone does not reset it, so that a
/// server that accepts and closes is not hammered.
///
/// ```
/// use core::time::Duration;
/// use everstream_core::connection::RetryPolicy;
///
/// let policy = RetryPolicy::default().max_delay(Duration::from_secs(5)).max_attempts(10);
/// ```
#[derive(Clone)]
pub struct RetryPolicy {
    pub(crate) initial_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) reset_after: Duration,
    pub(crate) jitter: bool,
    pub(crate) inspect: Option<Inspect>,
    /// The reconnection time before any backoff, unless the server asks for another.
    pub(crate) reconnection_time: Duration,
    /// Whether to follow the standard: every unexpected answer is final, and only the reconnection time
    /// follows the first failures in a row.
    pub(crate) standard: bool,
}

type Inspect = Rc<dyn Fn(&Error, u32) -> Decision>;

/// The decision of a [`RetryPolicy`] about a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Do what the library would do without a function.
    #[default]
    Default,
    /// Try again after the backoff, even if the library would give up.
    Retry,
    /// Try again after exactly this time. From the sixth failure in a row, the wait is at least 0.5 s, so
    /// that a failing server is not hammered.
    RetryAfter(Duration),
    /// Give up.
    Stop,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            max_attempts: None,
            reset_after: Duration::from_secs(5),
            jitter: true,
            inspect: None,
            reconnection_time: Duration::ZERO,
            standard: false,
        }
    }
}

impl RetryPolicy {
    /// Creates a policy that never reconnects: the first failure closes the source.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_attempts(0)
    }

    /// Creates the policy that users of the native `EventSource` expect. It waits for exactly the
    /// reconnection time, which is 3 s unless the server asks for another. Backoff is added only after
    /// several failures in a row.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            reconnection_time: Duration::from_secs(3),
            standard: true,
            ..Self::default()
        }
    }

    /// Returns the longest wait that a `retry` field may ask for.
    pub(super) fn longest_reconnection_time(&self) -> Duration {
        if self.standard {
            MAX_RETRY_AFTER
        } else {
            self.max_delay
        }
    }

    /// Sets the bound of the first wait. Default: 1 s. Less than 1 ms counts as 1 ms, so that a failing
    /// server is not hammered; more than [`max_delay`](Self::max_delay) counts as `max_delay`.
    #[must_use]
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay.max(LEAST_DELAY);
        self
    }

    /// Sets the bound of every wait, and of the time that a `retry` field may ask for. Default: 30 s. Less
    /// than 1 ms counts as 1 ms.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay.max(LEAST_DELAY);
        self
    }

    /// Sets how many times in a row to try again before giving up. Default: no limit.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Sets how long a connection must be open before the earlier failures are forgotten. Default: 5 s.
    #[must_use]
    pub fn reset_after(mut self, time: Duration) -> Self {
        self.reset_after = time;
        self
    }

    /// Sets whether waits are random, which keeps clients apart after a server's restart. Default: on.
    #[must_use]
    pub fn jitter(mut self, on: bool) -> Self {
        self.jitter = on;
        self
    }

    /// Sets a function that decides about each failure.
    ///
    /// ```
    /// use everstream_core::connection::{Decision, RetryPolicy};
    ///
    /// let policy = RetryPolicy::default().inspect(|error| match error.status() {
    ///     Some(404) => Decision::Retry, // It may be deployed in a moment.
    ///     _ => Decision::Default,
    /// });
    /// ```
    #[must_use]
    pub fn inspect(self, inspect: impl Fn(&Error) -> Decision + 'static) -> Self {
        self.inspect_each(move |error, _| inspect(error))
    }

    /// Sets a function that decides about each failure and also receives the number of failures in a row,
    /// including this one.
    ///
    /// A request with side effects is sent once, whatever the function returns, unless the source is
    /// `idempotent` or was told how to continue.
    ///
    /// ```
    /// use core::time::Duration;
    /// use everstream_core::connection::{Decision, RetryPolicy};
    ///
    /// let policy = RetryPolicy::default().inspect_each(|_, failures| match failures {
    ///     1 => Decision::RetryAfter(Duration::from_millis(100)),
    ///     2..10 => Decision::Default,
    ///     _ => Decision::Stop,
    /// });
    /// ```
    #[must_use]
    pub fn inspect_each(mut self, inspect: impl Fn(&Error, u32) -> Decision + 'static) -> Self {
        self.inspect = Some(Rc::new(inspect));
        self
    }

    /// Asks the policy's function about a failure, with the number of failures in a row.
    pub(crate) fn decide(&self, error: &Error, failures: u32) -> Decision {
        self.inspect
            .as_ref()
            .map_or(Decision::Default, |inspect| inspect(error, failures))
    }

    /// Returns the shortest wait that a policy's own function may choose, after this number of failures in a
    /// row.
    pub(super) fn least_delay(failures: u32) -> Duration {
        if failures > WITHOUT_BACKOFF {
            Duration::from_millis(500)
        } else {
            Duration::ZERO
        }
    }

    /// Returns the wait after the given number of failures in a row; `random` lies in 0..1.
    pub(crate) fn backoff(&self, failures: u32, random: f64) -> Duration {
        let failures = if self.standard {
            failures.saturating_sub(WITHOUT_BACKOFF)
        } else {
            failures
        };
        if failures == 0 {
            return Duration::ZERO;
        }
        let doublings = (failures - 1).min(31);
        let bound = self
            .initial_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay);
        if self.jitter {
            part(bound, random)
        } else {
            bound
        }
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("initial_delay", &self.initial_delay)
            .field("max_delay", &self.max_delay)
            .field("max_attempts", &self.max_attempts)
            .field("reset_after", &self.reset_after)
            .field("jitter", &self.jitter)
            .field("inspect", &self.inspect.is_some())
            .field("reconnection_time", &self.reconnection_time)
            .field("standard", &self.standard)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let policy = RetryPolicy::default().jitter(false);
        let seconds: Vec<u64> = [1, 2, 3, 4, 5, 6, 7, u32::MAX]
            .map(|failures| policy.backoff(failures, 0.0).as_secs())
            .into();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn jitter_is_full() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.backoff(3, 0.0), Duration::ZERO);
        assert_eq!(policy.backoff(3, 0.5), Duration::from_secs(2));
    }

    #[test]
    fn delays_are_clamped_to_what_the_formula_allows() {
        let milliseconds = |policy: RetryPolicy| {
            [1, 2, 3, 12].map(|failures| policy.backoff(failures, 0.0).as_millis())
        };
        let policy = || RetryPolicy::default().jitter(false);
        let ms = Duration::from_millis;
        // A `max_delay` below the first wait also bounds the first wait.
        assert_eq!(milliseconds(policy().max_delay(ms(500))), [500; 4]);
        assert_eq!(
            milliseconds(policy().initial_delay(Duration::ZERO).max_delay(ms(3))),
            [1, 2, 3, 3]
        );
        assert_eq!(milliseconds(policy().max_delay(Duration::ZERO)), [1; 4]);
    }
}
