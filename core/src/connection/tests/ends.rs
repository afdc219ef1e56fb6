//! Streams that end without an error.

use super::Client;
use super::client::{fetch, native, steady};
use crate::connection::{Config, OnEnd, Passage, RetryPolicy, Until, UntilEvent};
use std::rc::Rc;

#[test]
fn an_end_is_followed_by_another_attempt_unless_it_is_the_end() {
    let mut client = Client::open(fetch(), "7");
    client.ended();
    client.says(&["disconnect", "wait 1s after 1: ended"]);
    let mut client = Client::open(
        Config {
            on_end: OnEnd::Close,
            ..fetch()
        },
        "7",
    );
    client.ended();
    client.says(&["disconnect", "end", "closed"]);
    // `OnEnd::Close` doesn't turn a failure into an end.
    let mut client = Client::open(
        Config {
            on_end: OnEnd::Close,
            ..fetch()
        },
        "7",
    );
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}

#[test]
fn where_nothing_is_tried_again_an_end_is_no_error() {
    let policies: [RetryPolicy; 2] = [
        RetryPolicy::never(),
        steady().inspect(|_| crate::connection::Decision::Stop),
    ];
    for retry in policies {
        let mut client = Client::open(Config { retry, ..fetch() }, "7");
        client.ended();
        client.says(&["disconnect", "end", "closed"]);
    }
}

#[test]
fn a_204_is_the_end() {
    let mut client = Client::started(fetch());
    client.respond(204, &[]);
    client.says(&["disconnect", "end by 204", "closed"]);
}

fn until(until: Until) -> Config {
    Config {
        until: Some(until),
        ..fetch()
    }
}

fn data(events: &[(String, String)]) -> Vec<&str> {
    events.iter().map(|(data, _)| data.as_str()).collect()
}

#[test]
fn the_stream_ends_at_its_mark_which_is_not_delivered() {
    let mut client = Client::open(until(Until::Text("[DONE]".to_owned())), "");
    let events = client.bytes("data: a\n\ndata: [DONE]\n\ndata: b\n\n");
    assert_eq!(data(&events), ["a"]);
    client.says(&["disconnect", "end at the mark", "closed"]);
    // A closed connection ignores further inputs.
    assert!(client.bytes("data: c\n\n").is_empty());
    client.ended();
    client.lost();
    client.says(&[]);
}

#[test]
fn the_mark_may_come_in_pieces_and_the_connection_stay_open() {
    let mut client = Client::open(until(Until::Text("[DONE]".to_owned())), "");
    for piece in ["da", "ta: [DO", "NE]\r", "\n\r\n"] {
        assert!(client.bytes(piece).is_empty());
    }
    client.says(&["disconnect", "end at the mark", "closed"]);
}

#[test]
fn the_mark_may_be_unfinished_where_the_stream_ends() {
    let mark = || until(Until::Text("[DONE]".to_owned()));
    for piece in ["data: [DONE]", "data: [DONE]\n", "id: 8\r\ndata:[DONE]\r"] {
        let mut client = Client::open(mark(), "7");
        assert!(client.bytes(piece).is_empty());
        client.ended();
        client.says(&["disconnect", "end at the mark", "closed"]);
    }
    // Neither a part of the mark nor a stream that broke off is a clean end at the mark.
    let mut client = Client::open(mark(), "7");
    client.bytes("data: [DONE");
    client.ended();
    client.says(&["disconnect", "wait 1s after 1: ended"]);
    let mut client = Client::open(mark(), "7");
    client.bytes("data: [DONE]");
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected in [DONE]"]);
    // A function isn't asked about data that may be cut anywhere.
    let asked = |_: &crate::parse::Event<'_>| UntilEvent::EndBefore;
    let mut client = Client::open(until(Until::Event(Rc::new(asked))), "");
    client.bytes("data: x");
    client.ended();
    client.says(&["disconnect", "wait 1s after 1: ended"]);
}

#[test]
fn a_function_tells_a_mark_from_a_last_event() {
    let judge = |event: &crate::parse::Event<'_>| match event.event_type {
        "done" => UntilEvent::EndBefore,
        "result" => UntilEvent::EndAfter,
        _ => UntilEvent::GoOn,
    };
    for (last, expected) in [("done", &["a"][..]), ("result", &["a", "x"])] {
        let mut client = Client::open(until(Until::Event(Rc::new(judge))), "");
        let text =
            format!("data: a\n\nid: 7\nevent: {last}\ndata: x\n\n: note\n\nid: 8\ndata: b\n\n");
        let events = client.bytes(&text);
        assert_eq!(data(&events), expected);
        // The last event ID doesn't move after the end either.
        assert_eq!(client.connection.last_event_id(), "7");
        client.says(&["disconnect", "end at the mark", "closed"]);
    }
}

#[test]
fn the_native_stream_ends_at_its_mark_too() {
    let mut client = Client::open_native(
        Config {
            until: Some(Until::Text("[DONE]".to_owned())),
            ..native()
        },
        "",
    );
    assert_eq!(client.native_event("a", "1"), Passage::Deliver);
    assert_eq!(client.native_event("[DONE]", "2"), Passage::Discard);
    assert_eq!(client.native_event("b", "3"), Passage::Discard);
    client.says(&["disconnect", "end at the mark", "closed"]);
}

#[test]
fn the_unfinished_event_is_told() {
    let mut client = Client::open(
        Config {
            on_end: OnEnd::Close,
            ..fetch()
        },
        "7",
    );
    client.bytes("id: 8\ndata: sto");
    client.ended();
    client.says(&["disconnect", "end in sto", "closed"]);
    assert_eq!(client.connection.last_event_id(), "7");
    let mut client = Client::open(fetch(), "7");
    client.bytes("data: sto");
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected in sto"]);
}

#[test]
fn the_unfinished_event_is_delivered_where_it_is_asked_for() {
    let config = |on_end| Config {
        on_end,
        deliver_unfinished: true,
        ..fetch()
    };
    let mut client = Client::open(config(OnEnd::Close), "7");
    client.bytes("id: 8\ndata: stop");
    client.ended();
    client.says(&["event stop", "disconnect", "end", "closed"]);
    // The ID of a delivered unfinished event counts. Otherwise the event would be delivered twice.
    let mut client = Client::open(config(OnEnd::Reconnect), "7");
    client.bytes("id: 8\ndata: stop");
    client.ended();
    client.pass(1.0);
    client.says(&[
        "event stop",
        "disconnect",
        "wait 1s after 1: ended",
        "connect by fetch, header 8",
    ]);
    // A stream that was cut has not ended.
    let mut client = Client::open(config(OnEnd::Close), "7");
    client.bytes("data: sto");
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected in sto"]);
}

#[test]
fn the_unfinished_event_may_be_the_mark() {
    let mut client = Client::open(
        Config {
            deliver_unfinished: true,
            ..until(Until::Text("[DONE]".to_owned()))
        },
        "",
    );
    client.bytes("data: a\n\ndata: [DONE]");
    client.ended();
    client.says(&["disconnect", "end at the mark", "closed"]);
}

#[test]
fn an_answer_in_one_piece_is_one_event() {
    let mut client = Client::started(Config {
        repeatable: false,
        on_end: OnEnd::Close,
        ..fetch()
    });
    client.respond_json("application/json, text/event-stream");
    assert!(client.bytes("{\"result\"").is_empty());
    assert!(client.bytes(": 1}").is_empty());
    client.says(&["open by fetch"]);
    client.ended();
    client.says(&["event {\"result\": 1}", "disconnect", "end", "closed"]);
}

#[test]
fn an_answer_in_one_piece_ends_a_get_too() {
    let mut client = Client::started(fetch());
    client.respond_json("application/json");
    client.bytes("[]");
    client.ended();
    client.says(&["open by fetch", "event []", "disconnect", "end", "closed"]);
}

#[test]
fn an_answer_in_one_piece_that_is_cut_is_no_answer() {
    let mut client = Client::started(Config {
        repeatable: false,
        on_end: OnEnd::Close,
        ..fetch()
    });
    client.respond_json("application/json");
    client.bytes("[1,");
    client.lost();
    client.says(&["open by fetch", "disconnect", "closed: disconnected"]);
}

#[test]
fn an_answer_in_one_piece_has_the_limit_of_an_event() {
    let mut client = Client::started(Config {
        max_event_size: 4,
        ..fetch()
    });
    client.respond_json("application/json");
    client.bytes("[1, 2]");
    client.log();
    client.ended();
    let log = client.log();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[1].starts_with("closed: an event is larger"), "{log:?}");
}

#[test]
fn what_was_not_accepted_is_refused() {
    let mut client = Client::started(fetch());
    client.respond_json("text/event-stream, */*");
    client.says(&["disconnect", "closed: status 200"]);
}
