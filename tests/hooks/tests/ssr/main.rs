//! The hooks open nothing when they render on a server.
#![cfg(not(target_arch = "wasm32"))]

mod dioxus;
mod leptos;
mod yew;
