//! The tests are in `tests`. Here are the examples of the docs, which compile, and a library, because
//! `wasm-pack test` wants one.

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
