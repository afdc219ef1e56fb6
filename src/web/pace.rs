//! Decides when to request the next chunk.
//!
//! Requesting a chunk costs a browser more than an event. At a thousand events per second, each a chunk of
//! its own, most of the CPU time goes there. Where small chunks follow that fast, a short pause lets several
//! arrive as one. The pause is at most one frame, so the display stays as fresh. Large chunks and occasional
//! ones never cause a pause, since it would delay them.

use core::time::Duration;

/// The pause: one frame. A quarter of it suffices in Chromium; Firefox needs this much to spend no more on
/// chunks than its own `EventSource` does.
pub(super) const PAUSE: Duration = Duration::from_millis(16);

/// From this size on, a chunk is worth its cost.
const LARGE: u32 = 4096;

/// Chunks count as fast if each arrives within this time. Some clocks tick in whole milliseconds, where one
/// millisecond reads as none or two, so the limit is not a whole number.
const FAST: Duration = Duration::from_micros(2500);

/// After this many fast chunks, a pause precedes each next one. A slow chunk halves the count.
const STREAK: u32 = 8;

/// Tracks how fast chunks arrive.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the last chunk was processed, or the pause after it ended.
    asked: Duration,
    /// The number of fast chunks, up to [`STREAK`].
    streak: u32,
}

impl Pace {
    /// Records a chunk that arrived at `now`.
    pub(super) fn received(&mut self, now: Duration, length: u32) {
        let is_fast = length < LARGE && now.saturating_sub(self.asked) < FAST;
        self.streak = if is_fast {
            STREAK.min(self.streak + 1)
        } else {
            self.streak / 2
        };
        self.asked = now;
    }

    /// Whether to pause before the next chunk is requested.
    pub(super) fn wants_pause(&self) -> bool {
        self.streak >= STREAK
    }

    /// Records the end of a pause. A stream that is still fast has data ready at once.
    pub(super) fn resumed(&mut self, now: Duration) {
        self.asked = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds chunks that become available at the given interval. Returns the number of pauses and of reads.
    fn play(interval: Duration, length: u32, time: Duration) -> (u32, u32) {
        play_by_clock(interval, length, time, Duration::from_nanos(1))
    }

    /// Like [`play`], with a clock of the given grain.
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
            // All data that has arrived by now forms one chunk.
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
        // Small as sent, but a pause merges them into a large chunk, after which there is no pause.
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
