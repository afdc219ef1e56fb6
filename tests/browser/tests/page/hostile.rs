//! Hostile servers: memory stays bounded, nothing panics or spins, and input that can't be accepted yields a
//! typed error.

use everstream::{Error, EventSource, RequestRedirect, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::on_both_transports;
use crate::support::scenario::SERVER;
use crate::support::{Scenario, Tick, all, each_once, ms, numbers, quick, source, until};
use everstream::State;

const MIB: u64 = 1024 * 1024;

fn hostile(path: &str) -> EventSource {
    source(&format!("{SERVER}/hostile/{path}"), Transport::Fetch)
        .max_event_size(1024 * 1024)
        .build()
        .expect("a source")
}

/// The size of the whole WebAssembly memory, which never shrinks and so is a high-water mark.
fn memory() -> u64 {
    use wasm_bindgen::JsCast;

    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    u64::from(buffer.byte_length())
}

/// Reads the source to its end, and returns its items and by how many bytes the memory has grown.
async fn growth(source: &EventSource) -> (Vec<Result<Tick, Error>>, u64) {
    let before = memory();
    let items = all(source.on::<Tick>("tick")).await;
    (items, memory() - before)
}

/// Asserts that an event of 100 MiB yields one error and that none of it is kept.
async fn is_skipped(path: &str) {
    let source = hostile(path);
    let mut ticks = source.on::<Tick>("tick");
    let before = memory();
    let first = futures_util::StreamExt::next(&mut ticks).await;
    assert!(
        matches!(first, Some(Err(Error::EventTooLarge(_)))),
        "{first:?}"
    );
    // Reads on until the server closes.
    until(&mut source.states(), "the end", |state| {
        matches!(state, State::Waiting { .. })
    })
    .await;
    let grown = memory() - before;
    assert!(source.stats().bytes >= 99 * MIB);
    assert!(grown <= 4 * MIB, "{grown} bytes");
}

#[wasm_bindgen_test]
async fn an_endless_line() {
    is_skipped("line?mib=100").await;
}

#[wasm_bindgen_test]
async fn an_endless_event() {
    is_skipped("event?mib=100").await;
}

#[wasm_bindgen_test]
async fn a_hundred_mebibytes_of_comments() {
    let source = hostile("comments?mib=100");
    let (items, grown) = growth(&source).await;
    assert!(matches!(items[..], [Ok(Tick { n: 1 })]), "{items:?}");
    assert!(source.stats().bytes >= 99 * MIB);
    assert!(grown <= MIB, "{grown} bytes");
}

#[wasm_bindgen_test]
async fn a_million_ids() {
    let source = hostile("ids");
    let (items, grown) = growth(&source).await;
    assert!(matches!(items[..], [Ok(Tick { n: 1 })]), "{items:?}");
    assert!(grown <= MIB, "{grown} bytes");
}

#[wasm_bindgen_test]
async fn invalid_utf8_throughout() {
    let source = hostile("utf8?mib=5");
    let (items, grown) = growth(&source).await;
    assert!(matches!(items[..], [Ok(Tick { n: 1 })]), "{items:?}");
    assert!(grown <= MIB, "{grown} bytes");
}

on_both_transports! {
    async fn a_reconnection_time_of_zero_does_not_spin(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 1000,
            "retryMs": 0,
            "attempts": [{ "kind": "serve", "stopAfter": 1 }],
        }))
        .await;
        let source = EventSource::builder(scenario.url())
            .transport(transport)
            .retry(quick().initial_delay(ms(100)).max_delay(ms(1000)).jitter(false))
            .build()
            .expect("a source");
        let _ticks = source.on::<Tick>("tick");
        until(&mut source.states(), "some failures", |state| matches!(state, State::Waiting { failures: 5, .. })).await;
        let attempts = scenario.report().await.attempts;
        let times: Vec<f64> = attempts.iter().map(|attempt| attempt.at_ms).collect();
        // Expected waits: 100, 200, 400 and 800 ms. Timers may fire a millisecond early.
        for (pair, delay) in times.windows(2).zip([100.0, 200.0, 400.0, 800.0]) {
            assert!(pair[1] - pair[0] >= delay - 2.0, "{times:?}");
        }
    }

    async fn a_reconnection_time_beyond_all_bounds(transport: Transport) {
        let source = source(&format!("{SERVER}/hostile/retry-huge"), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(1));
    }

    async fn accept_then_close_fifty_times(transport: Transport) {
        let closing = json!({ "kind": "serve", "stopAfter": 0 });
        let mut attempts = vec![closing; 50];
        attempts.push(json!({ "kind": "serve" }));
        let scenario = Scenario::with(3, attempts.into()).await;
        let source = EventSource::builder(scenario.url())
            .transport(transport)
            .retry(quick().initial_delay(ms(5)).max_delay(ms(80)).jitter(false))
            .build()
            .expect("a source");
        let mut ticks = Vec::new();
        for item in all(source.on::<Tick>("tick")).await {
            match item {
                Ok(tick) => ticks.push(tick.n),
                // Without a last event ID the source can't know that the closed connections carried no
                // events.
                Err(Error::Gap { .. }) => assert!(ticks.is_empty()),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(ticks, each_once(3));
        let times: Vec<f64> = scenario.report().await.attempts.iter().map(|attempt| attempt.at_ms).collect();
        let waits: Vec<f64> = times[..51].windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(waits[4..].iter().all(|wait| *wait >= 78.0), "the backoff has grown to its cap: {waits:?}");
    }

    async fn a_redirect_loop(transport: Transport) {
        let scenario = Scenario::with(1, json!([{ "kind": "redirect", "status": 307, "to": "stream" }])).await;
        let source = EventSource::builder(scenario.url())
            .transport(transport)
            .retry(quick().max_attempts(2))
            .build()
            .expect("a source");
        let items = all(source.on::<Tick>("tick")).await;
        assert!(matches!(items[..], [Err(Error::Disconnected { .. })]), "{items:?}");
    }

    async fn a_server_that_resets(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 12,
            "intervalMs": 20,
            "attempts": [{ "kind": "serve", "stopAfter": 5, "stop": "reset" }, { "kind": "drop" }, { "kind": "drop" }, { "kind": "serve" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(12));
    }
}

/// A source without special options would use the native `EventSource`, which follows every redirect.
#[wasm_bindgen_test]
async fn a_redirect_that_is_refused_sends_nothing_elsewhere() {
    let target = Scenario::with(1, json!([{ "kind": "serve" }])).await;
    let redirect = json!([{ "kind": "redirect", "status": 307, "to": target.url() }]);
    let scenario = Scenario::with(0, redirect).await;
    let source = EventSource::builder(scenario.url())
        .redirect(RequestRedirect::Error)
        .retry(quick().max_attempts(2))
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    assert!(
        matches!(items[..], [Err(Error::Disconnected { .. })]),
        "{items:?}"
    );
    assert_eq!(target.report().await.attempts.len(), 0);

    let native = EventSource::builder(scenario.url())
        .redirect(RequestRedirect::Error)
        .transport(Transport::Native)
        .build();
    assert!(
        matches!(native, Err(Error::InvalidOption { .. })),
        "{native:?}"
    );
}

#[wasm_bindgen_test]
async fn headers_with_control_characters_in_the_answer() {
    let scenario = Scenario::with(
        1,
        json!([{ "kind": "status", "status": 404, "headers": { "X-Odd": "a\tb" }, "body": "\u{1}\u{7f}\u{0}no" }]),
    )
    .await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    let [Err(error)] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(error.status(), Some(404));
}
