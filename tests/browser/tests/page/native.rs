//! What only the native `EventSource` does.

use everstream::{EventSource, Resumed, State, Transport, TransportKind};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Scenario, Tick, each_once, numbers, until};

/// With the default policy a lost native connection is first left to the browser, which sends the
/// position by header and without a preflight, so that every server understands it.
#[wasm_bindgen_test]
async fn the_browser_s_own_reconnect_sends_the_header() {
    let scenario = Scenario::new(json!({
        "events": 9,
        "preflight": "refuse",
        "attempts": [{ "kind": "serve", "stopAfter": 5 }, { "kind": "serve" }],
    }))
    .await;
    let source = EventSource::builder(scenario.url())
        .transport(Transport::Native)
        .build()
        .expect("a source");
    let ticks = source.on::<Tick>("tick");
    let mut states = source.states();
    until(&mut states, "the browser reconnects", |state| {
        matches!(state, State::Waiting { retry_in: None, .. })
    })
    .await;
    until(&mut states, "it resumes", |state| {
        matches!(
            state,
            State::Open {
                transport: TransportKind::Native,
                resumed: Resumed::Asked,
                ..
            }
        )
    })
    .await;
    let report = scenario.report().await;
    let resumed = &report.attempts[1];
    assert_eq!(
        resumed.headers.get("last-event-id").map(String::as_str),
        Some("5")
    );
    assert_eq!(resumed.query, "");
    assert_eq!(report.preflights, 0);
    assert_eq!(numbers(ticks).await, each_once(9));
}
