//! Events reach the subscribers of their channel, once.

use super::Client;

#[test]
fn the_first_word_is_the_channel_and_the_second_the_type() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "a", "1", "e-11");
    client.event(1, "a tick", "2", "e-12");
    client.event(1, "b", "3", "e-13");
    client.event(1, "message", "4", "e-14");
    client.says(&["a got message 1", "a got tick 2"]);
    assert_eq!(client.mux.last_event_id(), "e-14");
}

#[test]
fn an_event_that_was_declined_may_be_handed_in_again() {
    let mut client = Client::on_a_hub(&["a"]);
    assert!(!client.offer(1, "a", "1", "e-11", false));
    assert_eq!(client.mux.last_event_id(), "e-10");
    assert!(client.offer(1, "a", "1", "e-11", true));
    client.says(&["a got message 1"]);
    assert_eq!(client.mux.last_event_id(), "e-11");
}

#[test]
fn the_position_is_the_greatest_and_what_was_seen_is_not_seen_again() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.event(1, "a", "12", "e-12");
    client.event(1, "b", "11", "e-11");
    client.event(1, "a", "12", "e-12");
    client.says(&["a got message 12", "b got message 11"]);
    assert_eq!(client.mux.last_event_id(), "e-12");
}

#[test]
fn an_event_without_an_id_of_its_own_is_always_new() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "a", "11", "e-11");
    client.event(1, "a", "in between", "");
    client.says(&["a got message 11", "a got message in between"]);
}

#[test]
fn an_id_that_an_event_of_the_protocol_has_told_in_advance_counts_as_seen() {
    let mut client = Client::new();
    client.add("a", crate::mux::Start::After("e-0".into()));
    client.flush();
    client.opens(1);
    client.event(1, "@connected", super::client::HUB, "e-1");
    client.event(1, "a", "1", "e-1");
    client.event(1, "a", "2", "e-2");
    client.event(1, "a", "1", "e-1");
    client.says(&[
        "open 1 at ``",
        "a is in force",
        "a got message 1",
        "a got message 2",
    ]);
}

#[test]
fn a_position_on_an_event_of_the_protocol_keeps_a_quiet_client_young() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "@ping", "{}", "e-20");
    assert_eq!(client.mux.last_event_id(), "e-20");
    client.subscribe(&["b"]);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-30");
    assert_eq!(client.mux.last_event_id(), "e-30");
}

#[test]
fn a_resumed_stream_does_not_believe_the_head() {
    let mut client = Client::behind("e-5");
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", super::client::HUB, "e-10");
    assert_eq!(client.mux.last_event_id(), "e-5");
    client.event(1, "a", "6", "e-6");
    assert_eq!(client.mux.last_event_id(), "e-6");
}

#[test]
fn ids_that_look_like_positions_are_none_unless_the_server_keeps_a_log() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.log();
    client.event(1, "a", "1", "x-2");
    client.event(1, "a", "2", "x-1");
    client.says(&["a got message 1", "a got message 2"]);
    assert_eq!(client.mux.last_event_id(), "x-1");
}

#[test]
fn the_interval_of_the_server_is_watched_twice_as_long_and_per_connection() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.log();
    client.event(1, "@connected", r#"{"protocol":1,"heartbeatMs":15000}"#, "");
    client.says(&["heartbeat 1: Some(30s)"]);
    client.lost(1);
    client.log();
    client.attempts(1);
    client.says(&["heartbeat 1: None"]);
}

#[test]
fn what_is_malformed_is_told_and_harms_nobody() {
    let mut client = Client::on_a_hub(&["a"]);
    for (event_type, data) in [
        ("@connected", "hello"),
        ("@connected", r#"{"protocol":2}"#),
        ("@subscribed", r#"{"revision":-1}"#),
        ("@complete", "{}"),
        ("@error", "{}"),
    ] {
        client.event(1, event_type, data, "");
        let lines = client.log();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].starts_with("error: the server does not keep to the multiplex protocol"),
            "{lines:?}"
        );
    }
    client.event(1, "@of-a-later-version", "?", "");
    client.event(1, "a", "11", "e-11");
    client.says(&["a got message 11"]);
}

#[test]
fn nothing_comes_from_a_stream_that_is_not_in_use() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(2, "a", "11", "e-11");
    client.says(&[]);
    assert_eq!(client.mux.last_event_id(), "e-10");
}
