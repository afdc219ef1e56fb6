//! Measurement in turns.

use crate::clock::now;

/// The most and the fewest measured rounds. The first round isn't measured.
pub(crate) const ROUNDS: usize = 21;
const FEWEST_ROUNDS: usize = 5;

/// How long a comparison may go on after the fewest rounds, in seconds.
const PATIENCE: f64 = 4.0;

/// A contender that takes longer than this, in seconds, is measured once: it is clearly slow.
const SLOW: f64 = 1.5;

/// The times of a contender, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) median: f64,
    pub(crate) fastest: f64,
    pub(crate) slowest: f64,
}

impl Times {
    fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_unstable_by(f64::total_cmp);
        Self {
            median: rounds[rounds.len() / 2],
            fastest: rounds[0],
            slowest: rounds[rounds.len() - 1],
        }
    }

    /// Returns the times divided by a count, such as per event.
    pub(crate) fn per(self, count: f64) -> Self {
        Self {
            median: self.median / count,
            fastest: self.fastest / count,
            slowest: self.slowest / count,
        }
    }
}

/// Times each of `count` contenders, which take turns. `turn` runs the one with the given number.
pub(crate) fn interleaved(count: usize, mut turn: impl FnMut(usize)) -> Vec<Times> {
    // The first round warms up, and counts only for a slow contender. It touches pages, fills caches and
    // branch predictors, and compiles wasm.
    let mut slow = vec![false; count];
    let mut rounds = vec![Vec::new(); count];
    for contender in 0..count {
        let time = timed(|| turn(contender));
        if time > SLOW {
            slow[contender] = true;
            rounds[contender].push(time);
        }
    }
    let start = now();
    for round in 0..ROUNDS {
        if round >= FEWEST_ROUNDS && now() - start > PATIENCE {
            break;
        }
        for step in 0..count {
            // The first contender rotates, so that the order favours none.
            let contender = (round + step) % count;
            if !slow[contender] {
                rounds[contender].push(timed(|| turn(contender)));
            }
        }
    }
    rounds.into_iter().map(Times::of).collect()
}

fn timed(what: impl FnOnce()) -> f64 {
    let start = now();
    what();
    now() - start
}
