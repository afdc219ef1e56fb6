//! The provider of headers: a 401 or 403 is tried once more with new headers.

use core::time::Duration;

use super::Client;
use super::client::{fetch, steady};
use crate::connection::{Config, Decision};

fn refreshable() -> Config {
    Config {
        refreshable: true,
        ..fetch()
    }
}

#[test]
fn one_attempt_with_new_headers_then_it_stops() {
    for status in [401, 403] {
        let mut client = Client::started(refreshable());
        client.respond(status, &[]);
        client.says(&["disconnect", "connect by fetch, unauthorized"]);
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
    }
}

#[test]
fn without_a_provider_it_stops_at_once() {
    let mut client = Client::started(fetch());
    client.respond(401, &[]);
    client.says(&["disconnect", "closed: status 401"]);
}

#[test]
fn other_statuses_do_not_ask_the_provider() {
    let mut client = Client::started(refreshable());
    client.respond(404, &[]);
    client.says(&["disconnect", "closed: status 404"]);
}

#[test]
fn each_stream_that_opens_gives_the_provider_a_new_chance() {
    let mut client = Client::open(refreshable(), "7");
    for _ in 0..3 {
        client.lost();
        client.until_due();
        client.log();
        client.respond(401, &[]);
        client.says(&["disconnect", "connect by fetch, header 7, unauthorized"]);
        client.respond(200, &[]);
        client.says(&["open by fetch, resumed"]);
    }
}

#[test]
fn the_attempt_after_an_opened_stream_is_not_marked() {
    let mut client = Client::started(refreshable());
    client.respond(401, &[]);
    client.respond(200, &[]);
    client.lost();
    client.log();
    client.pass(1.0);
    client.says(&["connect by fetch"]);
}

#[test]
fn the_mark_lasts_while_nobody_answered() {
    let mut client = Client::started(refreshable());
    client.respond(401, &[]);
    client.lost();
    client.log();
    client.pass(1.0);
    client.says(&["connect by fetch, unauthorized"]);
    client.respond(503, &[]);
    client.log();
    client.pass(2.0);
    client.says(&["connect by fetch"]);
}

#[test]
fn the_refreshed_attempt_resumes_in_the_same_way() {
    let config = Config {
        cross_origin: true,
        ..refreshable()
    };
    let mut client = Client::open(config, "7");
    client.lost();
    client.pass(1.0);
    client.lost();
    client.log();
    client.respond(401, &[]);
    client.says(&["disconnect", "connect by fetch, query 7, unauthorized"]);
}

#[test]
fn a_policy_that_decides_is_obeyed_instead() {
    let table = [
        (Decision::Stop, "closed: status 401"),
        (Decision::Retry, "wait 1s after 1: status 401"),
        (
            Decision::RetryAfter(Duration::from_secs(3)),
            "wait 3s after 1: status 401",
        ),
    ];
    for (decision, expected) in table {
        let mut client = Client::started(Config {
            retry: steady().inspect(move |_| decision),
            ..refreshable()
        });
        client.respond(401, &[]);
        client.says(&["disconnect", expected]);
    }
}

#[test]
fn a_provider_that_fails_is_asked_again() {
    let mut client = Client::started(refreshable());
    client.no_headers();
    client.says(&["disconnect", "wait 1s after 1: no headers"]);
    client.pass(1.0);
    client.says(&["connect by fetch"]);
}

#[test]
fn a_refresh_is_no_failure() {
    let mut client = Client::started(refreshable());
    client.respond(401, &[]);
    client.log();
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}
