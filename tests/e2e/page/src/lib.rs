//! What the end-to-end tests find on their page: sources that are watched, and sources that are
//! opened and dropped many times over.
//!
//! The tests drive it from outside the browser, by the `*.test.mjs` beside it, since a page can
//! neither freeze nor hide itself.

pub mod contract;
pub mod cycle;
mod ledger;
pub mod mux_watch;
mod options;
pub mod watch;

use wasm_bindgen::prelude::wasm_bindgen;

/// What the test server's events carry.
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
