//! Subscribers without room, also in the middle of a piece.

use super::edge::{Edge, FIRST, HUB, config, muxed, muxed_with, solo};
use crate::connection::{Config, Follows, Transport};
use crate::parse::Event;
use crate::session::{Input, Session};

/// Hands in the rest again and again, with room for one delivery each time. Returns what was told.
fn one_by_one(edge: &mut Edge<impl Session>, link: u32, piece: &str) -> Vec<Vec<String>> {
    let mut rest = piece;
    let mut told = Vec::new();
    loop {
        edge.room = Some(1);
        let (taken, lines) = edge.receive_some(link, rest);
        assert!(lines.len() <= 1, "{lines:?}");
        rest = &rest[taken..];
        if lines.is_empty() {
            assert_eq!(rest, "");
            return told;
        }
        told.push(lines);
    }
}

#[test]
fn a_piece_goes_on_where_it_was_stopped() {
    let mut edge = solo(config());
    edge.handle(Input::Start);
    edge.open(5);
    let piece = "id: 1\ndata: a\n\nid: 2\ndata: b\n\n: c\nid: 3\ndata: d\n\nda";
    let told = one_by_one(&mut edge, 5, piece);
    let wanted = [
        ["0: message a at 1"],
        ["0: message b at 2"],
        ["comment c"],
        ["0: message d at 3"],
    ];
    assert_eq!(told, wanted);
    edge.room = None;
    assert_eq!(edge.receive(5, "ta: e\n\n"), ["0: message e at 3"]);
}

#[test]
fn what_waits_comes_before_the_piece() {
    let mut edge = solo(config());
    edge.room = Some(0);
    assert_eq!(edge.handle(Input::Start), ["connect 5"]);
    assert_eq!(edge.open(5), [""; 0]);
    edge.room = Some(1);
    let (taken, lines) = edge.receive_some(5, "data: a\n\n");
    assert_eq!((taken, lines), (0, vec!["connecting".to_owned()]));
    edge.room = None;
    assert_eq!(edge.receive(5, "data: a\n\n"), ["open", "0: message a at "]);
}

#[test]
fn the_event_behind_a_gap_waits_with_the_rest() {
    let follows = || Config {
        follows: Some(Follows::Integers),
        ..config()
    };
    let mut edge = solo(follows());
    edge.handle(Input::Start);
    edge.open(5);
    let piece = "id: 1\ndata: a\n\nid: 5\ndata: b\n\nid: 6\ndata: c\n\n";
    let told = one_by_one(&mut edge, 5, piece);
    let wanted = [
        ["0: message a at 1"],
        ["0: gap"],
        ["0: message b at 5"],
        ["0: message c at 6"],
    ];
    assert_eq!(told, wanted);

    let mut edge = solo(Config {
        transport: Transport::Native,
        ..follows()
    });
    edge.handle(Input::Start);
    edge.handle(Input::NativeOpen(FIRST));
    let event = |data, last_event_id| Event {
        event_type: "message",
        data,
        last_event_id,
    };
    edge.receive_native(5, &event("a", "1"));
    edge.room = Some(1);
    assert_eq!(edge.receive_native(5, &event("b", "5")), ["0: gap"]);
    edge.room = None;
    assert_eq!(edge.settle(), ["0: message b at 5"]);
}

#[test]
fn what_an_event_tells_all_channels_comes_before_it() {
    let mut edge = muxed();
    edge.subscribe(1, "a");
    edge.subscribe(2, "b");
    edge.handle(Input::Flush);
    edge.open(5);
    edge.receive(5, HUB);
    edge.receive(5, "id: e-1\nevent: a\ndata: x\n\n");
    // Another epoch is a gap on each channel.
    let piece = "id: f-1\nevent: b\ndata: y\n\nid: f-2\nevent: a\ndata: z\n\n";
    let mut told = one_by_one(&mut edge, 5, piece);
    told[..2].sort();
    let wanted = [
        ["1: gap"],
        ["2: gap"],
        ["2: message y at f-1"],
        ["1: message z at f-2"],
    ];
    assert_eq!(told, wanted);
    // An event that is too large is also a gap on each channel, where its channel is unknown.
    let large = format!(
        "data: {}\n\nid: f-4\nevent: a\ndata: w\n\n",
        "x".repeat(200)
    );
    let mut told = one_by_one(&mut edge, 5, &large);
    told[..2].sort();
    assert_eq!(told[..2], [["1: gap"], ["2: gap"]]);
    assert_eq!(told.last().unwrap(), &["1: message w at f-4"]);
}

#[test]
fn an_event_of_a_native_event_source_waits_behind_what_waits() {
    let mut edge = muxed_with(Config {
        transport: Transport::Native,
        ..config()
    });
    edge.subscribe(1, "a");
    edge.handle(Input::Flush);
    edge.room = Some(0);
    assert_eq!(edge.handle(Input::NativeOpen(FIRST)), ["listen 5"; 0]);
    edge.room = Some(1);
    let event = Event {
        event_type: "a",
        data: "x",
        last_event_id: "",
    };
    assert_eq!(edge.receive_native(5, &event), ["1: in force"]);
    edge.room = None;
    assert_eq!(edge.settle(), ["open", "1: message x at "]);
}

#[test]
fn a_connection_that_is_dropped_takes_the_rest_of_its_piece_along() {
    let mut edge = solo(config());
    edge.handle(Input::Start);
    edge.open(5);
    edge.room = Some(1);
    let piece = "id: 1\ndata: a\n\nid: 2\ndata: b\n\n";
    let (taken, _) = edge.receive_some(5, piece);
    edge.room = None;
    let lines = edge.handle(Input::Reconnect);
    assert_eq!(lines, ["disconnect 5", "connect 6", "connecting"]);
    assert_eq!(edge.receive(5, &piece[taken..]), [""; 0]);
    // The session resumes after what was taken.
    assert_eq!(edge.session.place().position, "1");
}
