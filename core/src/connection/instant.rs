//! Time as the core knows it: an argument.

use core::ops::{Add, Sub};
use core::time::Duration;

/// A point in time, counted from an origin of the caller's choice. It never runs backwards and goes
/// on while the machine sleeps; see [`Clock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// Later than any other.
    pub(crate) const FAR_FUTURE: Self = Self(Duration::MAX);

    /// The given time after the origin.
    #[must_use]
    pub const fn from_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The time since `earlier`, or zero if that is later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

/// Makes one clock of the two that browsers have.
///
/// The monotonic clock stands still while the machine sleeps (on most systems), the wall clock can
/// be set back. Counted is whichever went further, and never a step back: a wall clock that is set
/// forward makes a connection look silent for longer than it was, which costs a reconnect and loses
/// nothing.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Instant,
    monotonic: Duration,
    wall: Duration,
}

impl Clock {
    /// Starts at the origin, with a reading of both clocks.
    #[must_use]
    pub const fn new(monotonic: Duration, wall: Duration) -> Self {
        Self {
            now: Instant(Duration::ZERO),
            monotonic,
            wall,
        }
    }

    /// The time now, from a new reading of both clocks.
    pub fn advance(&mut self, monotonic: Duration, wall: Duration) -> Instant {
        let elapsed = monotonic
            .saturating_sub(self.monotonic)
            .max(wall.saturating_sub(self.wall));
        self.monotonic = monotonic;
        self.wall = wall;
        self.now = self.now + elapsed;
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn sleep_counts_and_a_wall_clock_set_back_does_not() {
        let mut clock = Clock::new(s(5), s(1000));
        assert_eq!(clock.advance(s(6), s(1001)), Instant(s(1)));
        // The machine slept for an hour: only the wall clock saw it.
        assert_eq!(clock.advance(s(7), s(4602)), Instant(s(3602)));
        // The wall clock is set back by an hour.
        assert_eq!(clock.advance(s(9), s(1004)), Instant(s(3604)));
        assert_eq!(clock.advance(s(9), s(1004)), Instant(s(3604)));
    }
}
