//! Events that were too large, and last event IDs without an event.

use super::Client;
use super::client::{HUB, WITHOUT_CONTROL};
use crate::mux::{GraphqlSse, Mercure};

#[test]
fn an_event_of_a_known_type_is_its_channels() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    assert_eq!(client.skips(1, Some("a tick")), Some("a".to_owned()));
    assert_eq!(client.skips(1, Some("nobody")), None);
    client.says(&[]);
}

#[test]
fn an_event_of_an_unknown_channel_is_a_gap_of_each_and_an_error_of_none() {
    let topic = "https://example.com/1";
    let operation = GraphqlSse::operation("subscription { a }", &()).expect("an operation");
    let mut mercure = Client::speaking(Mercure::by_id(), "");
    mercure.subscribe(&[topic]);
    mercure.opens(1);
    let mut graphql = Client::speaking(GraphqlSse::new(), "");
    graphql.subscribe(&[&operation]);
    graphql.reserves(1);
    graphql.opens_reserved(1);
    graphql.answered(202);
    let [mut unknown, mut gap] = [(); 2].map(|()| Client::on_a_hub(&["a"]));
    for (client, event_type, channel) in [
        (&mut mercure, Some("message"), topic),
        (&mut graphql, Some("next"), &*operation),
        (&mut unknown, None, "a"),
        (&mut gap, Some("@gap"), "a"),
    ] {
        client.log();
        assert_eq!(client.skips(1, event_type), None);
        let lines = client.log();
        assert_eq!(lines[0], format!("{channel} has a gap"), "{event_type:?}");
        assert!(lines[1].starts_with("error: "), "{lines:?}");
        assert_eq!(lines.len(), 2);
    }
}

#[test]
fn what_ends_a_channel_ends_it_without_its_data() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    assert_eq!(client.skips(1, Some("@error a")), None);
    let lines = client.log();
    assert_eq!(lines[0], "a fails: unknown");
    assert!(lines[1].starts_with("error: "), "{lines:?}");
}

#[test]
fn the_id_of_a_skipped_event_counts() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "a", "11", "e-11");
    client.skips(1, Some("a"));
    client.is_at(1, "e-12");
    assert_eq!(client.mux.last_event_id(), "e-12");
    client.says(&["a got message 11"]);
    // An earlier ID belongs to a replay.
    client.is_at(1, "e-9");
    assert_eq!(client.mux.last_event_id(), "e-12");
    // IDs without an order count too.
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "a", "1", "p");
    client.is_at(1, "q");
    assert_eq!(client.mux.last_event_id(), "q");
}

#[test]
fn the_id_of_another_log_is_a_gap() {
    let mut client = Client::on_a_hub(&["a"]);
    client.is_at(1, "f-3");
    assert_eq!(client.mux.last_event_id(), "f-3");
    client.says(&["a has a gap"]);
}

/// A hub's `@gap` and `@connected` may carry IDs of events that have not been delivered yet. These must not
/// move the connection's last event ID.
#[test]
fn the_ids_of_events_that_move_no_position_move_none() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "a", "11", "e-11");
    client.lost(1);
    client.opens(1);
    client.event(1, "@connected", HUB, "e-15");
    client.is_at(1, "e-15");
    client.event(1, "@gap", "{}", "e-14");
    client.is_at(1, "e-14");
    assert_eq!(client.mux.last_event_id(), "e-11");
}

/// The successor begins before the events that the old stream has delivered.
#[test]
fn the_id_of_an_introduction_is_not_that_of_what_follows_without_one() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", WITHOUT_CONTROL, "e-10");
    client.subscribe(&["b"]);
    client.attempts(2);
    client.event(1, "a", "11", "e-11");
    client.is_open(2);
    client.event(2, "@connected", WITHOUT_CONTROL, "e-11");
    client.log();
    client.event(2, "@error b", r#"{"code":"forbidden"}"#, "");
    client.event(2, "a", "11", "e-11");
    client.event(2, "a", "12", "e-12");
    client.says(&["b fails: forbidden", "a got message 12"]);
}

/// IDs without an order don't show whether a replayed event is before or after the connection's last event
/// ID.
#[test]
fn the_id_of_an_event_that_is_skipped_in_a_replay_is_no_position() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "a", "1", "p");
    client.subscribe_after("b", "m");
    client.opens(2);
    client.log();
    assert_eq!(client.skips(2, Some("b")), Some("b".to_owned()));
    client.is_at(2, "n");
    client.is_at(2, "o");
    assert_eq!(client.mux.last_event_id(), "p");
    assert_eq!(client.skips(2, Some("a")), Some("a".to_owned()));
    client.is_at(2, "q");
    assert_eq!(client.mux.last_event_id(), "q");
}

/// An event without an ID carries the previous event's ID, even if that event was skipped.
#[test]
fn what_follows_without_an_id_what_was_skipped_in_a_replay_moves_nothing() {
    for is_told_at_once in [true, false] {
        let mut client = Client::new();
        client.subscribe(&["a"]);
        client.opens(1);
        client.event(1, "a", "1", "p");
        client.subscribe_after("b", "m");
        client.opens(2);
        client.skips(2, Some("b"));
        if is_told_at_once {
            client.is_at(2, "n");
            client.event(2, "@error a", r#"{"code":"forbidden"}"#, "");
        } else {
            client.event(2, "@error a", r#"{"code":"forbidden"}"#, "n");
        }
        assert_eq!(client.mux.last_event_id(), "p");
    }
}
