//! Sessions that tabs share.

use core::time::Duration;

use super::edge::{Edge, HUB, config};
use crate::mux::{EverstreamProtocol, Start};
use crate::session::{
    ChannelId, Input, LinkId, Muxed, MuxedConfig, Open, Opening, Session, Shared, SharedConfig,
    Solo,
};
use crate::tabs::{Body, Config, Election, Entry, Message};

fn shared(has_channels: bool) -> Edge<Shared> {
    shared_over(has_channels, has_channels)
}

/// Returns a shared session whose connection is a multiplexer's or not.
fn shared_over(has_channels: bool, is_muxed: bool) -> Edge<Shared> {
    shared_from("", has_channels, is_muxed)
}

/// Returns a shared session that begins from a position.
fn shared_from(position: &str, has_channels: bool, is_muxed: bool) -> Edge<Shared> {
    tab(position, has_channels, is_muxed, 1)
}

/// Returns a shared session of the tab that this number names.
pub(super) fn tab(position: &str, has_channels: bool, is_muxed: bool, seed: u64) -> Edge<Shared> {
    let open: Open = Box::new(move |opening: Opening<'_>| -> Box<dyn Session> {
        let connection = crate::connection::Config {
            last_event_id: opening.position.to_owned(),
            max_event_size: 20 * 1024 * 1024,
            ..config()
        };
        if !is_muxed {
            return Box::new(Solo::new(connection, 1, opening.first));
        }
        let config = MuxedConfig {
            url: "https://h/mux".to_owned(),
            connection,
            seed: 1,
            first: opening.first,
        };
        Box::new(Muxed::new(config, EverstreamProtocol::new()))
    });
    let tab = Config {
        election: Election::Lock,
        last_event_id: position.to_owned(),
        seed,
        wall: Duration::from_secs(1_000_000),
        kept: 100,
    };
    let config = SharedConfig {
        tab,
        has_channels,
        open,
    };
    Edge::new(Shared::new(crate::connection::Instant::default(), config))
}

pub(super) fn ask(channel: u32, name: &str) -> Input<'_> {
    Input::Subscribe {
        channel: ChannelId(channel),
        name,
        start: Start::Now,
    }
}

/// Makes the tab lead. Returns what follows.
pub(super) fn leads(edge: &mut Edge<Shared>) -> Vec<String> {
    assert_eq!(edge.settle(), ["request the lock", "Follower of 1"]);
    assert_eq!(edge.handle(Input::LockHeld), [""; 0]);
    edge.time_out()
}

/// Returns a tab that leads, with these channels.
fn leader(channels: &[(u32, &str)]) -> Edge<Shared> {
    let mut edge = shared(true);
    for (channel, name) in channels {
        edge.session.handle(edge.now, ask(*channel, name));
    }
    edge.session.handle(edge.now, Input::Flush);
    let lines = leads(&mut edge);
    assert_eq!(lines, ["connect 0", "Leader of 1", "connecting"]);
    let mut open = edge.open(0);
    open.sort();
    assert_eq!(open.last().expect("it is told"), "open");
    edge.receive(0, HUB);
    edge
}

#[test]
fn a_source_is_shared_as_it_is() {
    let mut edge = shared(false);
    assert_eq!(leads(&mut edge), ["connect 0", "Leader of 1", "connecting"]);
    assert_eq!(edge.open(0), ["open"]);
    let told = edge.receive(0, "id: 1\ndata: a\n\nid: 2\nevent: tick\ndata: b\n\n");
    assert_eq!(told, ["0: message a at 1", "0: tick b at 2"]);
    // A position that comes without an event is shared by all tabs as well.
    edge.receive(0, "id: 3\n\n");
    assert_eq!(edge.session.place().position, "3");
    let closed = edge.handle(Input::Close);
    assert_eq!(closed, ["disconnect 0", "release the lock"]);
}

#[test]
fn no_name_of_a_connection_is_given_twice_by_a_tab() {
    let mut edge = leader(&[(1, "a")]);
    assert_eq!(
        edge.handle(Input::Leave),
        ["disconnect 0", "release the lock", "Follower of 1"]
    );
    assert_eq!(edge.handle(Input::Return), ["request the lock"]);
    edge.handle(Input::LockHeld);
    let lines = edge.time_out();
    assert_eq!(lines[0], "connect 1", "{lines:?}");
    // Late input of the first connection must not be taken for the second's.
    assert_eq!(edge.open(0), [""; 0]);
    assert_eq!(edge.receive(0, "event: a\ndata: late\n\n"), [""; 0]);
}

#[test]
fn to_close_says_everything_that_is_to_be_dropped() {
    let mut edge = leader(&[(1, "a")]);
    edge.subscribe(2, "b");
    assert_eq!(
        edge.handle(Input::Flush),
        ["send POST /control", "listen 0"]
    );
    let mut closed = edge.handle(Input::Close);
    closed.sort();
    assert_eq!(
        closed,
        ["abort request 1", "disconnect 0", "release the lock"]
    );
    assert_eq!(edge.session.poll_timeout(), None);
    assert_eq!(edge.handle(Input::Return), [""; 0]);
}

#[test]
fn events_are_told_by_channel() {
    let mut edge = leader(&[(1, "a"), (2, "b")]);
    let piece = "id: e-1\nevent: a\ndata: x\n\nid: e-2\nevent: b\ndata: y\n\n\
        event: @gap\ndata: {\"channels\":[\"b\"]}\n\n";
    let told = ["1: message x at e-1", "2: message y at e-2", "2: gap"];
    assert_eq!(edge.receive(0, piece), told);
}

#[test]
fn a_channel_that_has_ended_is_asked_for_again_only_as_another() {
    let mut edge = leader(&[(1, "a"), (2, "b")]);
    edge.room = Some(0);
    let end = "event: @error b\ndata: {\"code\":\"no\",\"message\":\"not you\"}\n\n";
    assert_eq!(edge.receive(0, end), [""; 0]);
    // The subscribers of `b` don't know yet, and asking for another channel must not bring `b` back.
    edge.subscribe(3, "c");
    edge.handle(Input::Flush);
    let (_, body) = edge.sends.last().expect("a change");
    assert!(body.contains(r#""channels":["a","c"]"#), "{body}");
    edge.room = None;
    let lines = edge.settle();
    assert!(lines.contains(&"2: fails: no".to_owned()), "{lines:?}");
    edge.answer(202, "");
    edge.receive(0, "event: @subscribed\ndata: {\"revision\":1}\n\n");
    edge.subscribe(4, "b");
    edge.handle(Input::Flush);
    let (_, body) = edge.sends.last().expect("a change");
    assert!(body.contains(r#""channels":["a","b","c"]"#), "{body}");
}

#[test]
fn what_is_for_a_channel_that_is_given_up_is_for_nobody() {
    let mut edge = leader(&[(1, "a"), (2, "b")]);
    edge.room = Some(0);
    edge.receive(
        0,
        "event: a\ndata: x\n\nevent: b\ndata: y\n\nevent: a\ndata: z\n\n",
    );
    edge.unsubscribe(1, "a");
    // A newer channel may have the name by now.
    edge.session.handle(edge.now, ask(3, "a"));
    edge.unsubscribe(1, "a");
    edge.room = None;
    // The server was never asked for another set, so the channel goes on.
    assert_eq!(
        edge.handle(Input::Flush),
        ["2: message y at ", "3: in force"]
    );
    assert_eq!(
        edge.receive(0, "event: a\ndata: w\n\n"),
        ["3: message w at "]
    );
}

#[test]
fn what_was_not_in_force_is_not_by_being_asked_for_again() {
    let mut edge = leader(&[(1, "a")]);
    edge.handle(Input::Failed(LinkId(0), "reset"));
    edge.unsubscribe(1, "a");
    edge.subscribe(2, "a");
    assert_eq!(edge.handle(Input::Flush), [""; 0]);
    let lines = edge.time_out();
    assert_eq!(lines, ["connect 1", "connecting"]);
    let open = edge.open(1);
    assert!(open.contains(&"2: in force".to_owned()), "{open:?}");
}

/// The connection reports the gap for all channels at once, as a session without channels does.
#[test]
fn who_comes_in_the_same_turn_is_told_of_a_gap_that_the_one_before_was_told_of() {
    let mut edge = shared_over(true, false);
    edge.session.handle(edge.now, ask(1, "a"));
    edge.session.handle(edge.now, Input::Flush);
    leads(&mut edge);
    edge.open(0);
    let mut link = 0;
    let mut reconnect = |edge: &mut Edge<Shared>| {
        edge.handle(Input::Failed(LinkId(link), "reset"));
        while !edge.time_out().contains(&format!("connect {}", link + 1)) {}
        link += 1;
        edge.open(link)
    };
    assert_eq!(reconnect(&mut edge), ["open", "1: gap"]);
    // A second gap is told only after something has come.
    assert_eq!(reconnect(&mut edge), ["open"]);
    edge.unsubscribe(1, "a");
    edge.subscribe(2, "a");
    assert_eq!(edge.handle(Input::Flush), [""; 0]);
    assert_eq!(reconnect(&mut edge), ["open", "2: gap"]);
}

#[test]
fn channels_that_were_behind_the_position_have_a_gap() {
    let mut edge = shared_from("e-5\n", true, true);
    edge.session.handle(edge.now, ask(1, "a"));
    edge.session.handle(edge.now, Input::Flush);
    let lines = leads(&mut edge);
    assert_eq!(lines, ["connect 0", "Leader of 1", "1: gap", "connecting"]);
    assert_eq!(edge.resumes, "e-5");
}

#[test]
fn what_came_while_nobody_asked_for_anything_is_missed_by_nobody() {
    let mut edge = leader(&[(1, "a")]);
    edge.receive(0, "id: e-5\nevent: a\ndata: x\n\n");
    edge.unsubscribe(1, "a");
    edge.handle(Input::Flush);
    edge.handle(Input::Leave);
    edge.handle(Input::Return);
    edge.handle(Input::LockHeld);
    assert_eq!(edge.time_out(), ["Leader of 1", "idle"]);
    edge.subscribe(2, "b");
    assert_eq!(edge.handle(Input::Flush), ["connect 1", "connecting"]);
    assert_eq!(edge.resumes, "");
}

/// An event's ID already tells the position, so no entry needs to repeat it.
#[test]
fn what_a_piece_brings_is_one_message_of_events_alone() {
    let mut edge = leader(&[(1, "a")]);
    edge.receive(0, "id: e-4\nevent: a\ndata: x\n\n");
    edge.said.clear();
    edge.receive(
        0,
        "id: e-5\nevent: a\ndata: x\n\nid: e-6\nevent: a\ndata: y\n\n",
    );
    let said: Vec<_> = edge
        .said
        .iter()
        .map(|bytes| Message::decode(bytes))
        .collect();
    let [Some(message)] = &said[..] else {
        panic!("{said:?}");
    };
    let Body::Batch(batch) = &message.body else {
        panic!("{message:?}");
    };
    let has_none = |entry: &std::rc::Rc<Entry>| entry.position.is_none();
    assert_eq!(batch.entries.len(), 2, "{batch:?}");
    assert!(batch.entries.iter().all(has_none), "{batch:?}");
}

#[test]
fn of_too_much_the_older_half_gives_way_to_a_gap() {
    let mut edge = leader(&[(1, "a")]);
    edge.room = Some(0);
    let filler = "x".repeat(1024 * 1024);
    for number in 0..40 {
        edge.receive(
            0,
            &format!("id: e-{number}\nevent: a\ndata: {number}{filler}\n\n"),
        );
    }
    edge.room = None;
    let told = edge.settle();
    assert_eq!(told[0], "1: gap");
    assert!(told.len() < 18, "{} are told", told.len());
    let last = told.last().expect("some are left");
    assert!(last.starts_with("1: message 39x"), "{}", &last[..20]);
    assert_eq!(told.iter().filter(|line| *line == "1: gap").count(), 1);
}

#[test]
fn what_the_connection_tells_later_is_not_kept_until_something_else_happens() {
    let mut edge = leader(&[(1, "a")]);
    edge.unsubscribe(1, "a");
    // The multiplexer reports that it is idle only once its connection is closed.
    assert_eq!(edge.handle(Input::Flush), ["disconnect 0", "idle"]);
}
