//! Maps whose order depends on what is in them alone.
//!
//! What goes through a map comes out in its order: to whom something is told first, or which name is dropped.
//! Were that drawn anew for each map, a seed would not repeat a simulated schedule.
//!
//! The names are those that the page itself asks for, and the IDs those of its own server. So nobody gains by
//! keys that collide, and a plain hash does, at a tenth of the code of the standard library's.

use core::hash::{BuildHasherDefault, Hash, Hasher};

/// A hash map with one order for the same keys, put in in the same order.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mixer>>;

/// The hash of a text.
pub(crate) fn hash_of(text: &str) -> u64 {
    let mut mixer = Mixer::default();
    text.hash(&mut mixer);
    mixer.finish()
}

/// Mixes eight bytes at a time: each multiplication spreads them over the upper bits, and each rotation brings
/// those down.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mixer(u64);

/// Odd, and without a pattern in its bits: 2⁶⁴ divided by the golden ratio.
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
        // A map takes its place from the lower bits, which are the least mixed.
        (self.0 ^ (self.0 >> 32))
            .wrapping_mul(FACTOR)
            .rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use super::hash_of;

    /// How many texts share the fullest of as many places as there are texts, by some bits of their hashes.
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
            // At random, the fullest of 65 536 places has 8 or 9.
            assert!(fullest(&texts, |hash| hash) <= 12, "lower bits");
            assert!(fullest(&texts, |hash| hash >> 41) <= 12, "upper bits");
        }
    }
}
