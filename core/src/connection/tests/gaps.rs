//! Gaps: where events may be missing, and what confirms that none are.

use super::Client;
use super::client::{auto, fetch, native};
use crate::connection::{Config, Follows, Passage};

/// Reopens a stream after a failure; `headers` are those of the second answer.
fn reopened(config: Config, headers: &[(&str, &str)]) -> Client {
    let mut client = Client::open(config, "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(200, headers);
    client
}

#[test]
fn a_position_that_was_asked_for_by_header_is_believed() {
    let mut client = reopened(fetch(), &[]);
    client.says(&["open by fetch, resumed"]);
}

#[test]
fn an_answer_confirms_the_position_or_denies_it() {
    let mut client = reopened(fetch(), &[("last-event-id", "7")]);
    client.says(&["open by fetch, confirmed"]);
    for other in ["earliest", "urn:other", ""] {
        let mut client = reopened(fetch(), &[("last-event-id", other)]);
        client.says(&["open by fetch", "gap"]);
    }
    // A first request asks for no earlier events, so it has no gap.
    let mut client = Client::started(fetch());
    client.respond(200, &[("last-event-id", "earliest")]);
    client.says(&["open by fetch"]);
}

/// Resumes by the query parameter, as after a refused preflight for the header.
fn by_query(config: Config, headers: &[(&str, &str)]) -> Client {
    let mut client = Client::open(
        Config {
            cross_origin: true,
            ..config
        },
        "7",
    );
    client.lost();
    client.pass(1.0);
    client.lost();
    assert_eq!(
        client.log().last().map(String::as_str),
        Some("connect by fetch, query 7")
    );
    client.respond(200, headers);
    client
}

#[test]
fn a_query_that_nobody_named_counts_once_it_is_confirmed() {
    let mut client = by_query(fetch(), &[]);
    client.says(&["open by fetch, resumed", "gap"]);
    let mut client = by_query(fetch(), &[("last-event-id", "7")]);
    client.says(&["open by fetch, confirmed"]);
    let named = || Config {
        query_named: true,
        ..fetch()
    };
    let mut client = by_query(named(), &[]);
    client.says(&["open by fetch, resumed"]);
}

#[test]
fn the_first_id_confirms_a_query_where_it_is_known_how_ids_follow() {
    let numbered = || Config {
        follows: Some(Follows::Integers),
        ..fetch()
    };
    let mut client = by_query(numbered(), &[]);
    client.says(&["open by fetch, resumed"]);
    assert_eq!(client.bytes("id: 8\ndata: a\n\n").len(), 1);
    let mut client = by_query(numbered(), &[]);
    client.log();
    let events = client.bytes("id: 12\ndata: a\n\nid: 13\ndata: b\n\n");
    let told: Vec<&str> = events.iter().map(|(data, _)| data.as_str()).collect();
    assert_eq!(told, ["gap", "a", "b"]);
}

#[test]
fn a_native_source_that_is_rebuilt_is_confirmed_by_nobody() {
    let mut client = Client::open_native(native(), "7");
    client.native_gave_up();
    client.pass(1.0);
    client.log();
    // The attempt that asks why uses fetch; the next one is native again.
    client.lost();
    client.pass(2.0);
    client.log();
    client.respond(200, &[]);
    client.log();
    client.lost();
    client.pass(4.0);
    assert_eq!(
        client.log().last().map(String::as_str),
        Some("connect by native, query 7")
    );
    client.native_open();
    client.says(&["open by native, resumed", "gap"]);
}

#[test]
fn a_server_that_does_not_replay_has_a_gap_at_each_reconnect() {
    let config = || Config {
        replays: false,
        ..fetch()
    };
    let mut client = reopened(config(), &[]);
    client.says(&["open by fetch, resumed", "gap"]);
    let mut client = reopened(config(), &[("last-event-id", "7")]);
    client.says(&["open by fetch, confirmed", "gap"]);
    // The first connection can't have missed events.
    let mut client = Client::started(config());
    client.respond(200, &[]);
    client.says(&["open by fetch"]);
}

#[test]
fn an_id_that_does_not_follow_is_a_gap_wherever_it_comes() {
    let mut client = Client::open(
        Config {
            follows: Some(Follows::Integers),
            ..fetch()
        },
        "",
    );
    let text =
        "id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: b2\n\nid: 4\ndata: c\n\nid: 1\ndata: d\n\n";
    let events = client.bytes(text);
    let told: Vec<&str> = events.iter().map(|(data, _)| data.as_str()).collect();
    assert_eq!(told, ["a", "b", "b2", "gap", "c", "gap", "d"]);
    assert_eq!(client.connection.stats().events, 5);
}

#[test]
fn a_gap_that_the_answer_told_is_not_told_again_by_the_first_id() {
    let config = Config {
        follows: Some(Follows::Integers),
        ..fetch()
    };
    let mut client = reopened(config, &[("last-event-id", "earliest")]);
    client.says(&["open by fetch", "gap"]);
    assert_eq!(client.bytes("id: 40\ndata: a\n\n").len(), 1);
}

#[test]
fn the_native_stream_s_ids_are_followed_too() {
    let mut client = Client::open_native(
        Config {
            follows: Some(Follows::Integers),
            ..native()
        },
        "",
    );
    assert_eq!(client.native_event("a", "1"), Passage::Deliver);
    assert_eq!(client.native_event("b", "2"), Passage::Deliver);
    assert_eq!(client.native_event("c", "5"), Passage::DeliverBehindGap);
    assert_eq!(client.native_event("d", "6"), Passage::Deliver);
}

#[test]
fn an_id_that_no_header_takes_goes_by_query() {
    for (id, expected) in [
        ("a\u{1}b", "connect by fetch, query a\u{1}b"),
        (" 7", "connect by fetch, query  7"),
    ] {
        let mut client = Client::open(
            Config {
                query_named: true,
                ..fetch()
            },
            "",
        );
        client.bytes(&format!("id: {id}\ndata\n\n"));
        client.lost();
        client.pass(1.0);
        assert_eq!(client.log().last().map(String::as_str), Some(expected));
    }
    let mut client = Client::open(
        Config {
            resume_by_query: false,
            ..fetch()
        },
        "a\u{1}b",
    );
    client.lost();
    client.pass(1.0);
    client.respond(200, &[]);
    assert_eq!(
        client.log()[2..],
        ["connect by fetch", "open by fetch", "gap"]
    );
}

#[test]
fn an_id_that_no_server_takes_is_a_gap() {
    let mut client = Client::open(fetch(), &"x".repeat(200_000));
    client.lost();
    client.pass(1.0);
    client.respond(200, &[]);
    assert_eq!(
        client.log()[2..],
        ["connect by fetch", "open by fetch", "gap"]
    );
    // The longest allowed ID is sent.
    let mut client = Client::open(fetch(), &"x".repeat(4096));
    client.lost();
    client.pass(1.0);
    let log = client.log();
    assert!(
        log[2].starts_with("connect by fetch, header xxx"),
        "{log:?}"
    );
}

#[test]
fn a_request_that_is_refused_for_its_position_is_made_once_without() {
    for status in [400, 414, 431] {
        let mut client = Client::open(fetch(), "7");
        client.lost();
        client.pass(1.0);
        client.log();
        client.respond(status, &[]);
        client.says(&["disconnect", "connect by fetch"]);
        client.respond(200, &[]);
        client.says(&["open by fetch", "gap"]);
        // A request without a last event ID was refused for another reason.
        let mut client = Client::started(fetch());
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
        let mut client = Client::open(fetch(), "7");
        client.lost();
        client.pass(1.0);
        client.respond(status, &[]);
        client.log();
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
    }
}

#[test]
fn the_browser_s_own_reconnect_is_believed() {
    let config = Config {
        cross_origin: true,
        ..auto()
    };
    let mut client = Client::open_native(config, "7");
    client.native_error();
    client.log();
    client.native_open();
    client.says(&["open by native, resumed"]);
}
