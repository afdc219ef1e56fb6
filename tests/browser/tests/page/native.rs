//! Behaviour of the native `EventSource` alone.

use everstream::{
    Error, EventSource, EventSourceBuilder, OnEnd, Overflow, ReferrerPolicy, RequestCache,
    RequestCredentials, RequestRedirect, Resumed, State, Transport, TransportKind,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, each_once, numbers, seconds, until, within};

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

type Change = fn(EventSourceBuilder) -> EventSourceBuilder;

/// The options that the native `EventSource` can't fulfil.
const BEYOND_NATIVE: [(&str, Change); 10] = [
    ("header", |builder| builder.header("x-a", "b")),
    ("accept_when", |builder| builder.accept_when(|_| true)),
    ("redirect", |builder| {
        builder.redirect(RequestRedirect::Error)
    }),
    ("credentials", |builder| {
        builder.credentials(RequestCredentials::Omit)
    }),
    ("cache", |builder| builder.cache(RequestCache::NoCache)),
    ("referrer_policy", |builder| {
        builder.referrer_policy(ReferrerPolicy::NoReferrer)
    }),
    ("buffer", |builder| {
        builder.buffer(4, Overflow::Backpressure)
    }),
    ("on_end", |builder| builder.on_end(OnEnd::Close)),
    ("deliver_unfinished", |builder| {
        builder.deliver_unfinished(true)
    }),
    ("max_event_size", |builder| builder.max_event_size(1000)),
];

async fn transport_of(change: Change) -> TransportKind {
    let scenario = Scenario::of(1).await;
    let source = change(EventSource::builder(scenario.url()))
        .build()
        .expect("a source");
    let mut states = source.states();
    let is_open = |state: &State| matches!(state, State::Open { .. });
    let open = until(&mut states, "the source opens", is_open).await;
    let State::Open { transport, .. } = open else {
        unreachable!("it was waited for")
    };
    transport
}

/// Such an option would otherwise be ignored without a word by a source that leaves the transport to the library.
#[wasm_bindgen_test]
async fn an_option_that_is_beyond_native_is_served_by_fetch() {
    assert_eq!(transport_of(|builder| builder).await, TransportKind::Native);
    for (name, change) in BEYOND_NATIVE {
        assert_eq!(transport_of(change).await, TransportKind::Fetch, "{name}");
        let native = change(EventSource::builder("/stream").transport(Transport::Native)).build();
        assert!(
            matches!(native, Err(Error::InvalidOption { .. })),
            "{name}: {native:?}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_clean_end_is_the_end_whatever_the_transport_would_be() {
    let scenario = Scenario::of(3).await;
    let source = EventSource::builder(scenario.url())
        .on_end(OnEnd::Close)
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    assert!(items.iter().all(Result::is_ok), "{items:?}");
    assert_eq!(items.len(), 3);
    assert_eq!(scenario.report().await.attempts.len(), 1);
}
