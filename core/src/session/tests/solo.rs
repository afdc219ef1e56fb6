//! Sessions of one connection.

use super::edge::{FIRST, answer, config, solo};
use crate::connection::{Follows, Signal, Transport};
use crate::error::Error;
use crate::parse::Event;
use crate::session::{Input, LinkId, Session};

#[test]
fn each_attempt_has_a_name_and_what_comes_late_of_one_before_is_ignored() {
    let mut edge = solo(config());
    assert_eq!(edge.handle(Input::Start), ["connect 5", "connecting"]);
    assert_eq!(edge.open(5), ["open"]);
    let lost = edge.handle(Input::Failed(FIRST, "reset"));
    assert_eq!(lost, ["disconnect 5", "waiting"]);
    assert_eq!(edge.time_out(), ["connect 6", "connecting"]);
    let due = edge.session.poll_timeout();
    let late: [fn() -> Input<'static>; 9] = [
        || answer(FIRST, 200),
        || answer(FIRST, 204),
        || Input::Ended(FIRST),
        || Input::Failed(FIRST, "late"),
        || Input::Futile(FIRST, Error::disconnected("late")),
        || Input::SideEffects(FIRST),
        || Input::NoContinuation(FIRST),
        || Input::NativeOpen(FIRST),
        || Input::NativeError {
            link: FIRST,
            gave_up: true,
        },
    ];
    for late in late {
        assert_eq!(edge.handle(late()), [""; 0], "{:?}", late());
    }
    assert_eq!(edge.receive(5, "data: late\n\n"), [""; 0]);
    assert_eq!(edge.session.poll_timeout(), due);
    assert_eq!(edge.open(6), ["open", "0: gap"]);
    assert_eq!(edge.receive(5, "data: late\n\n"), [""; 0]);
    assert_eq!(edge.receive(6, "id: 1\ndata: a\n\n"), ["0: message a at 1"]);
}

#[test]
fn what_a_stream_brings_is_told_in_order() {
    let mut edge = solo(config());
    edge.handle(Input::Start);
    edge.open(5);
    let large = "x".repeat(200);
    let piece =
        format!(":hello\nid: 1\nevent: tick\ndata: a\n\ndata: {large}\n\nid: 3\ndata: b\n\n");
    let told = [
        "comment hello",
        "0: tick a at 1",
        "0: skipped",
        "0: message b at 3",
    ];
    assert_eq!(edge.receive(5, &piece), told);
    assert_eq!(edge.session.place().position, "3");
    // A block that has only an ID moves the position, too.
    assert_eq!(edge.receive(5, "id: 4\n\n"), [""; 0]);
    assert_eq!(edge.session.place().position, "4");
}

#[test]
fn a_rebuilt_native_event_source_keeps_the_position_of_the_one_before() {
    let mut edge = solo(crate::connection::Config {
        transport: Transport::Native,
        last_event_id: "7".to_owned(),
        follows: Some(Follows::Integers),
        ..config()
    });
    edge.handle(Input::Start);
    assert_eq!(edge.handle(Input::NativeOpen(FIRST)), ["open"]);
    let event = |data, last_event_id| Event {
        event_type: "message",
        data,
        last_event_id,
    };
    let first = edge.receive_native(5, &event("a", ""));
    assert_eq!(first, ["0: message a at 7"]);
    let next = edge.receive_native(5, &event("b", "8"));
    assert_eq!(next, ["0: message b at 8"]);
    let behind_gap = edge.receive_native(5, &event("c", "12"));
    assert_eq!(behind_gap, ["0: gap", "0: message c at 12"]);
    assert_eq!(edge.receive_native(4, &event("late", "13")), [""; 0]);
}

#[test]
fn to_close_is_to_drop_the_connection() {
    let mut edge = solo(config());
    edge.handle(Input::Start);
    assert_eq!(edge.handle(Input::Close), ["disconnect 5", "closed, ends"]);
    assert_eq!(edge.handle(Input::Close), [""; 0]);
    assert_eq!(edge.handle(Input::Reconnect), [""; 0]);
    assert_eq!(edge.session.poll_timeout(), None);
    // A connection that waits has nothing to drop.
    let mut edge = solo(config());
    edge.handle(Input::Start);
    edge.handle(Input::Failed(FIRST, "reset"));
    assert_eq!(edge.handle(Input::Close), ["closed, ends"]);
}

#[test]
fn a_signal_replaces_the_connection_under_another_name() {
    let mut edge = solo(config());
    edge.handle(Input::Start);
    edge.open(5);
    let woken = edge.handle(Input::Signal(Signal::Thawed));
    assert_eq!(woken, ["disconnect 5", "connect 6", "connecting"]);
    assert_eq!(edge.session.plan(LinkId(6)), None);
}
