//! Durations that tests compare.

use core::time::Duration;
use std::time::Instant;

/// How often the work is done.
const ROUNDS: usize = 5;

/// Does the work several times. Returns its last result and its shortest duration: a machine that is busy with
/// something else lengthens some rounds, but not all.
pub(crate) fn fastest<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let mut shortest = Duration::MAX;
    let mut timed = || {
        let began = Instant::now();
        let result = work();
        shortest = shortest.min(began.elapsed());
        result
    };
    for _ in 1..ROUNDS {
        timed();
    }
    (timed(), shortest)
}
