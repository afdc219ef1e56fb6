//! Another request continues an answer that broke off.

use super::Client;
use super::client::fetch;
use crate::connection::{Config, Continuation, Signal};

fn mcp() -> Config {
    Config {
        repeatable: false,
        open_timeout: None,
        continuation: Continuation::Get,
        ..fetch()
    }
}

fn job() -> Config {
    Config {
        continuation: Continuation::Ask,
        ..mcp()
    }
}

#[test]
fn it_goes_on_from_the_position_by_get() {
    type Break = (fn(&mut Client), &'static str);
    let table: [Break; 2] = [
        (Client::lost, "wait 1s after 1: disconnected"),
        // The server may close at will.
        (Client::ended, "wait 1s after 1: ended"),
    ];
    for (breaks, expected) in table {
        let mut client = Client::open(mcp(), "7");
        breaks(&mut client);
        client.pass(1.0);
        client.says(&["disconnect", expected, "continue by fetch, header 7"]);
        // Later failures back off without end: a `GET` may be repeated.
        client.respond(503, &[]);
        client.pass(2.0);
        client.says(&[
            "disconnect",
            "wait 2s after 2: status 503",
            "continue by fetch, header 7",
        ]);
        client.respond(200, &[]);
        client.says(&["open by fetch, resumed"]);
    }
}

#[test]
fn without_a_position_there_is_nothing_to_go_on_from() {
    let mut client = Client::open(mcp(), "");
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
    let mut client = Client::started(mcp());
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
    let mut client = Client::open(mcp(), "");
    client.ended();
    client.says(&["disconnect", "end", "closed"]);
}

#[test]
fn what_continues_and_brings_nothing_is_the_end() {
    let mut client = Client::open(mcp(), "7");
    client.ended();
    client.pass(1.0);
    client.respond(200, &[]);
    client.log();
    client.ended();
    client.says(&["disconnect", "end", "closed"]);
}

#[test]
fn what_continues_and_brings_something_is_continued() {
    // A block without data still moves the last event ID.
    for brought in ["id: 8\ndata: more\n\n", "id: 8\n\n"] {
        let mut client = Client::open(mcp(), "7");
        client.ended();
        client.pass(1.0);
        client.respond(200, &[]);
        client.bytes(brought);
        client.log();
        client.ended();
        client.pass(2.0);
        client.says(&[
            "disconnect",
            "wait 2s after 2: ended",
            "continue by fetch, header 8",
        ]);
    }
}

#[test]
fn the_server_says_when_to_come_back() {
    let mut client = Client::open(mcp(), "");
    client.bytes("id: p1\nretry: 5000\ndata:\n\n");
    client.ended();
    client.says(&["disconnect", "wait 6s after 1: ended"]);
    client.pass(6.0);
    client.says(&["continue by fetch, header p1"]);
}

#[test]
fn a_204_to_what_continues_is_the_end() {
    let mut client = Client::open(mcp(), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(204, &[]);
    client.says(&["disconnect", "end by 204", "closed"]);
}

#[test]
fn a_position_that_is_handed_in_is_gone_on_from_at_once() {
    for (config, expected) in [
        (mcp(), "continue by fetch, header 7"),
        (job(), "continue by fetch"),
    ] {
        let mut client = Client::idle(Config {
            last_event_id: "7".to_owned(),
            ..config
        });
        client.start();
        client.says(&[expected]);
    }
}

#[test]
fn a_page_that_was_away_goes_on() {
    for signal in [Signal::Thawed, Signal::Restored] {
        let mut client = Client::open(mcp(), "7");
        client.signal(signal);
        client.says(&["disconnect", "continue by fetch, header 7"]);
        // A request without a last event ID is left alone.
        let mut client = Client::open(mcp(), "");
        client.signal(signal);
        client.says(&[]);
    }
    let mut client = Client::open(mcp(), "7");
    client.reconnect();
    client.says(&["disconnect", "continue by fetch, header 7"]);
}

#[test]
fn the_caller_may_go_on_without_a_position_once_there_is_an_answer() {
    let mut client = Client::open(job(), "");
    client.lost();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "continue by fetch",
    ]);
    client.respond(200, &[]);
    // No last event ID shows where the caller's request continues, so a gap is reported.
    client.says(&["open by fetch", "gap"]);
    let mut client = Client::open(job(), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(200, &[]);
    client.says(&["open by fetch, resumed"]);
    // No answer has begun, so there is nothing to continue.
    let mut client = Client::started(job());
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
}

#[test]
fn where_the_caller_does_not_go_on_what_ended_it_stands() {
    for (breaks, expected) in [
        (
            Client::lost as fn(&mut Client),
            &["closed: disconnected"][..],
        ),
        (Client::ended, &["end", "closed"]),
    ] {
        let mut client = Client::open(job(), "");
        breaks(&mut client);
        client.pass(1.0);
        client.log();
        client.no_continuation();
        assert_eq!(client.log(), [&["disconnect"], expected].concat());
    }
}

#[test]
fn the_preflight_of_what_continues_is_tried_round() {
    let mut client = Client::open(
        Config {
            cross_origin: true,
            ..mcp()
        },
        "7",
    );
    client.lost();
    client.pass(1.0);
    client.log();
    client.lost();
    client.says(&["disconnect", "continue by fetch, query 7"]);
}

#[test]
fn a_token_that_has_expired_meanwhile_is_refreshed() {
    let mut client = Client::open(
        Config {
            refreshable: true,
            ..mcp()
        },
        "7",
    );
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(401, &[]);
    client.says(&["disconnect", "continue by fetch, header 7, unauthorized"]);
}

#[test]
fn what_continues_an_answer_is_not_waited_for_without_end() {
    let mut client = Client::open(mcp(), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.pass(30.0);
    client.says(&["disconnect", "wait 2s after 2: not open after 30s"]);
}
