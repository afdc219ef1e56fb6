//! Everstream in a real page, against real servers.
#![cfg(target_arch = "wasm32")]

mod answers;
mod bad_input;
mod baseline;
mod faults;
mod gaps;
mod hostile;
mod http;
mod js;
mod lifecycle;
mod mux;
mod mux_protocols;
mod native;
mod once;
mod real_servers;
mod reentry;
mod shared_position;
mod sharing;
mod slow;
mod support;
mod typed;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A program may have one global allocator, so this compiles only while the library installs none.
#[global_allocator]
static ALLOCATOR: std::alloc::System = std::alloc::System;

/// Runs a test once for each transport.
#[macro_export]
macro_rules! on_both_transports {
    ($(async fn $name:ident($transport:ident: Transport) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run($transport: Transport) $body

            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn native() {
                run(Transport::Native).await;
            }

            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn fetch() {
                run(Transport::Fetch).await;
            }
        }
    )*};
}
