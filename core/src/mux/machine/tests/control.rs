//! Control requests: answered, failed and unanswered.

use super::Client;

const BOTH: &str = r#"{"connection":"c","revision":1,"channels":["a","b"]}"#;

/// Creates a client with `a` in force and `b` requested.
fn asking() -> Client {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.asks_for(BOTH);
    client
}

#[test]
fn taken_is_not_in_force() {
    let mut client = asking();
    client.answered(202);
    client.event(1, "b", "too early", "e-11");
    client.says(&[]);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.event(1, "b", "12", "e-12");
    client.says(&["b is in force", "b got message 12"]);
    assert_eq!(client.due_in(), None);
}

#[test]
fn in_force_may_come_before_the_answer() {
    let mut client = asking();
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.answered(202);
    client.says(&["b is in force"]);
}

#[test]
fn a_revision_that_was_not_asked_for_puts_nothing_in_force() {
    let mut client = asking();
    client.event(1, "@subscribed", r#"{"revision":2}"#, "e-11");
    client.says(&[]);
}

#[test]
fn an_older_revision_changes_nothing_any_more() {
    let mut client = asking();
    client.answered(202);
    client.subscribe(&["c"]);
    client.log();
    client.event(1, "@subscribed", r#"{"revision":2}"#, "e-11");
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["b is in force", "c is in force"]);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.says(&[]);
    assert!(client.mux.is_in_force("c"));
}

#[test]
fn a_connection_that_is_not_known_is_replaced() {
    let mut client = asking();
    client.answered(404);
    client.says(&["open 2 at `e-10`"]);
    assert_eq!(client.opens(2), "channel=a&channel=b&from=now%20b");
    client.says(&["b is in force", "close 1"]);
}

#[test]
fn a_set_that_is_too_large_fails_what_it_would_have_added() {
    let mut client = asking();
    client.answered(413);
    client.says(&["b fails: 413"]);
    client.pass(600);
    client.says(&[]);
    client.subscribe(&["c"]);
    client.asks_for(r#"{"connection":"c","revision":2,"channels":["a","c"]}"#);
}

#[test]
fn what_an_earlier_set_was_granted_survives_the_refusal_of_a_later() {
    let mut client = asking();
    client.answered(202);
    client.subscribe(&["c"]);
    client.log();
    client.answered(413);
    client.says(&["c fails: 413"]);
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.says(&["b is in force"]);
}

/// The first sending arrived, and only its answer was lost.
#[test]
fn what_is_in_force_survives_the_refusal_of_a_repetition() {
    let mut client = asking();
    client.event(1, "@subscribed", r#"{"revision":1}"#, "e-11");
    client.pass(11);
    client.answered(413);
    let lines = client.log();
    assert!(!lines.contains(&"b fails: 413".to_owned()), "{lines:?}");
    client.event(1, "b", "12", "e-12");
    client.says(&["b got message 12"]);
}

#[test]
fn a_refused_removal_is_an_error_of_no_channel() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.unsubscribe(&["b"]);
    client.log();
    client.answered(403);
    assert_eq!(client.log().len(), 1);
    client.flush();
    client.says(&[]);
}

#[test]
fn unauthorized_is_tried_once_more_with_new_headers() {
    let mut client = asking();
    client.answered(401);
    client.says(&[&format!("POST /control with new headers {BOTH}")]);
    client.answered(401);
    client.says(&["b fails: 401"]);
}

#[test]
fn failures_are_repeated_with_backoff_and_then_the_stream_is_replaced() {
    for fail in [Client::unanswered, |client: &mut Client| {
        client.answered(503);
    }] {
        let mut client = asking();
        for wait in [1, 2, 4, 8] {
            fail(&mut client);
            client.says(&[]);
            assert_eq!(client.due_in(), Some(wait));
            client.pass(wait);
            client.asks_for(BOTH);
        }
        fail(&mut client);
        client.says(&["open 2 at `e-10`"]);
        assert_eq!(client.due_in(), None);
    }
}

#[test]
fn an_answer_is_waited_for_ten_seconds() {
    let mut client = asking();
    let late = client.last_control();
    client.pass(10);
    client.says(&["abort"]);
    client.pass(1);
    client.asks_for(BOTH);
    // An answer to the first sending has no effect.
    client.answer(late, Some(413));
    client.says(&[]);
    client.answered(202);
    assert_eq!(client.due_in(), None);
}

#[test]
fn an_answer_for_a_connection_that_is_gone_changes_nothing() {
    let mut client = asking();
    client.lost(1);
    client.says(&["a is not in force", "abort"]);
    client.answered(404);
    client.says(&[]);
    assert_eq!(client.due_in(), None);
    assert_eq!(client.opens(1), "channel=a&channel=b&from=now%20b");
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a is in force", "b is in force"]);
}

#[test]
fn revisions_begin_anew_on_each_connection() {
    let mut client = asking();
    client.answered(202);
    client.lost(1);
    client.opens(1);
    client.event(1, "@connected", super::client::HUB, "");
    client.log();
    client.unsubscribe(&["b"]);
    client.asks_for(r#"{"connection":"c","revision":1,"channels":["a"]}"#);
}

#[test]
fn a_request_that_is_given_up_is_aborted() {
    let mut client = asking();
    let (mut sent, mut aborted) = (1, 0);
    for _ in 0..600 {
        client.pass(1);
        for line in client.log() {
            sent += u32::from(line.starts_with("POST"));
            aborted += u32::from(line == "abort");
        }
        assert!(sent - aborted <= 1, "{sent} sent, {aborted} aborted");
    }
    assert_eq!((sent, aborted), (5, 5));
}

#[test]
fn requests_of_a_stream_that_ends_are_aborted() {
    let ends: [fn(&mut Client); 4] = [
        |client| client.lost(1),
        |client| client.stopped(1),
        Client::close,
        |client| client.unsubscribe(&["a", "b"]),
    ];
    for end in ends {
        let mut client = asking();
        end(&mut client);
        let lines = client.log();
        assert!(lines.contains(&"abort".to_owned()), "{lines:?}");
    }
    // An answered request is not aborted.
    let mut client = asking();
    client.answered(404);
    client.says(&["open 2 at `e-10`"]);
}
