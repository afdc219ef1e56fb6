//! Requests with side effects are sent once, and another request continues their answers.

use core::cell::RefCell;
use std::rc::Rc;

use everstream::{
    Continued, EndReason, Error, EventSource, EventSourceBuilder, MessageEvent, Resumed,
    RetryPolicy, State, UntilEvent,
};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, ms, seconds, source, until, within};
use everstream::Transport;

/// A scenario in which every connection stops after `after` events.
async fn stopping(events: u64, after: u64, how: &str) -> Scenario {
    let attempts = json!([{ "kind": "serve", "stopAfter": after, "stop": how }]);
    Scenario::new(json!({ "events": events, "intervalMs": 10, "attempts": attempts })).await
}

fn ask(scenario: &Scenario, method: &str) -> EventSourceBuilder {
    source(&scenario.url(), Transport::Auto)
        .method(method)
        .header("content-type", "application/json")
        .body(r#"{"prompt":"hi"}"#)
}

/// Separates the good items from the error that ended the stream.
fn split<T>(items: Vec<Result<T, Error>>) -> (Vec<T>, Option<Error>) {
    let (mut good, mut error) = (Vec::new(), None);
    for item in items {
        match item {
            Ok(item) => good.push(item),
            Err(other) => error = Some(other),
        }
    }
    (good, error)
}

#[wasm_bindgen_test]
async fn whatever_breaks_one_request_is_made() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for how in ["end", "cut", "reset"] {
            let scenario = stopping(20, 5, how).await;
            let source = ask(&scenario, method).build().expect("a source");
            let (ticks, error) = split(all(source.on::<Tick>("tick")).await);
            // A browser may discard what it hasn't read when the connection breaks.
            assert!(
                ticks.len() == 5 || how != "end",
                "{method}, {how}: {ticks:?}"
            );
            // WebKit reports a cut as a clean end.
            let lost = matches!(error, Some(Error::Disconnected { .. }));
            assert!(error.is_none() || lost, "{method}, {how}: {error:?}");
            if how == "end" {
                assert!(error.is_none(), "{method}: {error:?}");
                let end = source.end().expect("the server was done");
                assert_eq!(end.reason, EndReason::Body);
            }
            assert!(matches!(source.state(), State::Closed { .. }));
            let report = scenario.report().await;
            assert_eq!(report.attempts.len(), 1, "{method}, {how}");
            assert_eq!(report.attempts[0].method, method);
            assert_eq!(report.attempts[0].body, r#"{"prompt":"hi"}"#);
        }
    }
}

#[wasm_bindgen_test]
async fn no_policy_has_it_made_again_but_for_one_that_is_idempotent() {
    for idempotent in [false, true] {
        let attempts = json!([{ "kind": "status", "status": 503 }, { "kind": "serve" }]);
        let scenario = Scenario::with(3, attempts).await;
        let source = ask(&scenario, "POST")
            .idempotent(idempotent)
            .build()
            .expect("a source");
        let (ticks, error) = split(all(source.on::<Tick>("tick")).await);
        let report = scenario.report().await;
        if idempotent {
            assert_eq!(ticks.len(), 3);
            // The server answers the third attempt with 204, because no events are left.
            assert_eq!(report.attempts.len(), 3);
            assert!(
                report
                    .attempts
                    .iter()
                    .all(|attempt| attempt.method == "POST")
            );
        } else {
            assert_eq!(error.and_then(|error| error.status()), Some(503));
            assert_eq!(report.attempts.len(), 1);
        }
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_is_cut_after_every_token_is_whole() {
    const TOKENS: u64 = 200;
    let scenario = stopping(TOKENS, 1, "cut").await;
    let source = ask(&scenario, "POST")
        .retry(RetryPolicy::default().initial_delay(ms(1)).max_delay(ms(2)))
        .resume_by_get()
        .build()
        .expect("a source");
    let (ticks, error) = split(all(source.on::<Tick>("tick")).await);
    assert!(error.is_none(), "{error:?}");
    let numbers: Vec<u64> = ticks.iter().map(|tick| tick.n).collect();
    assert_eq!(numbers, (1..=TOKENS).collect::<Vec<_>>());
    let report = scenario.report().await;
    let posts = report
        .attempts
        .iter()
        .filter(|attempt| attempt.method == "POST");
    assert_eq!(posts.count(), 1);
    let mut before = 0;
    for attempt in &report.attempts[1..] {
        assert_eq!((&*attempt.method, &*attempt.body), ("GET", ""));
        assert!(!attempt.headers.contains_key("content-type"), "{attempt:?}");
        // A cut may overtake the token before it, which is then requested again.
        let position = attempt.last_event_id.as_ref();
        let position: u64 = position.and_then(|id| id.parse().ok()).expect("a position");
        assert!(
            (before..=before + 1).contains(&position),
            "{position} behind {before}"
        );
        before = position;
    }
    assert_eq!(before, TOKENS);
    assert_eq!(
        source.end().map(|end| end.reason),
        Some(EndReason::NoContent)
    );
}

#[wasm_bindgen_test]
async fn an_answer_goes_on_from_before_a_reload() {
    let scenario = Scenario::of(20).await;
    // The page had stored this ID before the reload.
    let source = ask(&scenario, "POST")
        .resume_by_get()
        .last_event_id("7")
        .build()
        .expect("a source");
    let (ticks, error) = split(all(source.on::<Tick>("tick")).await);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ticks.first(), Some(&Tick { n: 8 }));
    assert_eq!(ticks.len(), 13);
    let report = scenario.report().await;
    assert!(
        report
            .attempts
            .iter()
            .all(|attempt| attempt.method == "GET")
    );
}

#[wasm_bindgen_test]
async fn the_caller_says_how_it_goes_on() {
    let scenario = stopping(20, 5, "cut").await;
    let seen: Rc<RefCell<Vec<Continued>>> = Rc::default();
    let log = Rc::clone(&seen);
    let source = ask(&scenario, "POST")
        .resume_with(move |continued: Continued| {
            log.borrow_mut().push(continued.clone());
            async move {
                let position = continued.last_event_id.clone();
                Some(
                    continued
                        .request
                        .query("lastEventId", &position)
                        .query("mode", "rest"),
                )
            }
        })
        .build()
        .expect("a source");
    let (ticks, error) = split(all(source.on::<Tick>("tick")).await);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ticks.len(), 20);
    let report = scenario.report().await;
    assert_eq!(report.attempts[0].method, "POST");
    for attempt in &report.attempts[1..] {
        assert_eq!(attempt.method, "GET");
        let position = attempt.last_event_id.as_deref().unwrap_or_default();
        assert_eq!(attempt.query, format!("lastEventId={position}&mode=rest"));
    }
    let seen = seen.borrow();
    assert_eq!(seen[0].last_event_id, "5");
    assert_eq!(
        seen[0].response.as_ref().map(|answer| answer.status),
        Some(200)
    );
    assert_eq!(seen[0].request.attempt, 2);
}

#[wasm_bindgen_test]
async fn a_caller_that_does_not_go_on_has_the_error() {
    let scenario = stopping(20, 5, "reset").await;
    let source = ask(&scenario, "POST")
        .resume_with(|_| async { None })
        .build()
        .expect("a source");
    let (ticks, error) = split(all(source.on::<Tick>("tick")).await);
    assert!(ticks.len() <= 5);
    // WebKit reports the reset as a clean end, which is no error.
    let lost = matches!(error, Some(Error::Disconnected { .. }));
    assert!(error.is_none() || lost, "{error:?}");
    assert_eq!(scenario.report().await.attempts.len(), 1);
}

#[wasm_bindgen_test]
async fn stopped_by_the_user_the_server_sees_it_and_nothing_follows() {
    let script = json!({ "events": 1000, "intervalMs": 20 });
    let scenario = Scenario::new(script).await;
    let source = ask(&scenario, "POST")
        .resume_by_get()
        .build()
        .expect("a source");
    let mut ticks = source.on::<Tick>("tick");
    for _ in 0..3 {
        within(seconds(10), "a tick", ticks.next()).await;
    }
    source.close();
    eventually(
        "the server sees it",
        || scenario.report(),
        |report| report.active == 0,
    )
    .await;
    assert_eq!(scenario.report().await.attempts.len(), 1);
    assert!(source.end().is_none(), "the server was not done");
}

#[wasm_bindgen_test]
async fn the_stream_ends_at_its_mark_though_the_connection_stays_open() {
    let frames = json!([
        "data: {\"n\":1}\n\n",
        "data: [DONE]\n\n",
        "data: {\"n\":2}\n\n"
    ]);
    let script = json!({ "raw": frames, "finish": "hold" });
    let scenario = Scenario::new(script).await;
    let source = ask(&scenario, "POST")
        .until("[DONE]")
        .build()
        .expect("a source");
    let (ticks, error) = split(all(source.on::<Tick>("message")).await);
    assert_eq!((ticks, error), (vec![Tick { n: 1 }], None));
    assert_eq!(source.end().map(|end| end.reason), Some(EndReason::Until));
    eventually(
        "it is let go of",
        || scenario.report(),
        |report| report.active == 0,
    )
    .await;
}

#[wasm_bindgen_test]
async fn a_last_event_is_delivered_where_the_function_says_so() {
    let frames = json!([
        "id: s:0\nretry: 10\ndata: \n\n",
        "id: s:1\ndata: {\"id\":1,\"result\":{}}\n\n",
        "id: s:2\ndata: {\"id\":9}\n\n",
    ]);
    let script = json!({ "raw": frames, "finish": "hold" });
    let scenario = Scenario::new(script).await;
    let source = ask(&scenario, "POST")
        .resume_by_get()
        .until_event(|event| {
            if event.data.contains("\"result\"") {
                UntilEvent::EndAfter
            } else {
                UntilEvent::GoOn
            }
        })
        .build()
        .expect("a source");
    // A priming event without data causes no error.
    let (values, error) = split(all(source.on::<Value>("message")).await);
    // A type that can represent missing data receives `null`.
    assert_eq!(
        (values, error),
        (vec![Value::Null, json!({ "id": 1, "result": {} })], None)
    );
    assert_eq!(source.last_event_id(), "s:1");
}

#[wasm_bindgen_test]
async fn an_answer_in_one_piece_is_an_event_where_it_was_accepted() {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "result": "x".repeat(3000) });
    let script = json!({
        "raw": [body.to_string()],
        "attempts": [{ "kind": "serve", "contentType": "application/json" }],
    });
    for accept in ["application/json, text/event-stream", "text/event-stream"] {
        let scenario = Scenario::new(script.clone()).await;
        let source = ask(&scenario, "POST")
            .header("accept", accept)
            .build()
            .expect("a source");
        let (values, error) = split(all(source.on::<Value>("message")).await);
        let report = scenario.report().await;
        assert_eq!(report.attempts[0].headers["accept"], accept);
        assert_eq!(report.attempts.len(), 1);
        if accept.contains("json") {
            assert_eq!((values, error), (vec![body.clone()], None));
        } else {
            let Some(Error::Response(unexpected)) = error else {
                panic!("{error:?}");
            };
            // The excerpt holds the server's whole body, and the message none of it.
            assert_eq!(unexpected.excerpt, body.to_string());
            assert!(!unexpected.to_string().contains("jsonrpc"));
        }
    }
}

#[wasm_bindgen_test]
async fn the_unfinished_event_is_told_or_delivered() {
    let frames = json!(["data: {\"n\":1}\n\n", "id: 2\ndata: {\"n\":2}"]);
    for delivers in [false, true] {
        let scenario = Scenario::new(json!({ "raw": frames })).await;
        let source = ask(&scenario, "POST")
            .deliver_unfinished(delivers)
            .build()
            .expect("a source");
        let (ticks, error) = split(all(source.on::<Tick>("message")).await);
        assert_eq!(error, None);
        assert_eq!(ticks.len(), if delivers { 2 } else { 1 });
        let unfinished = source.end().expect("an end").unfinished;
        let data = unfinished.map(|event| event.data.clone());
        assert_eq!(data.as_deref(), (!delivers).then_some("{\"n\":2}"));
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_comes_after_fifteen_seconds_is_waited_for() {
    let attempts = json!([{ "kind": "serve", "delayHeadersMs": 15_000 }]);
    let post = Scenario::with(1, attempts.clone()).await;
    let get = Scenario::with(1, attempts).await;
    let posted = ask(&post, "POST").build().expect("a source");
    let got = EventSource::builder(get.url())
        .transport(Transport::Fetch)
        .on_end(everstream::OnEnd::Close)
        .build()
        .expect("a source");
    let both =
        futures_util::future::join(all(posted.on::<Tick>("tick")), all(got.on::<Tick>("tick")));
    let (posted, got) = both.await;
    for items in [posted, got] {
        assert_eq!(split(items), (vec![Tick { n: 1 }], None));
    }
    for scenario in [post, get] {
        assert_eq!(scenario.report().await.attempts.len(), 1);
    }
}

#[wasm_bindgen_test]
async fn an_open_stream_shows_its_answer() {
    let script = json!({ "events": 1, "finish": "hold" });
    let scenario = Scenario::new(script).await;
    let source = ask(&scenario, "POST").build().expect("a source");
    let mut states = source.states();
    let open = until(&mut states, "it opens", |state| {
        matches!(state, State::Open { .. })
    })
    .await;
    let State::Open {
        resumed, answer, ..
    } = open
    else {
        unreachable!("it was looked for")
    };
    let answer = answer.expect("fetch shows it");
    assert_eq!((resumed, answer.status), (Resumed::No, 200));
    assert_eq!(answer.url, scenario.url());
    assert!(
        answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"))
    );
    assert_eq!(source.response(), Some(answer));
}

#[wasm_bindgen_test]
async fn each_attempt_is_prepared_anew() {
    let scenario = stopping(6, 3, "end").await;
    let source = source(&scenario.url(), Transport::Auto)
        .header("x-static", "kept")
        .request_with(|request| async move {
            let attempt = request.attempt.to_string();
            Ok::<_, String>(
                request
                    .header("x-attempt", attempt.as_str())
                    .query("ticket", &format!("t{attempt}")),
            )
        })
        .build()
        .expect("a source");
    let (messages, error): (Vec<MessageEvent>, _) = split(all(source.on_text("tick")).await);
    assert_eq!((messages.len(), error), (6, None));
    let report = scenario.report().await;
    for (number, attempt) in report.attempts.iter().enumerate() {
        let number = number + 1;
        assert_eq!(attempt.query, format!("ticket=t{number}"));
        assert_eq!(attempt.headers["x-attempt"], number.to_string());
        assert_eq!(attempt.headers["x-static"], "kept");
    }
}
