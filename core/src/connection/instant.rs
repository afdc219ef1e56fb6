//! Points in time, which the core receives as arguments.

use core::ops::{Add, Sub};
use core::time::Duration;

/// A point in time, counted from an origin of the caller's choice. Time never runs backwards and continues
/// while the machine sleeps; see [`Clock`].
///
/// `Instant` holds nanoseconds in a `u64`, enough for 584 years. One number is compared, copied and added in
/// one step, whereas a [`Duration`] consists of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The latest instant.
    pub(crate) const FAR_FUTURE: Self = Self(u64::MAX);

    /// Creates the instant at the given time after the origin.
    #[must_use]
    pub const fn from_origin(elapsed: Duration) -> Self {
        Self(nanoseconds(elapsed))
    }

    /// Returns the time since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Returns a time in nanoseconds; saturates.
const fn nanoseconds(time: Duration) -> u64 {
    let seconds = time.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(time.subsec_nanos() as u64)
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(duration)))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

/// Combines the two clocks that browsers have into one.
///
/// On most systems the monotonic clock stops while the machine sleeps, and the wall clock can be set back.
/// `Clock` advances by whichever moved further, and never backwards. A wall clock set forward makes a
/// connection look silent for too long, which costs a reconnect but loses no event.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Instant,
    monotonic: Instant,
    wall: Instant,
}

impl Clock {
    /// Creates a clock at the origin, from a reading of both clocks.
    #[must_use]
    pub const fn new(monotonic: Duration, wall: Duration) -> Self {
        Self {
            now: Instant(0),
            monotonic: Instant::from_origin(monotonic),
            wall: Instant::from_origin(wall),
        }
    }

    /// Returns the current time, from a new reading of both clocks.
    pub fn advance(&mut self, monotonic: Duration, wall: Duration) -> Instant {
        let further = |clock: &mut Instant, reading: Duration| {
            let before = core::mem::replace(clock, Instant::from_origin(reading));
            clock.0.saturating_sub(before.0)
        };
        let monotonic = further(&mut self.monotonic, monotonic);
        let wall = further(&mut self.wall, wall);
        self.now.0 = self.now.0.saturating_add(monotonic.max(wall));
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn at(seconds: u64) -> Instant {
        Instant::from_origin(s(seconds))
    }

    #[test]
    fn what_is_too_late_to_be_told_is_the_end_of_time() {
        assert_eq!(Instant::from_origin(Duration::MAX), Instant::FAR_FUTURE);
        assert_eq!(at(1) + Duration::MAX, Instant::FAR_FUTURE);
        assert_eq!(at(1) - at(2), Duration::ZERO);
        let moment = Duration::new(u64::from(u32::MAX), 999_999_999);
        assert_eq!(Instant::from_origin(moment) - at(0), moment);
    }

    #[test]
    fn sleep_counts_and_a_wall_clock_set_back_does_not() {
        let mut clock = Clock::new(s(5), s(1000));
        assert_eq!(clock.advance(s(6), s(1001)), at(1));
        // The machine slept for an hour: only the wall clock saw it.
        assert_eq!(clock.advance(s(7), s(4602)), at(3602));
        // The wall clock is set back by an hour.
        assert_eq!(clock.advance(s(9), s(1004)), at(3604));
        assert_eq!(clock.advance(s(9), s(1004)), at(3604));
    }
}
