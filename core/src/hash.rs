//! Hash maps whose iteration order depends only on their keys and the order of insertion.
//!
//! Iteration order decides which subscriber is told first and which name is dropped. With a random seed for
//! each map, a simulation's seed would not reproduce its schedule.
//!
//! The names come from the page itself and the IDs from its own server, so no attacker gains by colliding
//! keys. A plain hash is enough, at a tenth of the code size of the standard library's.

use core::hash::{BuildHasherDefault, Hash, Hasher};

/// A hash map that iterates in the same order after the same insertions.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mixer>>;

/// Returns the hash of a text.
pub(crate) fn hash_of(text: &str) -> u64 {
    let mut mixer = Mixer::default();
    text.hash(&mut mixer);
    mixer.finish()
}

/// Mixes eight bytes at a time. Each multiplication spreads the bits upwards, and each rotation moves the
/// upper bits down.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mixer(u64);

/// An odd number without a pattern in its bits: 2⁶⁴ divided by the golden ratio.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Mixer {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn finish(&self) -> u64 {
        // `HashMap` picks the bucket by the lower bits, which are the least mixed.
        (self.0 ^ (self.0 >> 32))
            .wrapping_mul(FACTOR)
            .rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use super::hash_of;

    /// Returns the size of the fullest bucket, with as many buckets as texts, chosen by some bits of the
    /// hashes.
    fn fullest(texts: &[String], bits: impl Fn(u64) -> u64) -> usize {
        let mut places = vec![0; texts.len()];
        for text in texts {
            let place = bits(hash_of(text)) % texts.len() as u64;
            places[usize::try_from(place).expect("few")] += 1;
        }
        places.into_iter().max().unwrap_or_default()
    }

    #[test]
    fn names_that_differ_by_a_number_are_spread_as_if_at_random() {
        const COUNT: u64 = 1 << 16;
        let names = [
            |number| format!("{number}"),
            |number| format!("prices:{number}"),
            |number| format!("room-{number:08}/messages"),
            |number| format!("{:x}-0", number << 20),
        ];
        for name in names {
            let texts: Vec<String> = (0..COUNT).map(name).collect();
            // The fullest of 65 536 buckets would have 8 or 9 texts with random hashes.
            assert!(fullest(&texts, |hash| hash) <= 12, "lower bits");
            assert!(fullest(&texts, |hash| hash >> 41) <= 12, "upper bits");
        }
    }
}
