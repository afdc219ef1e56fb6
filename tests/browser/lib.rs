//! `wasm-pack test` wants a library, so this empty one exists. The tests are in `tests`.
