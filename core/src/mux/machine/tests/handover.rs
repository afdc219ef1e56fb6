//! A successor replaces the stream in use.

use super::Client;
use super::client::{HUB, WITHOUT_CONTROL};

/// Creates a client with `a` in force, on a server without control whose IDs have no order. The last ID is
/// `p`.
fn plain() -> Client {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "a", "p", "p");
    client.log();
    client
}

/// Creates the client of `plain` while the stream with `b` opens.
fn handing_over() -> Client {
    let mut client = plain();
    client.subscribe(&["b"]);
    client.says(&["open 2 at `p`"]);
    assert_eq!(client.attempts(2), "channel=a&channel=b&from=now%20b");
    client
}

#[test]
fn a_server_that_may_still_introduce_itself_is_given_a_second() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.subscribe(&["b"]);
    client.says(&["open 1 at ``", "a is in force"]);
    assert_eq!(client.due_in(), Some(1));
    client.pass(1);
    client.says(&["open 2 at ``"]);
}

#[test]
fn an_event_ends_the_waiting() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.subscribe(&["b"]);
    client.log();
    assert!(!client.mux.needs_attention());
    client.event(1, "@connected", HUB, "e-10");
    assert!(client.mux.needs_attention());
    client.flush();
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a","b"]}"#);
}

#[test]
fn the_old_stream_delivers_until_the_new_one_is_open() {
    let mut client = handing_over();
    client.event(1, "a", "q", "q");
    client.is_open(2);
    client.says(&["a got message q", "b is in force", "close 1"]);
    client.event(1, "a", "r", "r");
    client.event(2, "a", "q", "q");
    client.event(2, "a", "r", "r");
    client.says(&["a got message r"]);
}

#[test]
fn changes_during_a_handover_wait_for_it() {
    let mut client = handing_over();
    client.subscribe(&["c"]);
    client.says(&[]);
    client.is_open(2);
    client.event(2, "a", "q", "q");
    client.log();
    client.flush();
    client.says(&["open 3 at `q`"]);
    assert_eq!(
        client.attempts(3),
        "channel=a&channel=b&channel=c&from=now%20c"
    );
}

/// The old stream has advanced beyond the ID at which the new one began, but without the new channels. Their
/// events would be lost if the new stream resumed from the later ID.
#[test]
fn the_position_goes_back_to_where_the_new_stream_began() {
    let mut client = handing_over();
    client.event(1, "a", "r", "r");
    assert_eq!(client.mux.last_event_id(), "r");
    assert!(!client.mux.is_behind());
    client.is_open(2);
    assert_eq!(client.mux.last_event_id(), "p");
    assert!(client.mux.is_behind());
    client.log();
    client.lost(2);
    client.opens(2);
    client.log();
    client.event(2, "b", "q", "q");
    assert!(client.mux.is_behind());
    client.event(2, "a", "r", "r");
    client.says(&["b got message q"]);
    assert!(!client.mux.is_behind());
}

#[test]
fn the_position_goes_back_in_a_log_too() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", WITHOUT_CONTROL, "e-10");
    client.subscribe(&["b"]);
    assert_eq!(client.attempts(2), "channel=a&channel=b&from=now%20b");
    client.event(1, "a", "12", "e-12");
    client.is_open(2);
    assert_eq!(client.mux.last_event_id(), "e-10");
    client.event(2, "@connected", WITHOUT_CONTROL, "");
    client.log();
    // Events that the old stream has delivered need not be repeated.
    client.lost(2);
    assert_eq!(client.opens(2), "channel=a&channel=b&from=e-12%20a");
    client.event(2, "@connected", WITHOUT_CONTROL, "");
    client.log();
    client.event(2, "b", "11", "e-11");
    assert!(client.mux.is_behind());
    client.event(2, "a", "12", "e-12");
    assert!(!client.mux.is_behind());
    client.event(2, "a", "13", "e-13");
    client.says(&["b got message 11", "a got message 13"]);
}

#[test]
fn a_new_life_gets_nothing_that_the_life_before_has_had() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", WITHOUT_CONTROL, "e-10");
    client.subscribe(&["b"]);
    client.attempts(2);
    client.event(1, "a", "12", "e-12");
    client.is_open(2);
    client.event(2, "@connected", WITHOUT_CONTROL, "");
    client.unsubscribe(&["a"]);
    client.subscribe(&["a"]);
    client.opens(3);
    client.event(3, "@connected", WITHOUT_CONTROL, "");
    client.log();
    client.event(3, "a", "12", "e-12");
    client.event(3, "a", "13", "e-13");
    client.says(&["a got message 13"]);
}

#[test]
fn what_comes_again_is_recognised_in_a_second_handover() {
    let mut client = handing_over();
    client.event(1, "a", "q", "q");
    client.event(1, "a", "r", "r");
    client.is_open(2);
    client.event(2, "a", "q", "q");
    client.log();
    client.subscribe(&["c"]);
    client.says(&["open 3 at `q`"]);
    client.opens(3);
    client.log();
    client.event(3, "a", "r", "r");
    client.event(3, "a", "s", "s");
    client.says(&["a got message s"]);
}

#[test]
fn what_nobody_has_had_is_not_taken_for_seen() {
    let mut client = plain();
    client.subscribe(&["b"]);
    client.opens(2);
    client.unsubscribe(&["b"]);
    client.subscribe_after("b", "p");
    client.log();
    client.event(2, "a", "q", "q");
    client.flush();
    assert_eq!(client.attempts(3), "channel=a&channel=b&from=p%20b");
    // The event is for the earlier subscription, which has ended.
    client.event(2, "b", "r", "r");
    client.is_open(3);
    client.log();
    client.event(3, "b", "r", "r");
    client.says(&["b got message r"]);
}

#[test]
fn without_a_position_a_handover_is_a_gap() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "a", "without an ID", "");
    client.subscribe(&["b"]);
    client.log();
    assert_eq!(client.opens(2), "channel=a&channel=b");
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a has a gap", "b is in force", "close 1"]);
}

/// The stream was opened without a last event ID, whatever IDs the old stream has received since.
#[test]
fn a_position_that_comes_too_late_does_not_hide_the_gap() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.subscribe(&["b"]);
    client.pass(1);
    client.attempts(2);
    client.event(1, "a", "1", "first");
    client.log();
    client.is_open(2);
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a has a gap", "b is in force", "close 1"]);
}

/// The answer is lost, so the stream is replaced. The set has nevertheless come into force on it, after the
/// new stream was asked to begin the channel now.
#[test]
fn what_begins_on_both_streams_has_a_gap_between_them() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.answered(404);
    assert_eq!(client.attempts(2), "channel=a&channel=b&from=now%20b");
    client.log();
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.is_open(2);
    client.says(&["b is in force", "b has a gap", "close 1"]);
}

#[test]
fn a_stream_that_is_lost_leaves_the_place_to_its_successor() {
    let mut client = handing_over();
    client.lost(1);
    client.says(&["a is not in force", "close 1"]);
    client.is_open(2);
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a is in force", "b is in force"]);
}

#[test]
fn so_does_one_that_is_told_to_stop() {
    let mut client = handing_over();
    client.stopped(1);
    client.says(&["a is not in force", "close 1"]);
    assert!(!client.mux.is_closed());
}

#[test]
fn a_successor_that_is_refused_fails_what_it_would_have_added() {
    let mut client = handing_over();
    client.refused(2, 403);
    client.says(&["b fails: 403", "close 2"]);
    client.event(1, "a", "q", "q");
    client.flush();
    client.says(&["a got message q"]);
}

#[test]
fn a_successor_that_never_got_to_ask_is_not_made_again() {
    let mut client = plain();
    client.subscribe(&["b"]);
    client.log();
    client.refused(2, 401);
    client.says(&["b fails: 401", "close 2"]);
    client.flush();
    client.pass(600);
    client.says(&[]);
}

#[test]
fn a_refused_removal_is_not_tried_again() {
    let mut client = Client::new();
    client.subscribe(&["a", "b"]);
    client.opens(1);
    client.event(1, "a", "p", "p");
    client.unsubscribe(&["b"]);
    client.attempts(2);
    client.log();
    client.refused(2, 500);
    let lines = client.log();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "close 2");
    client.flush();
    client.says(&[]);
}

#[test]
fn an_old_stream_that_is_too_fast_ends_early() {
    let mut client = handing_over();
    for number in 0..10_000 {
        let id = format!("n{number}");
        client.event(1, "a", "x", &id);
    }
    let lines = client.log();
    assert_eq!(lines.len(), 10_002);
    assert!(lines.contains(&"close 1".to_owned()));
    assert!(lines.contains(&"a is not in force".to_owned()));
    client.is_open(2);
    client.log();
    client.event(2, "a", "x", "n9999");
    client.event(2, "a", "new", "n10000");
    client.says(&["a got message new"]);
}

#[test]
fn a_successor_that_is_refused_is_closed() {
    let mut client = plain();
    for (stream, channel) in [(2, "b"), (3, "c"), (4, "d")] {
        client.subscribe(&[channel]);
        client.says(&[&format!("open {stream} at `p`")]);
        client.attempts(stream);
        client.refused(stream, 403);
        client.says(&[&format!("{channel} fails: 403"), &format!("close {stream}")]);
    }
    client.event(1, "a", "q", "q");
    client.says(&["a got message q"]);
}

#[test]
fn a_successor_that_fails_again_and_again_makes_the_old_stream_give_way() {
    let mut client = handing_over();
    for _ in 0..3 {
        // A connection reports several losses between two attempts.
        client.lost(2);
        client.lost(2);
        client.attempts(2);
        client.says(&[]);
    }
    client.lost(2);
    client.says(&["a is not in force", "close 1"]);
    assert_eq!(client.mux.last_event_id(), "p");
    assert_eq!(client.opens(2), "channel=a&channel=b&from=now%20b");
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a is in force", "b is in force"]);
    client.event(2, "a", "q", "q");
    client.says(&["a got message q"]);
}

#[test]
fn failures_count_only_in_a_row() {
    let mut client = plain();
    // The stream in use may be lost more often than a successor.
    for _ in 0..6 {
        client.lost(1);
        client.attempts(1);
    }
    client.is_open(1);
    client.event(1, "a", "q", "q");
    client.subscribe(&["b"]);
    client.log();
    client.attempts(2);
    for _ in 0..3 {
        client.lost(2);
        client.attempts(2);
    }
    client.says(&[]);
    client.is_open(2);
    client.says(&["b is in force", "close 1"]);
}
