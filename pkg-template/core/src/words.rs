//! The fixed memory in which a call leaves what does not fit into its return value.

/// Length of the longest answer.
const WORDS: usize = 9;

/// Index of an answer's own numbers. The numbers before it locate the answer's text and records.
const FIRST: usize = 3;

/// Numbers that JavaScript reads as a `Float64Array`, and the text and the records they refer to.
#[derive(Default)]
pub(crate) struct Words {
    /// Boxed, so that their address never changes.
    numbers: Box<[f64; WORDS]>,
    /// UTF-8, which JavaScript reads by one `TextDecoder` call.
    pub(crate) text: String,
    /// Numbers that JavaScript reads as an `Int32Array`.
    pub(crate) records: Vec<i32>,
}

impl Words {
    pub(crate) fn address(&self) -> usize {
        self.numbers.as_ptr().addr()
    }

    /// Writes an answer's own numbers, and where its text and its records lie.
    pub(crate) fn leave<const COUNT: usize>(&mut self, numbers: [f64; COUNT]) {
        self.numbers[FIRST..FIRST + COUNT].copy_from_slice(&numbers);
        self.tell();
    }

    /// Writes where other bytes lie, in place of the text.
    #[cfg(feature = "tabs")]
    #[allow(clippy::cast_precision_loss)] // Addresses and lengths have 32 bits.
    pub(crate) fn point_at(&mut self, bytes: &[u8]) {
        self.numbers[0] = bytes.as_ptr().addr() as f64;
        self.numbers[1] = bytes.len() as f64;
    }

    /// Writes where the text lies into the first two words, and where the records lie into the third.
    #[allow(clippy::cast_precision_loss)] // Addresses and lengths have 32 bits.
    pub(crate) fn tell(&mut self) {
        self.numbers[0] = self.text.as_ptr().addr() as f64;
        self.numbers[1] = self.text.len() as f64;
        self.numbers[2] = self.records.as_ptr().addr() as f64;
    }
}
