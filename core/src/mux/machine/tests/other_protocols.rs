//! Requirements of other protocols on the machine.

use super::Client;
use crate::mux::machine::StreamId;
use crate::mux::{
    Answer, Change, Control, InForce, Opening, Protocol, Request, Route, Update, Wanted,
};
use crate::parse::Event;

/// A protocol that sends a request for each channel, once the stream is open.
#[derive(Clone)]
struct OneByOne {
    in_force: InForce,
    resumes: bool,
}

impl Protocol for OneByOne {
    fn prepare(&mut self, url: &str) -> Option<Request> {
        Some(Request::new("PUT", url))
    }

    fn prepared(&mut self, answer: &Answer) -> Result<(), String> {
        match answer.status {
            Some(201) => Ok(()),
            _ => Err("no token".to_owned()),
        }
    }

    fn open(&mut self, url: &str, _: &[Wanted<'_>]) -> Opening {
        Opening::without_channels(Request::get(format!("{url}?token")))
    }

    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        Route::Event {
            channel: event.event_type.into(),
            event_type: "next",
            data: event.data.into(),
        }
    }

    fn change(&mut self, change: &Change<'_>) -> Update {
        let request = |method, name: &str| Control {
            request: Request::new(method, format!("/{name}")),
            channel: Some(name.to_owned()),
        };
        let removed = change.removed.iter().map(|name| request("DELETE", name));
        let added = change.added.iter().map(|added| request("POST", added.name));
        Update::Requests {
            requests: removed.chain(added).collect(),
            in_force: self.in_force,
        }
    }

    fn resumes(&self) -> bool {
        self.resumes
    }

    fn replays(&self) -> bool {
        self.resumes
    }
}

fn client(in_force: InForce, resumes: bool) -> Client {
    let protocol = OneByOne { in_force, resumes };
    let mut client = Client::speaking(protocol, "");
    client.subscribe(&["a", "b"]);
    client.log();
    opens(&mut client);
    client
}

fn opens(client: &mut Client) {
    let id = StreamId(1);
    let prepare = client.mux.begin_attempt(id).expect("a reservation");
    assert_eq!(prepare.method, "PUT");
    let status = Some(201);
    let body = String::new();
    let answer = Answer { status, body };
    client.mux.handle_prepared(id, &answer).expect("a token");
    assert!(client.mux.opening(id).is_some());
    client.is_open(1);
}

#[test]
fn a_reservation_that_fails_fails_the_attempt() {
    let mut client = client(InForce::Delivered, false);
    client.lost(1);
    client.mux.begin_attempt(StreamId(1));
    let status = Some(500);
    let body = String::new();
    let answer = Answer { status, body };
    let result = client.mux.handle_prepared(StreamId(1), &answer);
    let error = result.expect_err("500").to_string();
    assert!(error.ends_with("no token"), "{error}");
}

#[test]
fn in_force_when_all_is_answered() {
    let mut client = client(InForce::Answered, false);
    client.says(&["POST /a ", "POST /b "]);
    let last = client.last_control();
    client.answer(last, Some(200));
    client.says(&[]);
    assert!(!client.mux.is_in_force("b"));
    // The earlier request is answered last.
    client.first_answered(200);
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a is in force", "b is in force"]);
}

#[test]
fn what_can_only_be_meant_for_a_set_is_delivered_before_it_is_in_force() {
    let mut client = client(InForce::Delivered, false);
    client.says(&["POST /a ", "POST /b "]);
    client.event(1, "a", "1", "");
    client.says(&["a got next 1"]);
    assert!(!client.mux.is_in_force("a"));
    client.answered(200);
    client.first_answered(200);
    assert!(client.mux.is_in_force("a"));
}

#[test]
fn a_request_that_is_refused_fails_its_channel_alone() {
    for in_force in [InForce::Delivered, InForce::Answered] {
        let mut client = client(in_force, false);
        client.log();
        client.answered(404);
        client.says(&["b fails: 404"]);
        client.first_answered(200);
        assert!(client.mux.is_in_force("a"));
    }
}

#[test]
fn given_up_and_asked_for_again_is_stopped_and_begun() {
    let mut client = client(InForce::Delivered, true);
    client.answered(200);
    client.first_answered(200);
    client.log();
    client.mux.unsubscribe("b");
    client.subscribe_after("b", "x");
    client.says(&["DELETE /b ", "POST /b "]);
}

#[test]
fn who_can_not_replay_says_so() {
    let mut client = client(InForce::Delivered, false);
    client.log();
    client.subscribe_after("c", "x");
    client.says(&[
        "error: the option `last_event_id` is not usable: this protocol has no way to begin a channel behind \
         an event of the past",
    ]);
}

#[test]
fn a_server_that_does_not_resume_makes_each_reconnect_a_gap_that_is_told_once_it_is_over() {
    let mut client = client(InForce::Delivered, false);
    client.answered(200);
    client.first_answered(200);
    client.lost(1);
    client.log();
    opens(&mut client);
    client.reconnected_without_position(1);
    client.says(&["POST /a ", "POST /b "]);
    // A delivered event shows that the channel misses nothing from there on.
    client.event(1, "b", "1", "");
    client.says(&["b has a gap", "b got next 1"]);
    client.answered(200);
    let first = client.control_before_last();
    client.answer(first, Some(200));
    let mut lines = client.log();
    lines.sort();
    assert_eq!(lines, ["a has a gap", "a is in force", "b is in force"]);
}

#[test]
fn where_the_server_fails_for_one_channel_another_connection_would_not_help() {
    let mut client = client(InForce::Answered, false);
    client.first_answered(200);
    for wait in [1, 2, 4, 8] {
        client.answered(503);
        client.log();
        client.pass(wait);
        client.says(&["POST /b "]);
    }
    client.answered(503);
    client.says(&["b fails: 503", "a is in force"]);
}
