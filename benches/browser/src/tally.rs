//! What a reader has seen.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::payload::Payload;

/// A sum over what the events carry, so that no reader can leave any of them undecoded.
#[derive(Clone, Copy, Debug, Default)]
#[wasm_bindgen]
pub struct Tally {
    /// How many events there were.
    #[wasm_bindgen(readonly)]
    pub count: u32,
    /// The sum of what they carry.
    #[wasm_bindgen(readonly)]
    pub sum: f64,
}

impl Tally {
    pub(crate) fn take(&mut self, event: &impl Payload) {
        self.count += 1;
        self.sum += event.weight();
    }
}
