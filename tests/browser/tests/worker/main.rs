//! Everstream in a dedicated worker.
#![cfg(target_arch = "wasm32")]

#[path = "../page/support/mod.rs"]
#[allow(dead_code)] // The page's tests use more of it.
mod support;

use everstream::{State, Transport, TransportKind};
use serde_json::json;
use support::{Scenario, Tick, each_once, ms, numbers, source, until};
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn in_pieces(transport: Transport) {
    let scenario = Scenario::with(20, json!([{ "kind": "serve", "stopAfter": 6 }])).await;
    let source = source(&scenario.url(), transport)
        .build()
        .expect("a source");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(20));
}

#[wasm_bindgen_test]
async fn events_arrive_by_native() {
    in_pieces(Transport::Native).await;
}

#[wasm_bindgen_test]
async fn events_arrive_by_fetch() {
    in_pieces(Transport::Fetch).await;
}

#[wasm_bindgen_test]
async fn silence_is_noticed() {
    let scenario = Scenario::with(
        10,
        json!([{ "kind": "serve", "stopAfter": 5, "stop": "silence" }, { "kind": "serve" }]),
    )
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .heartbeat_timeout(ms(1000))
        .build()
        .expect("a source");
    let ticks = source.on::<Tick>("tick");
    let state = until(&mut source.states(), "it opens", |state| {
        matches!(state, State::Open { .. })
    })
    .await;
    assert!(matches!(
        state,
        State::Open {
            transport: TransportKind::Fetch,
            ..
        }
    ));
    assert_eq!(numbers(ticks).await, each_once(10));
}
