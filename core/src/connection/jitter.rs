//! Random numbers for the backoff, from a seed that the edge passes in.

use core::time::Duration;

/// The `SplitMix64` generator: random enough to keep clients apart, and repeatable in tests.
#[derive(Clone, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub(crate) const fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns the next number in 0..1.
    pub(crate) fn next(&mut self) -> f64 {
        let z = self.next_bits();
        // A jitter needs no more than the upper 32 bits, and they convert without loss.
        f64::from((z >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
    }

    /// Returns a random fraction of a time.
    pub(crate) fn part(&mut self, whole: Duration) -> Duration {
        part(whole, self.next())
    }
}

/// Returns a fraction of a time; `fraction` lies in 0..1. The calculation uses microseconds:
/// `Duration::mul_f64` would add half a kilobyte of code.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The cast saturates.
pub(crate) fn part(whole: Duration, fraction: f64) -> Duration {
    Duration::from_micros((whole.as_secs_f64() * 1e6 * fraction) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_the_interval() {
        let mut jitter = Jitter::new(7);
        let numbers: Vec<f64> = (0..10_000).map(|_| jitter.next()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        for tenth in 0..10 {
            let from = f64::from(tenth) / 10.0;
            let within = from..from + 0.1;
            let count = numbers.iter().filter(|&n| within.contains(n)).count();
            assert!((850..1150).contains(&count), "{count} numbers from {from}");
        }
    }
}
