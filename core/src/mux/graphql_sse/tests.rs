use core::time::Duration;

use serde_json::{Value, json};

use super::GraphqlSse;
use crate::mux::peer::{Peer, URL};
use crate::mux::{Protocol, Request, Start};

const PRICE: &str = r#"{"query":"subscription { price }"}"#;
const NEWS: &str = r#"{"query":"subscription { news }"}"#;

/// Reserves and opens a stream.
fn reserved(peer: &mut Peer, token: &str) {
    assert_eq!(peer.attempt(), Some(Request::new("PUT", URL)));
    peer.prepared(201, token).unwrap();
    let opening = peer.opening();
    assert_eq!(
        opening.request,
        Request::get(URL).header("x-graphql-event-stream-token", token)
    );
    assert!(!opening.carries_channels);
    peer.open();
}

fn open(names: &[&str]) -> Peer {
    let mut peer = Peer::new(GraphqlSse::new());
    peer.subscribe(names);
    reserved(&mut peer, "token");
    peer
}

fn body(request: &Request) -> Value {
    serde_json::from_str(request.body.as_deref().unwrap()).unwrap()
}

fn next(peer: &mut Peer, id: &str, payload: &str) {
    let data = format!(r#"{{"id":"{id}","payload":{payload}}}"#);
    peer.send("next", &data, "");
}

fn complete(peer: &mut Peer, id: &str) {
    peer.send("complete", &format!(r#"{{"id":"{id}"}}"#), "");
}

#[test]
fn an_operation_begins_brings_results_and_ends() {
    let mut peer = open(&[PRICE]);
    let requests = peer.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].method, &*requests[0].url), ("POST", URL));
    assert_eq!(
        requests[0].headers,
        [
            ("x-graphql-event-stream-token".into(), "token".into()),
            ("content-type".into(), "application/json".into())
        ]
    );
    assert_eq!(
        body(&requests[0]),
        json!({ "query": "subscription { price }", "extensions": { "operationId": "1" } })
    );
    // A result may overtake the answer to the request.
    next(&mut peer, "1", r#"{"data":{"price":1.50}}"#);
    assert_eq!(peer.told(PRICE), [r#"message: {"data":{"price":1.50}}"#]);
    peer.answer(202, "");
    assert_eq!(peer.told(PRICE), ["live"]);
    complete(&mut peer, "1");
    assert_eq!(peer.told(PRICE), ["end"]);
    assert!(peer.requests().is_empty(), "what has ended is not stopped");
}

#[test]
fn the_payload_is_handed_on_as_it_was_written() {
    let mut peer = open(&[PRICE]);
    let payload = r#"{ "b" : 1e400, "a": "é\u0041" }"#;
    next(&mut peer, "1", payload);
    assert_eq!(peer.told(PRICE), [format!("message: {payload}")]);
}

#[test]
fn an_operation_that_is_given_up_is_stopped_and_its_late_results_are_dropped() {
    let mut peer = open(&[PRICE, NEWS]);
    peer.answer_all(202);
    let id = (1..=2)
        .find(|id| {
            next(&mut peer, &id.to_string(), "{}");
            peer.told(PRICE)
                .iter()
                .any(|told| told.starts_with("message"))
        })
        .unwrap();
    peer.unsubscribe(PRICE);
    let stop = peer.requests().remove(0);
    assert_eq!(stop.method, "DELETE");
    assert_eq!(stop.url, format!("{URL}?operationId={id}"));
    assert_eq!(
        stop.headers,
        [("x-graphql-event-stream-token".into(), "token".into())]
    );
    peer.answer(200, "");

    peer.subscribe(&[PRICE]);
    assert_eq!(
        body(&peer.requests()[0])["extensions"],
        json!({ "operationId": "3" })
    );
    peer.answer(202, "");
    next(&mut peer, &id.to_string(), r#""late""#);
    next(&mut peer, "3", r#""mine""#);
    assert_eq!(peer.told(PRICE), ["live", r#"message: "mine""#]);
}

#[test]
fn after_a_reconnect_everything_is_asked_for_again_and_missed() {
    let mut peer = open(&[PRICE]);
    peer.answer(202, "");
    next(&mut peer, "1", "1");
    assert_eq!(peer.told(PRICE), ["live", "message: 1"]);
    peer.lose();
    reserved(&mut peer, "another");
    let request = peer.requests().remove(0);
    assert_eq!(request.headers[0].1, "another");
    assert_eq!(
        peer.told(PRICE),
        ["not live"],
        "the gap lasts until the operation runs"
    );
    peer.answer(202, "");
    next(&mut peer, "1", "2");
    assert_eq!(peer.told(PRICE), ["gap", "live", "message: 2"]);
    assert_eq!(peer.mux.last_event_id(), "");
}

#[test]
fn a_result_before_the_answer_comes_behind_the_gap() {
    let mut peer = open(&[PRICE]);
    peer.answer(202, "");
    peer.lose();
    reserved(&mut peer, "another");
    next(&mut peer, "1", "2");
    peer.answer(202, "");
    assert_eq!(
        peer.told(PRICE),
        ["live", "not live", "gap", "message: 2", "live"]
    );
}

#[test]
fn a_refused_operation_ends_alone() {
    let mut peer = open(&[PRICE, NEWS]);
    let first = peer.requests()[0].body.clone().unwrap();
    let (bad, good) = if first.contains("price") {
        (PRICE, NEWS)
    } else {
        (NEWS, PRICE)
    };
    peer.answer(400, r#"{"errors":[{"message":"Cannot query field"}]}"#);
    peer.answer(202, "");
    let told = peer.told(bad);
    assert!(
        told[0].contains("400") && told[0].contains("Cannot query field"),
        "{told:?}"
    );
    assert_eq!(peer.told(good), ["live"]);
    assert_eq!(peer.closed, 0);
}

#[test]
fn a_server_that_fails_for_one_operation_does_not_cost_the_others_their_stream() {
    let mut peer = open(&[PRICE]);
    peer.answer(202, "");
    peer.subscribe(&[NEWS]);
    for _ in 0..5 {
        peer.answer(500, "oops");
        peer.wait(Duration::from_mins(1));
    }
    assert!(peer.requests().is_empty());
    assert!(peer.told(NEWS)[0].contains("500: oops"));
    assert_eq!(peer.told(PRICE), ["live"]);
    assert_eq!(peer.closed, 0);
}

#[test]
fn a_stream_that_the_server_has_lost_is_replaced() {
    let mut peer = open(&[PRICE]);
    peer.answer(202, "");
    peer.subscribe(&[NEWS]);
    peer.answer(404, r#"{"errors":[{"message":"Stream not found"}]}"#);
    reserved(&mut peer, "another");
    assert_eq!(peer.closed, 1);
    assert_eq!(peer.requests().len(), 2);
    peer.answer_all(202);
    assert_eq!(peer.told(PRICE), ["live", "not live", "gap", "live"]);
    assert_eq!(peer.told(NEWS), ["live"], "it is new, and misses nothing");
}

#[test]
fn an_operation_that_is_sent_twice_runs_once() {
    let mut peer = open(&[PRICE]);
    let before = peer.requests();
    peer.wait(Duration::from_mins(1));
    peer.wait(Duration::from_mins(1));
    assert_eq!(peer.requests()[1..], before, "the same ID");
    // The answer to the first sending arrives too late to count.
    peer.answer(202, "");
    peer.answer(409, "");
    assert_eq!(peer.told(PRICE), ["live"]);
}

#[test]
fn stopping_what_is_gone_does_no_harm() {
    let mut peer = open(&[PRICE, NEWS]);
    peer.answer_all(202);
    peer.unsubscribe(NEWS);
    peer.answer(400, "");
    assert_eq!(peer.told(PRICE), ["live"]);
    assert_eq!(peer.told(NEWS), ["live"]);
    assert_eq!(peer.closed, 0);
}

#[test]
fn a_reservation_that_fails_is_told_with_its_status() {
    for (status, body, reason) in [
        (409, "", "has a stream for this client already"),
        (500, "", "status 500"),
        (201, "", "is no token"),
        (201, "two words", "is no token"),
    ] {
        let mut peer = Peer::new(GraphqlSse::new());
        peer.subscribe(&[PRICE]);
        peer.attempt();
        let error = peer.prepared(status, body).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn what_makes_no_sense_is_told_and_costs_nothing() {
    let mut peer = open(&[PRICE]);
    peer.answer(202, "");
    for (event_type, data) in [
        ("next", "{"),
        ("next", r#"{"id":"1"}"#),
        ("next", r#"{"payload":1}"#),
        ("complete", ""),
    ] {
        peer.send(event_type, data, "");
    }
    assert_eq!(peer.errors.len(), 4);
    for (event_type, data) in [
        ("next", r#"{"id":"7","payload":1}"#),
        ("next", r#"{"id":"x","payload":1}"#),
        ("complete", r#"{"id":"7"}"#),
        ("message", "hello"),
    ] {
        peer.send(event_type, data, "");
    }
    assert_eq!(peer.errors.len(), 4, "of other streams, or another make");
    assert_eq!(peer.told(PRICE), ["live"]);
}

#[test]
fn names_are_requests() {
    let name = GraphqlSse::operation("query($a: Int) { b(a: $a) }", &json!({ "a": 1 })).unwrap();
    assert_eq!(
        name,
        r#"{"query":"query($a: Int) { b(a: $a) }","variables":{"a":1}}"#
    );
    let without = GraphqlSse::operation("{ b }", &()).unwrap();
    assert_eq!(without, r#"{"query":"{ b }"}"#);
    for refused in [
        GraphqlSse::operation("{ b }", &1),
        GraphqlSse::operation("{ b }", &json!([])),
        GraphqlSse::operation("mutation { b }", &()),
    ] {
        refused.unwrap_err();
    }
    let check = |name: &str| GraphqlSse::new().check(name);
    assert_eq!(check(&name), Ok(()));
    for bad in [
        "",
        "prices",
        "{}",
        "[]",
        r#"{"query":1}"#,
        r#"{"query":"mutation{a}"}"#,
    ] {
        assert!(check(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_name_by_hand_is_sent_as_it_is() {
    let name = r#"{"query":"","operationName":"A","variables":{"x": 1.0},"extensions":{"persistedQuery":{"version":1}}}"#;
    let peer = open(&[name]);
    let sent = peer.requests()[0].body.clone().unwrap();
    assert_eq!(
        sent,
        r#"{"query":"","operationName":"A","variables":{"x": 1.0},"extensions":{"operationId":"1","persistedQuery":{"version":1}}}"#
    );
}

#[test]
fn nothing_begins_in_the_past() {
    let mut peer = Peer::new(GraphqlSse::new());
    let start = Start::After("1".into());
    let error = peer
        .mux
        .subscribe(PRICE, start, Default::default)
        .unwrap_err();
    assert!(error.to_string().contains("last_event_id"), "{error}");
}
