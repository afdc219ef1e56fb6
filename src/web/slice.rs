//! Decides how much work to do before the browser gets a turn.

use core::time::Duration;

/// How long the page is kept busy before the browser gets a turn. A frame of 16 ms has room for one slice and
/// for the browser's own work between two.
const SLICE: Duration = Duration::from_millis(6);

/// The time that a piece should take at most, since the clock is read only between pieces.
const PIECE_TIME: Duration = Duration::from_millis(2);

/// The size limits of a piece, in bytes, whatever its bytes cost.
pub(super) const LARGEST_PIECE: u32 = 64 * 1024;
const SMALLEST_PIECE: u32 = 4 * 1024;

/// The time used since the browser's last turn, and the expected cost of the next piece.
#[derive(Debug, Default)]
pub(super) struct Slice {
    busy: Duration,
    /// The time per byte, in nanoseconds: a moving average, since clocks may be coarser than a piece.
    cost: f64,
}

impl Slice {
    /// Records a piece: the time it took to deliver, and for its subscribers to read it.
    pub(super) fn worked(&mut self, bytes: usize, time: Duration) {
        self.busy += time;
        // A few bytes still cost a whole piece's overhead, so their cost per byte would mislead.
        #[allow(clippy::cast_precision_loss)] // An estimate.
        let bytes = bytes.max(SMALLEST_PIECE as usize) as f64;
        #[allow(clippy::cast_precision_loss)]
        let cost = time.as_nanos() as f64 / bytes;
        self.cost += (cost - self.cost) / 4.0;
    }

    /// Whether another piece would make the slice too long.
    pub(super) fn is_over(&self) -> bool {
        self.busy + self.expected(self.piece()) > SLICE
    }

    /// Starts a new slice after the browser had a turn.
    pub(super) fn begin(&mut self) {
        self.busy = Duration::ZERO;
    }

    /// Returns the size of the next piece.
    pub(super) fn piece(&self) -> u32 {
        if self.expected(LARGEST_PIECE) <= PIECE_TIME {
            return LARGEST_PIECE;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Below `LARGEST_PIECE`.
        let affordable = (PIECE_TIME.as_secs_f64() * 1e9 / self.cost) as u32;
        affordable.max(SMALLEST_PIECE)
    }

    fn expected(&self, bytes: u32) -> Duration {
        Duration::try_from_secs_f64(self.cost * f64::from(bytes) / 1e9).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// Processes pieces whose bytes cost `nanoseconds` each. Returns the lengths of the slices.
    fn slices(nanoseconds: u32) -> Vec<Duration> {
        let mut slice = Slice::default();
        let mut lengths = Vec::new();
        for _ in 0..1000 {
            let piece = slice.piece();
            slice.worked(
                piece as usize,
                piece * Duration::from_nanos(nanoseconds.into()),
            );
            if slice.is_over() {
                lengths.push(slice.busy);
                slice.begin();
            }
        }
        lengths
    }

    #[test]
    fn a_slice_is_as_long_as_it_may_be_and_no_longer() {
        for nanoseconds in [1, 5, 30, 100, 400] {
            let slices = slices(nanoseconds);
            assert!(slices.len() > 2, "{nanoseconds} ns");
            // The first slices calibrate the estimate.
            for length in &slices[slices.len() / 2..] {
                assert!(*length <= SLICE, "{nanoseconds} ns: {length:?}");
                assert!(*length >= SLICE / 2, "{nanoseconds} ns: {length:?}");
            }
        }
    }

    #[test]
    fn what_is_dear_comes_in_small_pieces() {
        let mut slice = Slice::default();
        assert_eq!(slice.piece(), LARGEST_PIECE);
        for _ in 0..50 {
            slice.worked(LARGEST_PIECE as usize, 8 * MILLISECOND);
        }
        let quarter = LARGEST_PIECE / 4;
        assert!((quarter - 200..quarter + 200).contains(&slice.piece()));
        slice.worked(SMALLEST_PIECE as usize, Duration::from_hours(1));
        assert_eq!(slice.piece(), SMALLEST_PIECE);
    }

    #[test]
    fn small_chunks_say_little_about_large_ones() {
        let mut slice = Slice::default();
        for _ in 0..100 {
            slice.worked(40, MILLISECOND / 20);
            slice.begin();
        }
        assert!(slice.piece() >= LARGEST_PIECE / 2, "{slice:?}");
    }

    #[test]
    fn a_clock_that_stands_still_stops_nothing() {
        let mut slice = Slice::default();
        for _ in 0..100 {
            slice.worked(LARGEST_PIECE as usize, Duration::ZERO);
        }
        assert!(!slice.is_over());
        assert_eq!(slice.piece(), LARGEST_PIECE);
    }
}
