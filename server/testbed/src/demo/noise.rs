//! Pseudo-random variation that is the same in every run.

/// A xorshift generator: the demo needs variation, not unpredictability.
#[derive(Debug)]
pub(super) struct Noise(u32);

impl Noise {
    pub(super) fn new() -> Self {
        Self(0x9E37_79B9)
    }

    /// Returns a number below `bound`, which must not be zero.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % bound
    }

    /// Returns one of the items, of which there must be at least one.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let bound = u32::try_from(items.len()).unwrap_or(u32::MAX);
        &items[self.below(bound) as usize]
    }
}
