//! Randomness that a seed repeats: the xorshift64* generator.

use std::ops::RangeInclusive;

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Multiplying spreads neighbouring seeds over the state, which must not be zero.
        let mut random =
            Self((seed ^ 0xA076_1D64_78BD_642F).wrapping_mul(0xE703_7ED1_A0B4_28DB) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        low + (self.next() >> 16) % (high - low + 1)
    }

    /// Returns a random index into a sequence of that length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let last = u64::try_from(length - 1).expect("a length fits");
        usize::try_from(self.within(0..=last)).expect("less than a length")
    }

    /// Returns true once in so many times on average.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.within(1..=times) == 1
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}
