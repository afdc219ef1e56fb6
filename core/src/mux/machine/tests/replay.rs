//! Channels that begin after an ID of their own.

use super::Client;
use super::client::HUB;

/// Creates a client with `a` in force at 10 and `b` replayed from 2.
fn replaying() -> Client {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe_after("b", "e-2");
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a","b"],"from":{"b":"e-2"}}"#);
    client.answered(202);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-10");
    client.event(1, "b", "3", "e-3");
    client.says(&["b is in force", "b got message 3"]);
    assert_eq!(client.mux.last_event_id(), "e-10");
    client
}

#[test]
fn cut_in_the_middle_a_replay_goes_on_where_it_was() {
    let mut client = replaying();
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=e-3%20b");
    client.event(1, "@connected", HUB, "");
    client.log();
    client.event(1, "b", "3", "e-3");
    client.event(1, "b", "7", "e-7");
    client.event(1, "a", "11", "e-11");
    client.says(&["b got message 7", "a got message 11"]);
}

#[test]
fn a_replay_that_has_brought_nothing_yet_begins_anew() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe_after("b", "e-2");
    client.answered(202);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-10");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=e-2%20b");
}

#[test]
fn what_is_newer_than_the_head_ends_the_replays_before_it() {
    let mut client = replaying();
    client.event(1, "a", "11", "e-11");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b");
}

#[test]
fn a_channel_that_begins_ahead_of_the_position_stays_there() {
    let mut client = Client::behind("e-5");
    client.subscribe_after("b", "e-12");
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", HUB, "");
    client.event(1, "a", "11", "e-11");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=e-12%20b");
    client.event(1, "@connected", HUB, "");
    client.log();
    client.event(1, "b", "12", "e-12");
    client.event(1, "b", "13", "e-13");
    client.says(&["b got message 13"]);
}

#[test]
fn a_heartbeat_ends_the_replays_before_it() {
    let mut client = replaying();
    client.event(1, "@ping", "{}", "");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b");
}

#[test]
fn a_beginning_in_another_log_is_not_forgotten() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe_after("b", "f-2");
    client.answered(202);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "");
    client.event(1, "@ping", "{}", "");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=f-2%20b");
}

#[test]
fn a_replay_that_has_not_begun_is_not_over() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe_after("b", "e-2");
    client.event(1, "a", "11", "e-11");
    client.event(1, "@ping", "{}", "");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=e-2%20b");
}

#[test]
fn a_second_replay_does_not_end_the_first() {
    let mut client = replaying();
    client.subscribe_after("c", "e-5");
    client.answered(202);
    client.event(1, "@subscribed", r#"{"revision":2}"#, "e-10");
    client.event(1, "c", "6", "e-6");
    client.lost(1);
    assert_eq!(
        client.opens(1),
        "channel=a&channel=b&channel=c&from=e-3%20b&from=e-6%20c"
    );
}

/// The connection itself knows an ID by then and sends it, so `now` must be explicit.
#[test]
fn beside_a_replay_now_has_to_be_said() {
    let mut client = Client::new();
    client.subscribe_after("a", "x");
    assert_eq!(client.opens(1), "channel=a&from=x%20a");
    client.event(1, "a", "1", "y");
    assert_eq!(client.mux.last_event_id(), "");
    client.lost(1);
    client.subscribe(&["b"]);
    assert_eq!(
        client.opens(1),
        "channel=a&channel=b&from=y%20a&from=now%20b"
    );
}

#[test]
fn without_an_order_a_channel_with_a_beginning_of_its_own_keeps_its_own_place() {
    let mut client = Client::behind("p");
    client.subscribe(&["a"]);
    client.subscribe_after("b", "x");
    assert_eq!(client.opens(1), "channel=a&channel=b&from=x%20b");
    client.event(1, "b", "1", "y");
    assert_eq!(client.mux.last_event_id(), "p");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=y%20b");
    client.event(1, "a", "2", "z");
    client.event(1, "@ping", "{}", "");
    assert_eq!(client.mux.last_event_id(), "z");
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=y%20b");
}
