//! Answers that are not an event stream, and what follows them.

use core::time::Duration;

use super::Client;
use super::client::{WALL, fetch};
use crate::connection::AnswerKind;
use crate::connection::{Output, State};
use crate::error::Error;
use crate::http::Response;

#[test]
fn the_status_decides_whether_to_go_on() {
    let stop = [
        100, 201, 205, 206, 301, 304, 400, 401, 402, 403, 404, 405, 406, 409, 410, 422, 451, 501,
        505,
    ];
    for status in stop {
        let mut client = Client::started(fetch());
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
        assert_eq!(client.due_in(), None);
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 507, 520, 599] {
        let mut client = Client::started(fetch());
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("wait 1s after 1: status {status}")]);
    }
}

#[test]
fn no_content_ends_it_without_an_error() {
    let mut client = Client::started(fetch());
    client.respond(204, &[]);
    client.says(&["disconnect", "end by 204", "closed"]);
}

#[test]
fn another_content_type_is_final() {
    let mut client = Client::started(fetch());
    client.respond(200, &[("content-type", "text/html")]);
    client.says(&["disconnect", "closed: status 200"]);
}

#[test]
fn the_error_carries_the_answer() {
    let mut client = Client::started(fetch());
    let response = Response {
        status: 402,
        headers: vec![("x-reason".to_owned(), "plan".to_owned())],
        url: "https://a.example/".to_owned(),
    };
    let excerpt = "pay first".to_owned();
    let now = crate::connection::Instant::default();
    client
        .connection
        .handle_response(now, response, AnswerKind::Unexpected, excerpt, WALL);
    let last = core::iter::from_fn(|| client.connection.poll_output()).last();
    let Some(Output::State(State::Closed { error: Some(error) })) = last else {
        panic!("{last:?}");
    };
    assert_eq!(error.status(), Some(402));
    assert!(error.is_terminal());
    let Error::Response(unexpected) = &error else {
        panic!("{error}");
    };
    assert_eq!(unexpected.response.header("x-reason"), Some("plan"));
    // The server's body must not become part of the error's message.
    assert_eq!(error.to_string(), "the server answered with status 402");
    assert_eq!(unexpected.excerpt, "pay first");
}

#[test]
fn a_refusal_on_a_reconnect_is_judged_alike() {
    let mut client = Client::open(fetch(), "7");
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(404, &[]);
    client.says(&["disconnect", "closed: status 404"]);
}

#[test]
fn a_refusal_counts_as_a_failure() {
    let mut client = Client::started(fetch());
    client.respond(503, &[]);
    client.pass(1.0);
    client.log();
    client.respond(503, &[]);
    client.says(&["disconnect", "wait 2s after 2: status 503"]);
    assert_eq!(client.connection.stats().last_activity, None);
    assert_eq!(
        client.connection.poll_timeout(),
        Some(crate::connection::Instant::from_origin(
            Duration::from_secs(3)
        ))
    );
}
