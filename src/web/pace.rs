//! When the next chunk is asked for.
//!
//! To ask a browser for a chunk costs more than an event: at a thousand events a second, each of
//! them a chunk, most of the CPU time goes there. Where small chunks follow each other that fast, a
//! short pause lets several of them arrive as one. It is no longer than a frame, so that what is shown
//! is as fresh, and never made where it would hold up what flows (large chunks) or comes now and then.

use core::time::Duration;

/// The pause, of a frame. A quarter of it does in Chromium; Firefox needs this to spend no more on
/// them than for its own `EventSource`.
pub(super) const PAUSE: Duration = Duration::from_millis(16);

/// From this size on a chunk is worth its costs.
const LARGE: u32 = 4096;

/// Chunks follow fast if each comes within this time. Not a whole number of milliseconds: that is
/// the grain of some clocks, by which one that took a millisecond seems to have taken none or two.
const FAST: Duration = Duration::from_micros(2500);

/// After so many fast ones the next are waited for; one that was not fast halves what was counted.
const STREAK: u32 = 8;

/// Follows how chunks come.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the last chunk was done with, or the pause after it over.
    asked: Duration,
    /// Fast ones, up to [`STREAK`].
    streak: u32,
}

impl Pace {
    /// A chunk has come at `now`.
    pub(super) fn received(&mut self, now: Duration, length: u32) {
        let is_fast = length < LARGE && now.saturating_sub(self.asked) < FAST;
        self.streak = if is_fast {
            STREAK.min(self.streak + 1)
        } else {
            self.streak / 2
        };
        self.asked = now;
    }

    /// Whether to pause before the next chunk is asked for.
    pub(super) fn wants_pause(&self) -> bool {
        self.streak >= STREAK
    }

    /// The pause is over: a stream that is still fast has something there at once.
    pub(super) fn resumed(&mut self, now: Duration) {
        self.asked = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds chunks that become available at the given interval; how often there was a pause, and
    /// how often a chunk was read.
    fn play(interval: Duration, length: u32, time: Duration) -> (u32, u32) {
        play_by_clock(interval, length, time, Duration::from_nanos(1))
    }

    /// The same where the clock has a grain.
    fn play_by_clock(
        interval: Duration,
        length: u32,
        time: Duration,
        grain: Duration,
    ) -> (u32, u32) {
        let read =
            |now: Duration| grain * u32::try_from(now.as_nanos() / grain.as_nanos()).unwrap();
        let mut pace = Pace::default();
        let (mut pauses, mut reads) = (0, 0);
        let mut now = Duration::ZERO;
        let mut next = interval;
        while now < time {
            now = now.max(next);
            // Whatever has arrived by now is one chunk.
            let mut chunk = 0;
            while next <= now {
                chunk += length;
                next += interval;
            }
            reads += 1;
            pace.received(read(now), chunk);
            if pace.wants_pause() {
                pauses += 1;
                now += PAUSE;
                pace.resumed(read(now));
            }
        }
        (pauses, reads)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_thousand_a_second_are_read_by_the_frame() {
        let (pauses, reads) = play(Duration::from_millis(1), 60, SECOND);
        assert!(pauses > 50, "{pauses}");
        assert!(reads < 100, "{reads}");
    }

    #[test]
    fn a_clock_of_whole_milliseconds_is_good_enough() {
        let interval = Duration::from_micros(1037);
        let (_, reads) = play_by_clock(interval, 60, SECOND, Duration::from_millis(1));
        assert!(reads < 100, "{reads}");
        let interval = Duration::from_micros(3037);
        let (pauses, _) = play_by_clock(interval, 60, SECOND, Duration::from_millis(1));
        assert_eq!(pauses, 0);
    }

    #[test]
    fn a_hundred_a_second_are_read_as_they_come() {
        assert_eq!(play(Duration::from_millis(10), 60, SECOND).0, 0);
        assert_eq!(play(Duration::from_millis(3), 60, SECOND).0, 0);
    }

    #[test]
    fn what_flows_is_not_held_up() {
        assert_eq!(play(Duration::from_micros(100), LARGE, SECOND).0, 0);
        // Small as they are sent: as soon as a pause has made a large one of them there is none.
        let (pauses, reads) = play(Duration::from_micros(10), 100, SECOND / 10);
        assert!(pauses < reads / 4, "{pauses} of {reads}");
    }

    #[test]
    fn a_stream_that_slows_down_is_not_waited_for() {
        let mut pace = Pace::default();
        let mut now = Duration::ZERO;
        for _ in 0..20 {
            now += Duration::from_millis(1);
            pace.received(now, 60);
        }
        assert!(pace.wants_pause());
        pace.resumed(now + PAUSE);
        pace.received(now + PAUSE + 3 * FAST, 60);
        assert!(!pace.wants_pause());
    }
}
