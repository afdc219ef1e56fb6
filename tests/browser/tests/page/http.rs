//! Requests with headers, a method and a body, and responses that refuse them.

use std::cell::RefCell;
use std::rc::Rc;

use everstream::{Error, HeadersRequest, RequestCredentials, State, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Scenario, Tick, all, each_once, numbers, source, until};

#[wasm_bindgen_test]
async fn the_request_is_the_standard_s() {
    let scenario = Scenario::of(1).await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    numbers(source.on::<Tick>("tick")).await;
    let report = scenario.report().await;
    let request = &report.attempts[0];
    assert_eq!(request.method, "GET");
    assert_eq!(request.headers["accept"], "text/event-stream");
    assert_eq!(request.headers["cache-control"], "no-cache");
    assert_eq!(
        report.preflights, 1,
        "only the resuming request has a preflight"
    );
}

#[wasm_bindgen_test]
async fn a_token_that_has_expired_is_refreshed_once() {
    let scenario = Scenario::with(10, json!([{ "kind": "serve", "requireToken": "fresh" }])).await;
    let asked: Rc<RefCell<Vec<HeadersRequest>>> = Rc::default();
    let log = Rc::clone(&asked);
    let source = source(&scenario.url(), Transport::Auto)
        .headers_with(move |request| {
            log.borrow_mut().push(request);
            let token = if request.unauthorized {
                "fresh"
            } else {
                "stale"
            };
            async move { Ok::<_, String>([("authorization", format!("Bearer {token}"))]) }
        })
        .build()
        .expect("a source");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(10));
    let sent: Vec<String> = scenario
        .report()
        .await
        .attempts
        .iter()
        .map(|attempt| attempt.headers["authorization"].clone())
        .collect();
    assert_eq!(sent[..2], ["Bearer stale", "Bearer fresh"]);
    let asked = asked.borrow();
    assert!(!asked[0].unauthorized && asked[1].unauthorized);
}

#[wasm_bindgen_test]
async fn a_token_that_is_never_accepted_closes_the_source() {
    let scenario = Scenario::with(10, json!([{ "kind": "serve", "requireToken": "other" }])).await;
    let source = source(&scenario.url(), Transport::Auto)
        .headers_with(|_| async { Ok::<_, String>([("authorization", "Bearer wrong")]) })
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    let [Err(Error::Response(unexpected))] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(unexpected.response.status, 401);
    assert!(unexpected.excerpt.contains("invalid_token"));
    assert_eq!(scenario.report().await.attempts.len(), 2);
}

#[wasm_bindgen_test]
async fn a_provider_that_fails_is_asked_again() {
    let scenario = Scenario::of(3).await;
    let failed = Rc::new(RefCell::new(false));
    let source = source(&scenario.url(), Transport::Auto)
        .headers_with(move |_| {
            let first = !failed.replace(true);
            async move {
                if first {
                    return Err("the token service is down");
                }
                Ok([("x-token", "a")])
            }
        })
        .build()
        .expect("a source");
    let ticks = source.on::<Tick>("tick");
    let waiting = until(&mut source.states(), "the provider's error", |state| {
        matches!(state, State::Waiting { .. })
    })
    .await;
    let State::Waiting {
        error: Error::Headers { message },
        ..
    } = waiting
    else {
        panic!("{waiting:?}")
    };
    assert_eq!(message, "the token service is down");
    assert_eq!(numbers(ticks).await, each_once(3));
}

#[wasm_bindgen_test]
async fn a_provider_that_gives_a_bad_header_closes_the_source() {
    let scenario = Scenario::of(3).await;
    let source = source(&scenario.url(), Transport::Auto)
        .headers_with(|_| async { Ok::<_, String>([("authorization", "Bearer a\nb")]) })
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    assert!(
        matches!(items[..], [Err(Error::InvalidHeader { .. })]),
        "{items:?}"
    );
    assert!(scenario.report().await.attempts.is_empty());
}

#[wasm_bindgen_test]
async fn a_post_is_sent_once_and_its_end_is_the_end() {
    let scenario = Scenario::new(json!({
        "events": 3,
        "ids": false,
        "method": "POST",
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .method("POST")
        .json(&json!({ "prompt": "hello" }))
        .build()
        .expect("a source");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(3));
    assert!(matches!(source.state(), State::Closed { error: None }));
    let attempts = scenario.report().await.attempts;
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].method, "POST");
    assert_eq!(attempts[0].headers["content-type"], "application/json");
    assert_eq!(attempts[0].body, r#"{"prompt":"hello"}"#);
}

#[wasm_bindgen_test]
async fn a_post_that_is_cut_off_is_not_repeated() {
    let scenario = Scenario::new(json!({
        "events": 5,
        "ids": false,
        "intervalMs": 100,
        "attempts": [{ "kind": "serve", "stopAfter": 2, "stop": "cut" }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .method("POST")
        .body("x")
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    // WebKit reports the cut as a clean end, so a server has to mark the end of its answer there.
    let events = match items.split_last() {
        Some((Err(Error::Disconnected { .. }), events)) => events,
        _ => &items[..],
    };
    assert!(matches!(events, [Ok(_), Ok(_)]), "{items:?}");
    assert_eq!(scenario.report().await.attempts.len(), 1);
}

#[wasm_bindgen_test]
async fn statuses_that_nothing_will_change_close_the_source() {
    for status in [400, 404, 410, 501] {
        let scenario = Scenario::with(
            1,
            json!([{ "kind": "status", "status": status, "body": "no" }]),
        )
        .await;
        let source = source(&scenario.url(), Transport::Fetch)
            .build()
            .expect("a source");
        let items = all(source.on::<Tick>("tick")).await;
        let [Err(error)] = &items[..] else {
            panic!("{items:?}")
        };
        assert_eq!(error.status(), Some(status));
        assert_eq!(scenario.report().await.attempts.len(), 1);
    }
}

#[wasm_bindgen_test]
async fn a_position_from_before_is_resumed_from() {
    let scenario = Scenario::of(10).await;
    let source = source(&scenario.url(), Transport::Auto)
        .last_event_id("6")
        .credentials(RequestCredentials::Omit)
        .build()
        .expect("a source");
    assert_eq!(source.last_event_id(), "6");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, [7, 8, 9, 10]);
    assert_eq!(
        scenario.report().await.attempts[0].last_event_id.as_deref(),
        Some("6")
    );
}

#[wasm_bindgen_test]
async fn a_token_that_expires_while_connected() {
    let scenario = Scenario::new(json!({
        "events": 40,
        "intervalMs": 20,
        "attempts": [
            { "kind": "serve", "requireToken": "first", "endAfterMs": 300 },
            { "kind": "serve", "requireToken": "second" },
        ],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .headers_with(|request| {
            let token = if request.unauthorized {
                "second"
            } else {
                "first"
            };
            async move { Ok::<_, String>([("authorization", format!("Bearer {token}"))]) }
        })
        .build()
        .expect("a source");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(40));
}
