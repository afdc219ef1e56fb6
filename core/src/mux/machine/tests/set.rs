//! Changes of the set become one request.

use super::Client;
use crate::mux::machine::Start;

#[test]
fn the_first_channels_open_one_stream_in_one_turn() {
    let mut client = Client::new();
    client.says(&[]);
    client.subscribe(&["b", "a"]);
    client.says(&["open 1 at ``"]);
    assert_eq!(client.attempts(1), "channel=a&channel=b");
    client.says(&[]);
    client.is_open(1);
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a is in force", "b is in force"]);
}

#[test]
fn what_is_added_while_the_stream_opens_is_in_the_next_attempt() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.attempts(1);
    client.subscribe(&["b"]);
    client.lost(1);
    assert_eq!(client.attempts(1), "channel=a&channel=b");
}

#[test]
fn what_is_added_during_the_request_is_asked_for_once_it_is_open() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.attempts(1);
    client.subscribe(&["b"]);
    client.is_open(1);
    client.event(1, "@connected", super::client::HUB, "e-1");
    client.log();
    client.flush();
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a","b"]}"#);
    assert!(client.mux.is_in_force("a"));
    assert!(!client.mux.is_in_force("b"));
}

#[test]
fn changes_of_a_turn_are_one_request() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.add("d", Start::Now);
    client.mux.unsubscribe("a");
    client.add("c", Start::Now);
    client.flush();
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["b","c","d"]}"#);
}

#[test]
fn changes_during_a_request_wait_for_its_answer() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a","b"]}"#);
    client.subscribe(&["c"]);
    client.unsubscribe(&["b"]);
    client.says(&[]);
    client.answered(202);
    client.asks_for(r#"{"connection":"c","revision":3,"channels":["a","c"]}"#);
}

#[test]
fn a_channel_given_up_and_taken_up_in_a_turn_goes_on() {
    let mut client = Client::on_a_hub(&["a"]);
    client.mux.unsubscribe("a");
    client.add("a", Start::Now);
    client.says(&["a is in force"]);
    client.flush();
    client.event(1, "a", "x", "e-11");
    client.log();
}

#[test]
fn a_channel_taken_up_elsewhere_in_the_same_turn_begins_anew() {
    let mut client = Client::on_a_hub(&["a"]);
    client.mux.unsubscribe("a");
    client.subscribe_after("a", "e-4");
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a"],"from":{"a":"e-4"}}"#);
    // The event is for the earlier subscription.
    client.event(1, "a", "x", "e-11");
    client.says(&[]);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.event(1, "a", "5", "e-5");
    client.event(1, "a", "x", "e-11");
    client.says(&["a is in force", "a got message 5", "a got message x"]);
}

#[test]
fn a_channel_that_never_was_asked_for_begins_where_it_was_last_told_to() {
    let mut client = Client::on_a_hub(&["a"]);
    client.add("b", Start::After("e-4".into()));
    client.mux.unsubscribe("b");
    client.add("b", Start::Now);
    client.flush();
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a","b"]}"#);
}

#[test]
fn a_channel_that_is_there_can_not_begin_elsewhere() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe_after("a", "e-4");
    client.says(&[
        "error: the option `last_event_id` is not usable: `a` is subscribed to, and goes on from where it is",
    ]);
}

#[test]
fn a_name_that_the_protocol_can_not_carry_is_refused() {
    let mut client = Client::new();
    client.subscribe(&["a b"]);
    client.says(&[
        "error: the option `channel` is not usable: `a b`: a channel's name has no space and no control \
         character",
    ]);
}

#[test]
fn the_empty_set_closes_and_lets_go_of_the_position() {
    let mut client = Client::on_a_hub(&["a"]);
    assert_eq!(client.mux.last_event_id(), "e-10");
    client.unsubscribe(&["a"]);
    client.says(&["close 1"]);
    client.subscribe(&["a"]);
    client.says(&["open 2 at ``"]);
    assert_eq!(client.opens(2), "channel=a");
}

#[test]
fn native_is_told_when_to_listen_for_more() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    let post = r#"POST /control {"connection":"c","revision":1,"channels":["a","b"]}"#;
    client.says_all(&[post, "listen 1"]);
}

#[test]
fn a_second_life_gets_nothing_of_the_first() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.unsubscribe(&["a"]);
    client.subscribe(&["a"]);
    client.log();
    client.event(1, "a", "of the first", "e-11");
    client.answered(202);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-12");
    client.event(1, "a", "of the first, too", "e-12");
    client.asks_for(r#"{"connection":"c","revision":2,"channels":["a","b"]}"#);
    client.event(1, "@subscribed", r#"{"revision":2}"#, "e-13");
    client.event(1, "a", "14", "e-14");
    client.says(&["a is in force", "a got message 14"]);
}

#[test]
fn names_that_were_given_up_while_offline_are_forgotten() {
    let mut client = Client::on_a_hub(&["keep"]);
    client.lost(1);
    for number in 0..100 {
        let name = format!("view:{number}");
        client.subscribe(&[&name]);
        client.unsubscribe(&[&name]);
        assert_eq!(client.mux.channels.removed_len(), 0);
    }
    assert_eq!(client.opens(1), "channel=keep");
}

#[test]
fn names_that_no_request_has_named_are_forgotten() {
    let mut client = Client::on_a_hub(&["keep", "gone"]);
    client.unsubscribe(&["gone"]);
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["keep"]}"#);
    // No further request is sent while this one is under way.
    for number in 0..100 {
        let name = format!("view:{number}");
        client.subscribe(&[&name]);
        client.unsubscribe(&[&name]);
    }
    assert_eq!(client.mux.channels.removed_len(), 1);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-10");
    assert_eq!(client.mux.channels.removed_len(), 0);
}
