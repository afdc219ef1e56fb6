//! The last event ID reaches the server, or a gap is reported.

use super::Client;
use super::client::{auto, fetch, native};
use crate::connection::{Config, Signal};

fn cross_origin(config: Config) -> Config {
    Config {
        cross_origin: true,
        ..config
    }
}

fn without_query(config: Config) -> Config {
    Config {
        resume_by_query: false,
        ..config
    }
}

fn from(id: &str, config: Config) -> Config {
    Config {
        last_event_id: id.to_owned(),
        ..config
    }
}

#[test]
fn fetch_resumes_by_the_header() {
    let mut client = Client::open(fetch(), "7");
    client.lost();
    client.pass(1.0);
    client.respond(200, &[]);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by fetch, header 7",
        "open by fetch, resumed",
    ]);
}

#[test]
fn an_unfinished_event_does_not_move_the_position() {
    let mut client = Client::open(fetch(), "7");
    client.bytes("id: 8\ndata: half");
    client.lost();
    client.pass(1.0);
    assert!(
        client
            .log()
            .contains(&"connect by fetch, header 7".to_owned())
    );
    client.respond(200, &[]);
    // The event that was unfinished at the loss leaves no trace.
    let events = client.bytes("data: whole\n\n");
    assert_eq!(events, [("whole".to_owned(), "7".to_owned())]);
}

#[test]
fn an_event_without_an_id_keeps_the_position_across_connections() {
    let mut client = Client::open(fetch(), "7");
    for _ in 0..2 {
        client.lost();
        client.until_due();
        client.respond(200, &[]);
        client.bytes("data: ping\n\n");
        assert_eq!(client.connection.last_event_id(), "7");
    }
}

#[test]
fn without_a_position_a_reconnect_tells_of_the_gap() {
    let mut client = Client::open(fetch(), "");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(200, &[]);
    client.says(&["open by fetch", "gap"]);
    // Each further reconnect reports a gap of its own.
    client.lost();
    client.pass(2.0);
    client.log();
    client.respond(200, &[]);
    client.says(&["open by fetch", "gap"]);
}

#[test]
fn before_the_first_connection_nothing_is_missed() {
    let mut client = Client::started(fetch());
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(200, &[]);
    client.says(&["open by fetch"]);
}

#[test]
fn a_server_that_takes_the_position_back_leaves_a_gap() {
    let mut client = Client::open(fetch(), "7");
    client.bytes("id\ndata: reset\n\n");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(200, &[]);
    client.says(&["open by fetch", "gap"]);
}

#[test]
fn a_position_to_begin_from_is_sent_at_once() {
    let table = [
        (fetch(), "connect by fetch, header 7"),
        // A first connection by native could not send the ID in a header.
        (auto(), "connect by fetch, header 7"),
        (native(), "connect by native, query 7"),
    ];
    for (config, expected) in table {
        let mut client = Client::idle(from("7", config));
        client.start();
        client.says(&[expected]);
    }
}

#[test]
fn a_position_to_begin_from_that_cannot_be_sent_is_a_gap() {
    let mut client = Client::idle(from("7", without_query(native())));
    client.start();
    client.native_open();
    client.says(&["connect by native", "open by native", "gap"]);
}

#[test]
fn across_origins_a_failed_header_is_followed_by_the_query_at_once() {
    let mut client = Client::open(cross_origin(fetch()), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.lost();
    client.says(&["disconnect", "connect by fetch, query 7"]);
    client.respond(200, &[]);
    client.says(&["open by fetch, resumed", "gap"]);
    // A failure of the query as well shows that the network was at fault, and the next attempt begins with
    // the header.
    client.lost();
    client.pass(2.0);
    client.lost();
    client.log();
    client.lost();
    client.says(&["disconnect", "wait 4s after 3: disconnected"]);
    client.pass(4.0);
    client.says(&["connect by fetch, header 7"]);
}

#[test]
fn the_way_round_by_query_is_no_failure() {
    let mut client = Client::open(cross_origin(fetch()), "7");
    client.sleep(60.0);
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
    client.pass(1.0);
    client.lost();
    client.lost();
    let log = client.log();
    assert_eq!(
        log.last().map(String::as_str),
        Some("wait 2s after 2: disconnected")
    );
}

#[test]
fn without_the_query_the_likely_reason_is_named() {
    let mut client = Client::open(without_query(cross_origin(fetch())), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.lost();
    client.says(&["disconnect", "wait 2s after 2: preflight refused"]);
}

#[test]
fn the_reason_is_not_named_where_it_can_be_another() {
    // A first connection may fail because of the network or an unreachable server.
    let mut client = Client::started(from("7", without_query(cross_origin(fetch()))));
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
    // Requests to the same origin need no preflight.
    let mut client = Client::started(from("7", fetch()));
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
    // A request without a last event ID carries no header.
    let mut client = Client::started(cross_origin(fetch()));
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}

#[test]
fn an_answer_to_the_header_needs_no_way_round() {
    let mut client = Client::open(cross_origin(fetch()), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(503, &[]);
    client.says(&["disconnect", "wait 2s after 2: status 503"]);
}

#[test]
fn auto_resumes_by_fetch_on_the_same_origin() {
    let mut client = Client::open_native(auto(), "7");
    client.native_error();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by fetch, header 7",
    ]);
}

#[test]
fn auto_without_a_position_stays_with_native() {
    let mut client = Client::open_native(auto(), "");
    client.native_error();
    client.pass(1.0);
    client.native_open();
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by native",
        "open by native",
        "gap",
    ]);
}

#[test]
fn a_rebuilt_native_resumes_by_the_query() {
    let mut client = Client::open_native(native(), "7");
    client.signal(Signal::Restored);
    client.native_open();
    client.says(&[
        "disconnect",
        "connect by native, query 7",
        "open by native, resumed",
        // The caller has not named the parameter, so the server may not read it.
        "gap",
    ]);
}

#[test]
fn a_rebuilt_native_without_the_query_tells_of_the_gap() {
    let mut client = Client::open_native(without_query(native()), "7");
    client.signal(Signal::Restored);
    client.native_open();
    client.says(&["disconnect", "connect by native", "open by native", "gap"]);
}

#[test]
fn an_event_without_an_id_on_a_rebuilt_native_keeps_the_position() {
    let mut client = Client::open_native(native(), "7");
    client.signal(Signal::Restored);
    client.native_open();
    // The new `EventSource` doesn't know the ID, so it reports an empty one.
    client.event("");
    assert_eq!(client.connection.last_event_id(), "7");
    client.event("8");
    assert_eq!(client.connection.last_event_id(), "8");
    // From here on, an empty ID is the server's doing.
    client.event("");
    assert_eq!(client.connection.last_event_id(), "");
}
