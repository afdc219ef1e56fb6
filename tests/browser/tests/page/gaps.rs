//! Sources report a gap where events may be missing, and nowhere else.

use everstream::{Error, GapCause, Resumed, State, Transport};
use futures_util::StreamExt;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Scenario, Tick, seconds, stranger, until, within};

/// A server that numbers its events, keeps none of them and closes every 200 ms.
async fn forgetful() -> Scenario {
    Scenario::new(json!({
        "events": 1_000_000, "intervalMs": 10, "log": false,
        "attempts": [{ "kind": "serve", "endAfterMs": 200 }],
    }))
    .await
}

/// Reads `events` events. Returns how many holes their numbers had, and how many of those a gap announced.
async fn holes(
    source: &everstream::EventSource,
    events: usize,
    expected: GapCause,
) -> (usize, usize) {
    let mut ticks = source.on::<Tick>("tick");
    let (mut last, mut seen, mut is_gap) = (None, 0, false);
    let (mut holes, mut told) = (0, 0);
    while seen < events {
        let item = within(seconds(30), "an event", ticks.next()).await;
        match item.expect("the stream goes on") {
            Ok(Tick { n }) => {
                if last.is_some_and(|last| n != last + 1) {
                    holes += 1;
                    told += usize::from(is_gap);
                }
                (last, is_gap) = (Some(n), false);
                seen += 1;
            }
            Err(Error::Gap { cause, .. }) => {
                assert_eq!(cause, expected);
                is_gap = true;
            }
            Err(other) => panic!("{other}"),
        }
    }
    source.close();
    (holes, told)
}

#[wasm_bindgen_test]
async fn a_server_without_a_log_loses_nothing_without_a_word() {
    for (knows, cause) in [
        ("replays", GapCause::NotResumed),
        ("follows", GapCause::IdsMissing),
    ] {
        let scenario = forgetful().await;
        let builder = stranger(&scenario.url(), Transport::Fetch);
        let source = match knows {
            "replays" => builder.replays(false),
            _ => builder.follows_integers(),
        };
        let (holes, told) = holes(&source.build().expect("a source"), 60, cause).await;
        assert!(holes > 0, "{knows}: the server loses nothing");
        assert_eq!(told, holes, "{knows}");
    }
}

#[wasm_bindgen_test]
async fn without_a_word_from_the_caller_it_says_that_nothing_was_confirmed() {
    let scenario = forgetful().await;
    let source = stranger(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    let _ticks = source.on::<Tick>("tick");
    let mut states = source.states();
    let again = until(
        &mut states,
        "it opens again",
        |state| matches!(state, State::Open { resumed, .. } if resumed.is_resumed()),
    )
    .await;
    let State::Open { resumed, .. } = again else {
        unreachable!("it was looked for")
    };
    assert_eq!(resumed, Resumed::Asked);
}

#[wasm_bindgen_test]
async fn the_answer_confirms_the_position_or_denies_it() {
    for (named, resumed, gaps) in [("2", Resumed::Confirmed, 0), ("earliest", Resumed::No, 1)] {
        let attempts = json!([
            { "kind": "serve", "stopAfter": 2 },
            { "kind": "serve", "lastEventId": named },
        ]);
        let scenario = Scenario::with(4, attempts).await;
        let source = stranger(&scenario.url(), Transport::Fetch)
            .build()
            .expect("a source");
        let ticks = source.on::<Tick>("tick");
        let mut states = source.states();
        let is_open = |state: &State| matches!(state, State::Open { .. });
        until(&mut states, "it opens", is_open).await;
        let State::Open { resumed: told, .. } = until(&mut states, "it opens again", is_open).await
        else {
            unreachable!("it was looked for")
        };
        assert_eq!(told, resumed);
        let items: Vec<_> = within(seconds(30), "it ends", ticks.collect()).await;
        let gap = Err(Error::gap(GapCause::NotResumed));
        let told = items.iter().filter(|item| **item == gap);
        assert_eq!((told.count(), items.len()), (gaps, 4 + gaps));
    }
}

/// A server on another origin that refuses the preflight for `Last-Event-ID`, allows the one for
/// `Authorization`, and reads no query parameter.
#[wasm_bindgen_test]
async fn a_position_that_may_not_have_arrived_is_not_assumed_to_have() {
    for authorization in [None, Some("Bearer secret")] {
        let scenario = Scenario::new(json!({
            "events": 1_000_000, "intervalMs": 10, "log": false, "preflight": "refuse",
            "attempts": [{ "kind": "serve", "endAfterMs": 200 }],
        }))
        .await;
        let mut builder = stranger(&scenario.url(), Transport::Fetch);
        if let Some(authorization) = authorization {
            builder = builder.header("Authorization", authorization);
        }
        let (holes, told) = holes(
            &builder.build().expect("a source"),
            60,
            GapCause::Unconfirmed,
        )
        .await;
        assert!(holes > 0, "{authorization:?}: the server loses nothing");
        assert_eq!(told, holes, "{authorization:?}");
    }
}

#[wasm_bindgen_test]
async fn a_parameter_that_the_caller_named_is_believed_to_be_read() {
    let scenario = Scenario::new(json!({ "events": 40, "preflight": "refuse",
        "attempts": [{ "kind": "serve", "stopAfter": 5 }] }))
    .await;
    let builder = stranger(&scenario.url(), Transport::Fetch);
    let source = builder
        .last_event_id_param(Some("lastEventId"))
        .build()
        .expect("a source");
    let items: Vec<_> = within(seconds(30), "it ends", source.on::<Tick>("tick").collect()).await;
    assert_eq!(items.len(), 40);
    assert!(items.iter().all(Result::is_ok));
}

#[wasm_bindgen_test]
async fn an_id_that_no_header_takes_does_not_stop_reconnecting() {
    let long = "x".repeat(200_000);
    // The longest ID is too long to be a position. The others go as a query parameter that the caller hasn't
    // named.
    for (id, cause) in [
        ("a\u{1}b", GapCause::Unconfirmed),
        ("\u{7f}", GapCause::Unconfirmed),
        (long.as_str(), GapCause::NoPosition),
    ] {
        let frames: Value = json!([
            format!("id: {id}\ndata: {{\"n\":1}}\n\n"),
            "data: {\"n\":2}\n\n"
        ]);
        let attempts = json!([{ "kind": "serve", "stopAfter": 1 }, { "kind": "serve" }]);
        let scenario =
            Scenario::new(json!({ "raw": frames, "attempts": attempts, "finish": "hold" })).await;
        let source = stranger(&scenario.url(), Transport::Fetch)
            .build()
            .expect("a source");
        let mut ticks = source.on::<Tick>("message");
        let mut told = Vec::new();
        while told.len() < 3 {
            told.push(
                within(seconds(30), "an item", ticks.next())
                    .await
                    .expect("it goes on"),
            );
        }
        assert_eq!(told[0].as_ref().map(|tick| tick.n), Ok(1));
        assert_eq!(told[1], Err(Error::gap(cause)));
        source.close();
    }
}
