//! The end of a multiplexer, and calls after it.

use super::Client;

#[test]
fn closing_tells_everyone_and_is_final() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.log();
    client.close();
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a ends", "abort", "b ends", "close 1", "closed"]);
    assert!(client.mux.is_closed());
    assert_eq!(client.due_in(), None);
    client.close();
    client.answered(404);
    client.event(1, "a", "11", "e-11");
    client.lost(1);
    client.refused(1, 500);
    client.flush();
    client.pass(600);
    client.says(&[]);
}

#[test]
fn a_stream_that_is_closed_for_good_closes_everything() {
    let mut client = Client::on_a_hub(&["a"]);
    client.refused(1, 403);
    let lines = client.log();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[..2], ["a fails: 403", "close 1"]);
    assert!(lines[2].starts_with("closed: "));
}

#[test]
fn a_server_that_tells_to_stop_is_no_error() {
    let mut client = Client::on_a_hub(&["a"]);
    client.stopped(1);
    client.says(&["a ends", "close 1", "closed"]);
}

#[test]
fn who_comes_after_the_end_is_told_so() {
    let mut client = Client::on_a_hub(&["a"]);
    client.refused(1, 403);
    client.log();
    client.subscribe(&["b"]);
    client.says(&["b fails: 403"]);
}

#[test]
fn closing_before_the_beginning_opens_nothing() {
    let mut client = Client::new();
    client.add("a", crate::mux::Start::Now);
    client.close();
    client.flush();
    client.says(&["a ends", "closed"]);
}

#[test]
fn a_channel_is_not_in_force_while_the_stream_reconnects() {
    let mut client = Client::on_a_hub(&["a"]);
    client.lost(1);
    client.says(&["a is not in force"]);
    client.attempts(1);
    client.says(&[]);
    client.is_open(1);
    client.says(&["a is in force"]);
}

#[test]
fn a_stream_that_is_gone_is_not_opened() {
    let mut client = Client::on_a_hub(&["a"]);
    client.unsubscribe(&["a"]);
    let gone = crate::mux::machine::StreamId(1);
    assert!(client.mux.begin_attempt(gone).is_none());
    assert!(client.mux.opening(gone).is_none());
}
