//! The duration of each part of a run, so that a log shows where the time went.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

/// A stopwatch that measures from the start or from the end of the previous part.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time of the part so far.
    pub(crate) fn so_far(&self) -> Lap {
        Lap(self.0.elapsed())
    }

    /// Ends a part, and begins the next.
    pub(crate) fn lap(&mut self) -> Lap {
        let now = Instant::now();
        let before = std::mem::replace(&mut self.0, now);
        Lap(now - before)
    }
}

/// The time of one part, as minutes and seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lap(Duration);

impl Display for Lap {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        f.pad(&format!("{}:{:02}", seconds / 60, seconds % 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lap_is_minutes_and_seconds() {
        assert_eq!(format!("{:>6}", Lap(Duration::from_secs(605))), " 10:05");
        assert_eq!(Lap(Duration::from_millis(59_999)).to_string(), "0:59");
    }

    #[test]
    fn a_lap_begins_where_the_one_before_ended() {
        let start = Instant::now();
        let mut stopwatch = Stopwatch(start);
        let (first, second) = (stopwatch.lap(), stopwatch.lap());
        assert_eq!(first.0 + second.0, stopwatch.0 - start);
    }
}
