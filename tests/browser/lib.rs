//! The tests are in `tests`; this is empty because `wasm-pack test` wants a library.
