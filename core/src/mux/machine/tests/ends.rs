//! The end of a channel, which leaves the others open.

use super::Client;

#[test]
fn a_channel_completes() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.event(1, "@complete a", "{}", "e-11");
    client.event(1, "a", "12", "e-12");
    client.event(1, "b", "13", "e-13");
    client.says(&["a ends", "b got message 13"]);
    assert!(client.mux.subscribers("a").is_none());
    // The server has already removed the channel from the set.
    client.flush();
    client.says(&[]);
}

#[test]
fn the_end_of_a_life_is_not_that_of_the_next() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.unsubscribe(&["a"]);
    client.subscribe(&["a"]);
    client.log();
    client.event(1, "@complete a", "{}", "e-11");
    client.says(&[]);
}

#[test]
fn a_channel_is_refused_before_or_after_its_set_is_in_force() {
    let forbidden = r#"{"code":"forbidden","message":"no"}"#;
    let subscribed = r#"{"revision":1}"#;
    for refused_first in [true, false] {
        let mut client = Client::on_a_hub(&["a"]);
        client.subscribe(&["b"]);
        client.log();
        if refused_first {
            client.event(1, "@error b", forbidden, "");
            client.event(1, "@subscribed", subscribed, "");
            client.says(&["b fails: forbidden"]);
        } else {
            client.event(1, "@subscribed", subscribed, "");
            client.event(1, "@error b", forbidden, "");
            client.says(&["b is in force", "b fails: forbidden"]);
        }
        client.answered(202);
        client.event(1, "a", "11", "e-11");
        client.says(&["a got message 11"]);
    }
}

#[test]
fn a_channel_that_was_not_asked_for_can_not_be_refused() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.subscribe(&["c"]);
    client.log();
    client.event(1, "@error c", r#"{"code":"forbidden"}"#, "");
    client.says(&[]);
}

#[test]
fn a_failure_without_readable_data_is_a_failure() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "@error a", "out of order", "");
    client.says(&["a fails: unknown"]);
}

#[test]
fn when_the_last_channel_has_ended_the_stream_is_closed() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "@complete a", "{}", "e-11");
    client.flush();
    client.says(&["a ends", "close 1"]);
}

const FORBIDDEN: &str = r#"{"code":"forbidden","message":"old token"}"#;

/// Creates a client whose `b` was requested, given up and requested again before any answer.
fn second_life() -> Client {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.log();
    client.answered(202);
    client.unsubscribe(&["b"]);
    client.log();
    client.answered(202);
    client.subscribe(&["b"]);
    client.asks_for(r#"{"connection":"c","revision":3,"channels":["a","b"]}"#);
    client.answered(202);
    client
}

#[test]
fn a_late_error_is_not_one_of_the_next_life() {
    let mut client = second_life();
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-10");
    client.event(1, "@error b", FORBIDDEN, "");
    client.event(1, "@subscribed", r#"{"revision":2}"#, "e-10");
    client.says(&[]);
    client.event(1, "@subscribed", r#"{"revision":3}"#, "e-10");
    client.event(1, "b", "11", "e-11");
    client.says(&["b is in force", "b got message 11"]);
    client.event(1, "@error b", FORBIDDEN, "");
    client.says(&["b fails: forbidden"]);
}

#[test]
fn a_late_error_that_overtakes_its_set_is_not_one_of_the_next_life() {
    let mut client = second_life();
    client.event(1, "@error b", FORBIDDEN, "");
    client.says(&[]);
    client.event(1, "@subscribed", r#"{"revision":3}"#, "e-10");
    client.says(&["b is in force"]);
}

#[test]
fn a_life_that_is_replaced_in_one_step_keeps_its_error() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.answered(202);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-10");
    client.mux.unsubscribe("b");
    client.subscribe_after("b", "e-9");
    client.log();
    client.event(1, "@error b", FORBIDDEN, "");
    client.says(&[]);
}

#[test]
fn an_error_that_names_its_revision_is_judged_by_that() {
    let error = |revision: u64| format!(r#"{{"code":"forbidden","revision":{revision}}}"#);
    for (revision, fails) in [(1, false), (2, false), (3, true), (4, false)] {
        let mut client = second_life();
        client.event(1, "@error b", &error(revision), "");
        let told: &[&str] = if fails { &["b fails: forbidden"] } else { &[] };
        client.says(told);
    }
}
