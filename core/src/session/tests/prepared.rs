//! Streams that a request has to prepare for, as with graphql-sse.

use core::time::Duration;

use super::edge::{Edge, graphql};
use crate::connection::Instant;
use crate::mux::GraphqlSse;
use crate::session::{Input, Muxed};

fn operation() -> String {
    GraphqlSse::operation("subscription { price }", &serde_json::json!({})).expect("a name")
}

/// Returns a session with one operation, whose stream is still to be reserved.
fn reserving() -> Edge<Muxed> {
    let mut edge = graphql();
    edge.subscribe(1, &operation());
    let lines = edge.handle(Input::Flush);
    assert_eq!(lines, ["send PUT https://h/mux", "connecting"]);
    edge
}

#[test]
fn a_stream_is_opened_when_it_is_reserved() {
    let mut edge = reserving();
    assert_eq!(edge.answer(201, "token"), ["connect 5"]);
    let plan = edge.plan.as_ref().expect("a request");
    assert!(plan.headers.iter().any(|(_, value)| value == "token"));
    // The answer counts once.
    assert_eq!(edge.answer(201, "another"), [""; 0]);
    let open = edge.open(5);
    assert_eq!(open, ["send POST https://h/mux", "listen 5", "open"]);
    assert_eq!(edge.answer(202, ""), ["1: in force"]);
    let next = "event: next\ndata: {\"id\":\"1\",\"payload\":{\"data\":1}}\n\n";
    assert_eq!(edge.receive(5, next), ["1: message {\"data\":1} at "]);
}

#[test]
fn what_a_refusal_means_is_what_it_would_mean_for_the_stream() {
    // Each row is the status, the token, and whether the session is over.
    let table = [
        (403, "", true),
        (404, "", true),
        (503, "", false),
        // A conflict is with the previous stream, which the server will lose, too.
        (409, "", false),
        (200, "no token", false),
    ];
    for (status, body, is_over) in table {
        let mut edge = reserving();
        let lines = edge.answer(status, body);
        let last = lines.last().expect("something follows");
        if is_over {
            assert_eq!(*last, format!("closed, fails: {status}"));
            assert!(lines.contains(&format!("1: fails: {status}")), "{lines:?}");
            continue;
        }
        assert_eq!(lines, ["waiting"], "{status}: nothing is under way");
        let again = edge.time_out();
        assert_eq!(again, ["send PUT https://h/mux", "connecting"]);
        assert_eq!(edge.answer(201, "token"), ["connect 6"]);
    }
}

#[test]
fn a_reservation_that_fails_is_made_again() {
    let mut edge = reserving();
    let answer = crate::mux::Answer {
        status: None,
        body: "offline".to_owned(),
    };
    let (id, _) = edge.sends[0].clone();
    assert_eq!(edge.handle(Input::Answer(id, &answer)), ["waiting"]);
    assert_eq!(edge.time_out(), ["send PUT https://h/mux", "connecting"]);
    // The answer to the previous request no longer matters.
    let late = crate::mux::Answer {
        status: Some(201),
        body: "late".to_owned(),
    };
    assert_eq!(edge.handle(Input::Answer(id, &late)), [""; 0]);
}

#[test]
fn a_reservation_that_is_not_waited_for_is_aborted() {
    let mut edge = reserving();
    let lines = edge.handle(Input::Close);
    assert!(lines.contains(&"abort request 1".to_owned()), "{lines:?}");
    assert!(!lines.contains(&"disconnect 5".to_owned()), "{lines:?}");
    assert_eq!(edge.answer(201, "late"), [""; 0]);

    let mut edge = reserving();
    let lines = edge.handle(Input::Reconnect);
    assert_eq!(
        lines,
        ["abort request 1", "send PUT https://h/mux", "connecting"]
    );

    // A hanging reservation runs into the open timeout.
    let mut edge = reserving();
    let mut lines = Vec::new();
    while lines.is_empty() {
        lines = edge.time_out();
    }
    assert_eq!(lines, ["abort request 1", "waiting"]);
    let waited = edge.now.saturating_since(Instant::default());
    assert_eq!(waited, Duration::from_secs(30));
}
