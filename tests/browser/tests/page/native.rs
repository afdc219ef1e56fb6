//! Behaviour of the native `EventSource` alone.

use everstream::{EventSource, Resumed, State, Transport, TransportKind};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, each_once, numbers, seconds, until, within};

/// With the default policy the browser reconnects a lost native connection first. It sends the last event ID
/// as a header without a preflight, so every server understands it.
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

/// Counts the listeners for one type that the page's native sources have.
const COUNT: &str = "
    globalThis.listeners = { present: 0 };
    const { addEventListener: add, removeEventListener: remove } = EventSource.prototype;
    EventSource.prototype.addEventListener = function (type, ...rest) {
        if (type === 'fleeting') listeners.present += 1;
        return add.call(this, type, ...rest);
    };
    EventSource.prototype.removeEventListener = function (type, ...rest) {
        if (type === 'fleeting') listeners.present -= 1;
        return remove.call(this, type, ...rest);
    };
    listeners.restore = () => {
        delete EventSource.prototype.addEventListener;
        delete EventSource.prototype.removeEventListener;
    };
";

#[wasm_bindgen_test]
async fn a_type_that_nobody_asks_for_any_more_is_not_listened_for() {
    let scenario = Scenario::new(json!({
        "events": 1_000_000,
        "intervalMs": 20,
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let run = |script: &str| js_sys::eval(&format!("{{ {script} }}")).expect("no error");
    run(COUNT);
    let source = EventSource::builder(scenario.url())
        .transport(Transport::Native)
        .build()
        .expect("a source");
    let mut ticks = source.on::<Tick>("tick");
    let fleeting = source.on_text("fleeting");
    let present = || async { run("listeners.present").as_f64() };
    eventually("it listens", present, |present| *present == Some(1.0)).await;
    drop(fleeting);
    eventually("it does not", present, |present| *present == Some(0.0)).await;
    let tick = within(seconds(10), "the others go on", ticks.next()).await;
    assert!(tick.expect("an item").is_ok());
    run("listeners.restore()");
}
