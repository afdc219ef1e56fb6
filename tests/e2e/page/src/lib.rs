//! The end-to-end tests' page: sources that record what they do, and sources that are opened and dropped many
//! times.
//!
//! The `*.test.mjs` files beside it drive it from outside the browser, since a page can neither freeze nor
//! hide itself.

pub mod contract;
pub mod cycle;
mod ledger;
pub mod mux_watch;
mod options;
pub mod watch;

use wasm_bindgen::prelude::wasm_bindgen;

/// The data of the test server's events.
#[derive(Debug, serde::Deserialize)]
struct Tick {
    n: u64,
}

/// The type of those events.
const TICK: &str = "tick";

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}
