//! Opening and closing a source, and the handles that hold it open.

use core::time::Duration;

use everstream::{EventSource, ReadyState, State, Transport, TransportKind};
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::on_both_transports;
use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, each_once, ms, numbers, seconds, source, until, within};

async fn endless() -> Scenario {
    Scenario::new(json!({
        "events": 1_000_000,
        "intervalMs": 20,
        "attempts": [{ "kind": "serve" }],
    }))
    .await
}

fn is_open(state: &State) -> bool {
    matches!(state, State::Open { .. })
}

/// Allocates garbage for `time`, so that the engine collects.
async fn litter(time: Duration) {
    let start = js_sys::Date::now();
    while js_sys::Date::now() - start < time.as_secs_f64() * 1000.0 {
        for number in 0..20_000 {
            drop(js_sys::Array::of1(&number.into()));
        }
        TimeoutFuture::new(10).await;
    }
}

on_both_transports! {
    async fn dropping_the_last_handle_closes_the_connection(transport: Transport) {
        let scenario = endless().await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let mut ticks = source.on::<Tick>("tick");
        drop(source);
        within(seconds(10), "an event: the subscription holds the source", ticks.next()).await;
        assert_eq!(scenario.report().await.active, 1);
        drop(ticks);
        eventually("the server sees the close", || scenario.report(), |report| report.active == 0).await;
    }

    // In WebKit a signal aborts nothing once its `Request` has been collected.
    async fn dropping_after_garbage_was_collected(transport: Transport) {
        let scenario = Scenario::with(10, json!([{ "kind": "serve", "stopAfter": 5, "stop": "silence" }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let mut ticks = source.on::<Tick>("tick");
        for _ in 0..5 {
            within(seconds(10), "an event", ticks.next()).await;
        }
        litter(ms(1000)).await;
        drop((source, ticks));
        eventually("the server sees the close", || scenario.report(), |report| report.active == 0).await;
    }

    async fn dropping_after_a_redirect_closes_the_connection(transport: Transport) {
        let target = endless().await;
        let scenario = Scenario::with(0, json!([{ "kind": "redirect", "status": 307, "to": target.url() }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let mut ticks = source.on::<Tick>("tick");
        within(seconds(10), "an event", ticks.next()).await;
        drop((source, ticks));
        eventually("the server sees the close", || target.report(), |report| report.active == 0).await;
    }

    async fn dropping_while_it_connects(transport: Transport) {
        let scenario = Scenario::with(1, json!([{ "kind": "hang" }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        eventually("the request has arrived", || scenario.report(), |report| report.active == 1).await;
        drop(source);
        eventually("the server sees the close", || scenario.report(), |report| report.active == 0).await;
    }

    async fn close_ends_the_streams(transport: Transport) {
        let scenario = endless().await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let ticks = source.on::<Tick>("tick");
        let mut states = source.states();
        until(&mut states, "it opens", is_open).await;
        source.close();
        assert_eq!(source.ready_state(), ReadyState::Closed);
        assert!(all(ticks).await.iter().all(Result::is_ok));
        assert!(matches!(states.next().await, Some(State::Closed { error: None })));
        assert!(states.next().await.is_none());
        assert!(all(source.on::<Tick>("tick")).await.is_empty(), "a late subscriber ends at once");
        eventually("the server sees the close", || scenario.report(), |report| report.active == 0).await;
    }

    async fn reconnecting_by_hand_resumes(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 60,
            "intervalMs": 10,
            "attempts": [{ "kind": "serve" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let mut ticks = source.on::<Tick>("tick");
        let first = within(seconds(10), "an event", ticks.next()).await;
        assert_eq!(first.expect("an item").expect("a tick").n, 1);
        source.reconnect();
        assert_eq!(numbers(ticks).await, (2..=60).collect::<Vec<_>>());
    }

    async fn the_states_tell_the_story(transport: Transport) {
        let scenario = Scenario::with(4, json!([{ "kind": "serve", "stopAfter": 2 }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let ticks = source.on::<Tick>("tick");
        assert_eq!(source.ready_state(), ReadyState::Connecting);
        let states: Vec<State> = within(seconds(30), "it closes", source.states().collect()).await;
        assert_eq!(numbers(ticks).await, each_once(4));
        let story: Vec<&str> = states
            .iter()
            .map(|state| match state {
                State::Idle => "idle",
                State::Connecting { .. } => "connecting",
                State::Open { resumed, .. } if resumed.is_resumed() => "resumed",
                State::Open { .. } => "open",
                State::Waiting { .. } => "waiting",
                State::Closed { error: None } => "closed",
                _ => "other",
            })
            .collect();
        assert_eq!(story[..3], ["idle", "connecting", "open"]);
        assert!(story.windows(3).any(|window| window == ["waiting", "connecting", "resumed"]), "{story:?}");
        assert_eq!(story.last(), Some(&"closed"));
    }

    async fn it_counts(transport: Transport) {
        let scenario = Scenario::with(10, json!([{ "kind": "serve", "stopAfter": 5 }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(10));
        let stats = source.stats();
        assert_eq!(stats.events, 10);
        assert_eq!(stats.opened, 2);
        assert!(stats.attempts >= 3, "{stats:?}");
        assert!(stats.bytes >= 70, "{stats:?}");
        assert_eq!(stats.lagged, 0);
        assert!(stats.silent_for.is_some_and(|silent_for| silent_for < seconds(30)));
        assert!(stats.last_error.is_some());
    }
}

#[wasm_bindgen_test]
async fn auto_takes_native_where_native_will_do() {
    let scenario = endless().await;
    let source = EventSource::new(scenario.url()).expect("a source");
    let _ticks = source.on::<Tick>("tick");
    let state = until(&mut source.states(), "it opens", is_open).await;
    assert!(matches!(
        state,
        State::Open {
            transport: TransportKind::Native,
            ..
        }
    ));
}

#[wasm_bindgen_test]
async fn auto_takes_fetch_where_native_will_not_do() {
    let scenario = endless().await;
    let header = EventSource::builder(scenario.url())
        .header("x-a", "b")
        .build()
        .expect("a source");
    let heartbeat = EventSource::builder(scenario.url())
        .heartbeat_timeout(seconds(30))
        .build()
        .expect("a source");
    let raw = EventSource::new(scenario.url()).expect("a source");
    let _raw = raw.raw().expect("raw events");
    for source in [&header, &heartbeat, &raw] {
        let state = until(&mut source.states(), "it opens", is_open).await;
        assert!(
            matches!(
                state,
                State::Open {
                    transport: TransportKind::Fetch,
                    ..
                }
            ),
            "{state:?}"
        );
    }
}

#[wasm_bindgen_test]
async fn auto_changes_to_fetch_when_a_subscriber_needs_it() {
    let scenario = endless().await;
    let source = EventSource::new(scenario.url()).expect("a source");
    let mut ticks = source.on::<Tick>("tick");
    let mut states = source.states();
    until(&mut states, "it opens", is_open).await;
    let first = within(seconds(10), "an event", ticks.next())
        .await
        .expect("an item")
        .expect("a tick")
        .n;
    let mut raw = source.raw().expect("raw events");
    within(seconds(10), "a raw event", raw.next()).await;
    assert!(matches!(
        source.state(),
        State::Open {
            transport: TransportKind::Fetch,
            ..
        }
    ));
    let numbers: Vec<u64> = ticks
        .take(30)
        .map(|tick| tick.expect("a tick").n)
        .collect()
        .await;
    assert_eq!(
        numbers,
        (first + 1..=first + 30).collect::<Vec<_>>(),
        "nothing lost by the change"
    );
}

#[wasm_bindgen_test]
async fn opening_and_closing_many_times_leaves_nothing_open() {
    let scenario = endless().await;
    for round in 0..50 {
        let transport = if round % 2 == 0 {
            Transport::Native
        } else {
            Transport::Fetch
        };
        let source = source(&scenario.url(), transport)
            .build()
            .expect("a source");
        let mut ticks = source.on::<Tick>("tick");
        within(seconds(10), "an event", ticks.next()).await;
    }
    eventually(
        "all are closed",
        || scenario.report(),
        |report| report.active == 0,
    )
    .await;
    assert_eq!(scenario.report().await.attempts.len(), 50);
}
