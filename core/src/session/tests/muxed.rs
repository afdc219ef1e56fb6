//! Sessions of many channels.

use core::time::Duration;

use super::edge::{FIRST, HUB, muxed, muxed_with};
use crate::connection::{Signal, Transport};
use crate::mux::Start;
use crate::parse::Event;
use crate::session::{ChannelId, Input, LinkId, Session};

/// Returns a session of two channels, whose connection is open.
fn two() -> super::edge::Edge<crate::session::Muxed> {
    let mut edge = muxed();
    edge.subscribe(1, "a");
    edge.subscribe(2, "b");
    assert_eq!(edge.handle(Input::Flush), ["connect 5", "connecting"]);
    let mut open = edge.open(5);
    open.sort();
    assert_eq!(open, ["1: in force", "2: in force", "open"]);
    edge.receive(5, HUB);
    edge
}

#[test]
fn events_are_their_channels_and_come_once() {
    let mut edge = two();
    let plan = edge.plan.as_ref().expect("a request");
    assert_eq!(plan.url, "https://h/mux?channel=a&channel=b");
    let piece = "id: e-2\nevent: a\ndata: x\n\nid: e-3\nevent: a tick\ndata: y\n\n\
        id: e-4\nevent: other\ndata: no\n\nid: e-4\nevent: b\ndata: z\n\nid: e-2\nevent: a\ndata: x\n\n";
    let told = [
        "1: message x at e-2",
        "1: tick y at e-3",
        "2: message z at e-4",
    ];
    assert_eq!(edge.receive(5, piece), told);
    assert_eq!(edge.session.place().position, "e-4");
}

#[test]
fn what_channels_are_told_is_in_order_with_their_events() {
    let mut edge = two();
    let piece = "event: a\ndata: x\n\nevent: @gap\ndata: {\"channels\":[\"a\"]}\n\nevent: a\ndata: y\n\n\
        event: @error b\ndata: {\"code\":\"forbidden\",\"message\":\"no\"}\n\nevent: @complete a\ndata: {}\n\n";
    let told = [
        "1: message x at ",
        "1: gap",
        "1: message y at ",
        "2: fails: forbidden",
        "1: ends",
        // Without channels, the session needs no connection.
        "disconnect 5",
        "idle",
    ];
    assert_eq!(edge.receive(5, piece), told);
}

#[test]
fn a_name_may_be_anothers_by_now() {
    let mut edge = two();
    edge.unsubscribe(1, "a");
    edge.handle(Input::Flush);
    edge.subscribe(3, "a");
    // The second time, channel 1 no longer has the name `a`.
    edge.unsubscribe(1, "a");
    assert_eq!(
        edge.handle(Input::Flush),
        [""; 0],
        "one change is under way"
    );
    edge.answer(202, "");
    let (_, body) = edge.sends.last().expect("a second change");
    assert!(body.contains(r#""channels":["a","b"]"#), "{body}");
}

#[test]
fn a_channel_that_is_taken_up_again_in_the_same_turn_goes_on() {
    let mut edge = two();
    edge.unsubscribe(1, "a");
    let lines = edge.handle(Input::Subscribe {
        channel: ChannelId(3),
        name: "a",
        start: Start::Now,
    });
    assert_eq!(lines, ["3: in force"]);
    assert_eq!(
        edge.receive(5, "event: a\ndata: x\n\n"),
        ["3: message x at "]
    );
}

#[test]
fn a_channel_that_cannot_be_is_refused_to_who_asks() {
    let mut edge = two();
    let ask = |name, start| Input::Subscribe {
        channel: ChannelId(9),
        name,
        start,
    };
    let refused = edge.handle(ask("two words", Start::Now));
    assert!(refused[0].starts_with("9: fails: "), "{refused:?}");
    // An existing channel goes on from where it is, so it can't begin elsewhere.
    let refused = edge.handle(ask("a", Start::After("e-1".into())));
    assert!(refused[0].starts_with("9: fails: "), "{refused:?}");
    assert_eq!(
        edge.receive(5, "event: a\ndata: x\n\n"),
        ["1: message x at "]
    );
}

#[test]
fn late_things_of_one_connection_do_not_touch_the_other() {
    let mut edge = muxed();
    edge.subscribe(1, "a");
    edge.handle(Input::Flush);
    edge.open(5);
    // A server without `control` gets another set by another connection.
    edge.receive(5, "event: @connected\ndata: {\"protocol\":1}\n\n");
    edge.subscribe(2, "b");
    assert_eq!(edge.handle(Input::Flush), ["listen 5", "connect 6"]);
    assert_eq!(edge.receive(6, "event: a\ndata: early\n\n"), [""; 0]);
    let took_over = edge.open(6);
    assert_eq!(took_over[0], "disconnect 5");
    assert!(
        took_over.contains(&"2: in force".to_owned()),
        "{took_over:?}"
    );
    // The attempts of both connections are counted.
    assert_eq!(edge.session.stats().attempts, 2);
    assert_eq!(edge.receive(5, "event: a\ndata: late\n\n"), [""; 0]);
    assert_eq!(edge.handle(Input::Ended(FIRST)), [""; 0]);
    assert_eq!(edge.respond(5, 500), [""; 0]);
    assert_eq!(
        edge.receive(6, "event: b\ndata: x\n\n"),
        ["2: message x at "]
    );
}

#[test]
fn a_hanging_control_request_is_aborted() {
    let mut edge = two();
    edge.subscribe(3, "c");
    let sent = edge.handle(Input::Flush);
    assert_eq!(sent, ["send POST /control", "listen 5"]);
    edge.now = edge.now + Duration::from_secs(10);
    assert_eq!(edge.handle(Input::Timeout), ["abort request 1"]);
    // The answer to an aborted request no longer matters.
    assert_eq!(edge.answer(403, "late"), [""; 0]);
    assert_eq!(edge.time_out(), ["send POST /control"]);
    assert_eq!(edge.answer(403, "no"), ["3: fails: 403"]);
}

#[test]
fn to_close_is_to_drop_everything() {
    let mut edge = muxed();
    edge.subscribe(1, "a");
    edge.handle(Input::Flush);
    edge.open(5);
    edge.receive(5, HUB);
    edge.subscribe(2, "b");
    edge.handle(Input::Flush);
    let mut closed = edge.handle(Input::Close);
    closed.sort();
    let wanted = [
        "1: ends",
        "2: ends",
        "abort request 1",
        "closed, ends",
        "disconnect 5",
    ];
    assert_eq!(closed, wanted);
    assert_eq!(edge.session.poll_timeout(), None);
    assert_eq!(edge.handle(Input::Close), [""; 0]);
    // A channel that comes after the close learns at once that the session is over.
    let late = edge.handle(Input::Subscribe {
        channel: ChannelId(3),
        name: "c",
        start: Start::Now,
    });
    assert_eq!(late, ["3: ends"]);
}

#[test]
fn an_attempt_that_nobody_was_told_of_needs_no_dropping() {
    let mut edge = two();
    edge.handle(Input::Failed(FIRST, "reset"));
    edge.unsubscribe(1, "a");
    edge.unsubscribe(2, "b");
    // The session notices that nothing is asked for at the very moment when the next attempt is due.
    assert_eq!(edge.time_out(), ["idle"]);
    assert_eq!(edge.session.poll_timeout(), None);
}

#[test]
fn signals_reach_every_connection() {
    let mut edge = two();
    let woken = edge.handle(Input::Signal(Signal::Restored));
    assert_eq!(woken[..2], ["disconnect 5", "connect 6"]);
    assert_eq!(edge.session.stats().attempts, 2);
}

#[test]
fn an_event_that_is_too_large_is_its_channels_and_its_id_counts() {
    let mut edge = two();
    let large = "x".repeat(200);
    let piece = format!("id: e-2\nevent: a\ndata: {large}\n\n");
    assert_eq!(edge.receive(5, &piece), ["1: skipped"]);
    assert_eq!(edge.session.place().position, "e-2");
    // An event of a channel without subscribers is missed by nobody.
    let other = format!("event: other\ndata: {large}\n\n");
    assert_eq!(edge.receive(5, &other), [""; 0]);
    assert_eq!(edge.receive(5, "id: e-3\n\n"), [""; 0]);
    assert_eq!(edge.session.place().position, "e-3");
    let unknown = edge.receive(5, &format!("data: {large}\n\n"));
    assert_eq!(unknown.len(), 3, "two gaps, and the error: {unknown:?}");
}

#[test]
fn the_servers_interval_is_watched_unless_the_user_has_set_one() {
    for (set, silence) in [(None, 60), (Some(Duration::from_secs(10)), 10)] {
        let mut edge = muxed_with(crate::connection::Config {
            heartbeat: set,
            ..super::edge::config()
        });
        edge.subscribe(1, "a");
        edge.handle(Input::Flush);
        edge.open(5);
        edge.receive(
            5,
            "event: @connected\ndata: {\"protocol\":1,\"heartbeatMs\":30000}\n\n",
        );
        let began = edge.now;
        while edge.time_out() == [""; 0] {}
        assert_eq!(
            edge.now.saturating_since(began),
            Duration::from_secs(silence)
        );
    }
}

/// The connection's own last event ID lies in the middle of the replay, and must not be resumed from.
#[test]
fn a_reconnect_in_the_middle_of_a_replay_resumes_behind_what_the_others_have_had() {
    let mut edge = two();
    edge.receive(5, "id: e-9\nevent: a\ndata: x\n\n");
    edge.handle(Input::Subscribe {
        channel: ChannelId(3),
        name: "c",
        start: Start::After("e-2".into()),
    });
    edge.handle(Input::Flush);
    edge.answer(202, "");
    edge.receive(5, "event: @subscribed\ndata: {\"revision\":1}\n\n");
    let replayed = edge.receive(5, "id: e-3\nevent: c\ndata: y\n\n");
    assert_eq!(replayed, ["3: message y at e-9"]);
    edge.handle(Input::Failed(FIRST, "reset"));
    edge.time_out();
    assert_eq!(edge.resumes, "e-9");
    let plan = edge.plan.as_ref().expect("a request");
    assert!(plan.url.contains("from=e-3%20c"), "{}", plan.url);
}

/// The ID of a hub's greeting is that of the log's head, which the stream hasn't reached. A refusal that
/// follows doesn't change that.
#[test]
fn a_refusal_on_a_resumed_stream_moves_no_position() {
    let mut edge = two();
    edge.receive(5, "id: e-1\nevent: a\ndata: x\n\n");
    edge.handle(Input::Failed(FIRST, "reset"));
    edge.time_out();
    edge.open(6);
    let hello = HUB.replace("event:", "id: e-3\nevent:");
    edge.receive(6, &hello);
    let refused = "event: @error b\ndata: {\"code\":\"forbidden\",\"message\":\"no\"}\n\n";
    assert_eq!(edge.receive(6, refused), ["2: fails: forbidden"]);
    assert_eq!(edge.session.place().position, "e-1");
    let replay = "id: e-2\nevent: a\ndata: y\n\nid: e-3\nevent: a\ndata: z\n\n";
    let told = ["1: message y at e-2", "1: message z at e-3"];
    assert_eq!(edge.receive(6, replay), told);
}

#[test]
fn the_events_of_a_native_event_source_are_their_channels() {
    let config = crate::connection::Config {
        transport: Transport::Native,
        ..super::edge::config()
    };
    let mut edge = muxed_with(config);
    edge.subscribe(1, "a");
    edge.handle(Input::Flush);
    assert_eq!(
        edge.handle(Input::NativeOpen(FIRST)),
        ["1: in force", "open"]
    );
    let event = |event_type, data, last_event_id| Event {
        event_type,
        data,
        last_event_id,
    };
    let told = edge.receive_native(5, &event("a tick", "x", "e-1"));
    assert_eq!(told, ["1: tick x at e-1"]);
    assert_eq!(edge.receive_native(5, &event("b", "y", "e-2")), [""; 0]);
    assert_eq!(edge.session.plan(LinkId(4)), None, "no such connection");
}
