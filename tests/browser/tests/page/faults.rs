//! Faults between server and client, after each of which every event has arrived exactly once.

use everstream::{Error, EventSource, State, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::on_both_transports;
use crate::support::{
    Duration, Scenario, Tick, all, each_once, ms, numbers, seconds, source, until,
};

on_both_transports! {
    async fn the_server_closes_after_every_7_events(transport: Transport) {
        let scenario = Scenario::with(50, json!([{ "kind": "serve", "stopAfter": 7, "stop": "end" }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(50));
        assert!(scenario.report().await.attempts.len() >= 8);
    }

    async fn the_connection_is_cut_in_the_middle_of_an_event(transport: Transport) {
        // An interval between events, because a browser drops whatever it hasn't delivered when the
        // connection breaks.
        let scenario = Scenario::new(json!({
            "events": 20,
            "intervalMs": 20,
            "attempts": [{ "kind": "serve", "stopAfter": 6, "stop": "cut" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(20));
    }

    async fn the_server_falls_silent_without_closing(transport: Transport) {
        let scenario = Scenario::with(
            10,
            json!([{ "kind": "serve", "stopAfter": 5, "stop": "silence" }, { "kind": "serve" }]),
        )
        .await;
        let heartbeat = ms(1500);
        let source = source(&scenario.url(), transport)
            .heartbeat_timeout(heartbeat)
            .build()
            .expect("a source");
        let ticks = source.on::<Tick>("tick");
        let mut states = source.states();
        let noticed = until(&mut states, "the silence is noticed", |state| matches!(state, State::Waiting { .. })).await;
        let State::Waiting { error: Error::HeartbeatTimeout { silent_for }, .. } = noticed else {
            panic!("{noticed:?}")
        };
        assert!(silent_for >= heartbeat && silent_for <= heartbeat + seconds(1), "{silent_for:?}");
        assert_eq!(numbers(ticks).await, each_once(10));
        // The replacement resumes from the last event before the silence.
        let report = scenario.report().await;
        assert_eq!(report.attempts[1].last_event_id.as_deref(), Some("5"));
        if transport == Transport::Native {
            assert_eq!(report.attempts[1].query, "lastEventId=5");
        }
    }

    async fn busy_for_a_moment(transport: Transport) {
        let scenario = Scenario::with(
            10,
            json!([
                { "kind": "status", "status": 503, "headers": { "Retry-After": "1" }, "body": "busy" },
                { "kind": "serve" },
            ]),
        )
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let ticks = source.on::<Tick>("tick");
        assert_eq!(numbers(ticks).await, each_once(10));
        let attempts = scenario.report().await.attempts;
        // The native source hides the first 503; the fetch that then asks for the reason is served at once.
        if transport == Transport::Fetch {
            let waited = attempts[1].at_ms - attempts[0].at_ms;
            assert!(waited >= 1000.0, "Retry-After was not honoured: {waited} ms");
        }
    }

    async fn busy_for_longer_keeps_the_position(transport: Transport) {
        let scenario = Scenario::with(
            10,
            json!([
                { "kind": "serve", "stopAfter": 4 },
                { "kind": "status", "status": 500, "body": "broken" },
                { "kind": "status", "status": 503, "headers": { "Retry-After": "1" }, "body": "busy" },
                { "kind": "status", "status": 503, "headers": { "Retry-After": "1" }, "body": "busy" },
                { "kind": "serve" },
            ]),
        )
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(10));
        let attempts = scenario.report().await.attempts;
        let waited = attempts[4].at_ms - attempts[3].at_ms;
        assert!(waited >= 1000.0, "Retry-After was not honoured: {waited} ms");
    }

    async fn no_content_is_the_end(transport: Transport) {
        let scenario = Scenario::with(3, json!([{ "kind": "status", "status": 204 }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert!(all(source.on::<Tick>("tick")).await.is_empty());
        assert!(matches!(source.state(), State::Closed { error: None }));
    }

    async fn the_server_never_answers(transport: Transport) {
        let scenario = Scenario::with(5, json!([{ "kind": "hang" }, { "kind": "serve" }])).await;
        let source = source(&scenario.url(), transport)
            .open_timeout(ms(700))
            .build()
            .expect("a source");
        let ticks = source.on::<Tick>("tick");
        let waiting = until(&mut source.states(), "the timeout", |state| matches!(state, State::Waiting { .. })).await;
        assert!(matches!(waiting, State::Waiting { error: Error::OpenTimeout { .. }, .. }), "{waiting:?}");
        assert_eq!(numbers(ticks).await, each_once(5));
    }

    async fn the_headers_come_late(transport: Transport) {
        let scenario = Scenario::with(5, json!([{ "kind": "serve", "delayHeadersMs": 6000 }, { "kind": "status", "status": 204 }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(5));
    }

    async fn nobody_listens_on_the_port(transport: Transport) {
        let source = source("http://127.0.0.1:47999/", transport).build().expect("a source");
        let mut states = source.states();
        until(&mut states, "it goes on trying", |state| matches!(state, State::Waiting { failures: 3, .. })).await;
    }

    async fn another_content_type(transport: Transport) {
        let scenario = Scenario::with(3, json!([{ "kind": "serve", "contentType": "text/html" }])).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let items = all(source.on::<Tick>("tick")).await;
        let [Err(Error::Response(unexpected))] = &items[..] else { panic!("{items:?}") };
        assert_eq!(unexpected.response.status, 200);
        assert_eq!(unexpected.response.header("content-type"), Some("text/html"));
        assert!(unexpected.excerpt.contains("data:"), "{:?}", unexpected.excerpt);
    }

    async fn a_redirect(transport: Transport) {
        let target = Scenario::with(12, json!([{ "kind": "serve", "stopAfter": 6 }])).await;
        let scenario = Scenario::with(0, json!([{ "kind": "redirect", "status": 307, "to": target.url() }])).await;
        // With the default policy the browser reconnects on native and sends the last event ID as a header.
        // This redirect would drop a query parameter.
        let source = EventSource::builder(scenario.url()).transport(transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(12));
    }

    async fn a_reconnect_without_ids_is_a_gap(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 4,
            "ids": false,
            "attempts": [{ "kind": "serve", "stopAfter": 2 }, { "kind": "serve", "stopAfter": 2 }, { "kind": "status", "status": 204 }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let items = all(source.on::<Tick>("tick")).await;
        let kinds: Vec<&str> = items
            .iter()
            .map(|item| match item {
                Ok(_) => "tick",
                Err(Error::Gap { .. }) => "gap",
                Err(_) => "error",
            })
            .collect();
        assert_eq!(kinds, ["tick", "tick", "gap", "tick", "tick"]);
    }
}

#[wasm_bindgen_test]
async fn a_refused_preflight_is_got_round_by_the_query() {
    let scenario = Scenario::new(json!({
        "events": 20,
        "preflight": "refuse",
        "attempts": [{ "kind": "serve", "stopAfter": 6 }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(20));
    let report = scenario.report().await;
    assert!(report.preflights >= 1);
    assert!(
        report.attempts[1].query.ends_with("lastEventId=6"),
        "{:?}",
        report.attempts[1]
    );
}

#[wasm_bindgen_test]
async fn a_refused_preflight_that_cannot_be_got_round_is_named() {
    let scenario = Scenario::new(json!({
        "events": 20,
        "preflight": "refuse",
        "attempts": [{ "kind": "serve", "stopAfter": 6 }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Fetch)
        .last_event_id_param(None)
        .build()
        .expect("a source");
    let _ticks = source.on::<Tick>("tick");
    until(
        &mut source.states(),
        "the error names the preflight",
        |state| {
            matches!(
                state,
                State::Waiting {
                    error: Error::PreflightRefused,
                    ..
                }
            )
        },
    )
    .await;
}

/// The forms that RFC 9110, section 5.6.7, allows for a date, here one minute ahead.
const DATES: [&str; 3] = [
    "date.toUTCString()",
    // `Sunday, 06-Nov-94 08:49:37 GMT`
    "date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' }) + ', '
        + [day, month, year.slice(2)].join('-') + ' ' + time + ' GMT'",
    // `Sun Nov  6 08:49:37 1994`
    "[weekday.slice(0, 3), month, String(Number(day)).padStart(2), time, year].join(' ')",
];

#[wasm_bindgen_test]
async fn retry_after_may_be_a_date() {
    for form in DATES {
        let script = format!(
            "{{ const date = new Date(Date.now() + 60_000);
                const [weekday, day, month, year, time] = date.toUTCString().split(' ');
                {form} }}"
        );
        let began = js_sys::Date::now();
        let date = js_sys::eval(&script).expect("no error").as_string();
        let date = date.expect("a text");
        let refusal = json!({ "kind": "status", "status": 503, "headers": { "Retry-After": date }, "body": "" });
        let scenario = Scenario::with(1, json!([refusal])).await;
        let source = source(&scenario.url(), Transport::Fetch)
            .build()
            .expect("a source");
        let is_waiting = |state: &State| matches!(state, State::Waiting { .. });
        let state = until(&mut source.states(), "it waits", is_waiting).await;
        let State::Waiting { retry_in, .. } = state else {
            panic!("{state:?}")
        };
        let wait = retry_in.expect("a time");
        // A date has whole seconds only, and the response took some time to arrive.
        let until_now = Duration::from_secs_f64((js_sys::Date::now() - began) / 1000.0);
        let least = seconds(59).saturating_sub(until_now);
        // The policy of these tests adds a random part of up to 20 ms.
        let most = seconds(60) + Duration::from_millis(20);
        assert!(least <= wait && wait <= most, "{date}: {wait:?}");
    }
}
