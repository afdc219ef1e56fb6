//! The fixed place where a call leaves what does not fit into its return value.

/// As many as the longest answer has.
const WORDS: usize = 9;

/// Numbers that JavaScript reads as a `Float64Array`, and the text and the records they speak of.
#[derive(Default)]
pub(super) struct Words {
    /// On the heap, so that their address never changes.
    numbers: Box<[f64; WORDS]>,
    /// UTF-8; read by one `TextDecoder` call.
    pub(super) text: String,
    /// Read as an `Int32Array`.
    pub(super) records: Vec<u32>,
}

impl Words {
    pub(super) fn address(&self) -> usize {
        self.numbers.as_ptr().addr()
    }

    pub(super) fn set(&mut self, place: usize, number: f64) {
        self.numbers[place] = number;
    }

    #[cfg(all(test, feature = "mux"))]
    pub(super) fn get(&self, place: usize) -> f64 {
        self.numbers[place]
    }

    /// Says where something else lies than the text.
    #[cfg(feature = "tabs")]
    #[allow(clippy::cast_precision_loss)] // Addresses and lengths have 32 bits.
    pub(super) fn point_at(&mut self, bytes: &[u8]) {
        self.set(0, bytes.as_ptr().addr() as f64);
        self.set(1, bytes.len() as f64);
    }

    /// Says where the text lies, in the first two words, and where the records, in the third.
    #[allow(clippy::cast_precision_loss)] // Addresses and lengths have 32 bits.
    pub(super) fn tell(&mut self) {
        self.set(0, self.text.as_ptr().addr() as f64);
        self.set(1, self.text.len() as f64);
        self.set(2, self.records.as_ptr().addr() as f64);
    }
}
