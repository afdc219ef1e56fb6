//! The tally of a reader.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::payload::Payload;

/// A count and a sum over the payloads, so that no reader can skip decoding.
#[derive(Clone, Copy, Debug, Default)]
#[wasm_bindgen]
pub struct Tally {
    /// The number of events.
    #[wasm_bindgen(readonly)]
    pub count: u32,
    /// The sum of their payloads' weights.
    #[wasm_bindgen(readonly)]
    pub sum: f64,
}

impl Tally {
    pub(crate) fn take(&mut self, event: &impl Payload) {
        self.count += 1;
        self.sum += event.weight();
    }
}
