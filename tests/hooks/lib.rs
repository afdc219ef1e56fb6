//! The examples of the hooks' docs, compiled as doc tests. `wasm-pack test` also wants a library; the tests
//! are in `tests`.

/// The examples for Dioxus.
#[cfg(doctest)]
#[doc = include_str!("../../docs/dioxus.md")]
pub struct Dioxus;

/// The examples for Leptos.
#[cfg(doctest)]
#[doc = include_str!("../../docs/leptos.md")]
pub struct Leptos;

/// The examples for Yew.
#[cfg(doctest)]
#[doc = include_str!("../../docs/yew.md")]
pub struct Yew;
