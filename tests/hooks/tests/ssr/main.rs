//! The hooks when rendering on a server: nothing is opened.
#![cfg(not(target_arch = "wasm32"))]

mod dioxus;
mod leptos;
mod yew;
