//! The fixed place where a call leaves what does not fit into its return value.

/// As many as the longest answer has.
const WORDS: usize = 9;

/// Where an answer's own numbers begin; before them is where its text and its records lie.
const FIRST: usize = 3;

/// Numbers that JavaScript reads as a `Float64Array`, and the text and the records they speak of.
#[derive(Default)]
pub(crate) struct Words {
    /// On the heap, so that their address never changes.
    numbers: Box<[f64; WORDS]>,
    /// UTF-8; read by one `TextDecoder` call.
    pub(crate) text: String,
    /// Read as an `Int32Array`.
    pub(crate) records: Vec<i32>,
}

impl Words {
    pub(crate) fn address(&self) -> usize {
        self.numbers.as_ptr().addr()
    }

    /// Leaves numbers and says where the text lies.
    pub(crate) fn leave<const COUNT: usize>(&mut self, numbers: [f64; COUNT]) {
        self.numbers[FIRST..FIRST + COUNT].copy_from_slice(&numbers);
        self.tell();
    }

    /// Says where other bytes lie than those of the text.
    #[cfg(feature = "tabs")]
    #[allow(clippy::cast_precision_loss)] // Addresses and lengths have 32 bits.
    pub(crate) fn point_at(&mut self, bytes: &[u8]) {
        self.numbers[0] = bytes.as_ptr().addr() as f64;
        self.numbers[1] = bytes.len() as f64;
    }

    /// Says where the text lies, in the first two words, and where the records, in the third.
    #[allow(clippy::cast_precision_loss)] // Addresses and lengths have 32 bits.
    pub(crate) fn tell(&mut self) {
        self.numbers[0] = self.text.as_ptr().addr() as f64;
        self.numbers[1] = self.text.len() as f64;
        self.numbers[2] = self.records.as_ptr().addr() as f64;
    }
}
