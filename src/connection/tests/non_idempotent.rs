//! A request that may not be repeated is repeated only to resume, or where it was not processed.

use core::time::Duration;

use super::Client;
use super::client::{fetch, steady};
use crate::connection::{Config, Decision, Signal};

fn post() -> Config {
    Config {
        idempotent: false,
        ..fetch()
    }
}

#[test]
fn without_a_position_it_is_not_repeated() {
    type End = (fn(&mut Client), &'static str);
    let table: [End; 5] = [
        (Client::lost, "closed: disconnected"),
        // The answer is complete.
        (Client::ended, "closed"),
        (|client| client.pass(15.0), "closed: silent for 15s"),
        (|client| client.signal(Signal::Thawed), "closed: distrusted"),
        (
            |client| client.signal(Signal::Restored),
            "closed: distrusted",
        ),
    ];
    for (end, expected) in table {
        let mut client = Client::open(
            Config {
                heartbeat: Some(Duration::from_secs(15)),
                ..post()
            },
            "",
        );
        end(&mut client);
        client.says(&["disconnect", expected]);
    }
}

#[test]
fn before_an_answer_it_is_not_repeated_either() {
    let mut client = Client::started(post());
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
    let mut client = Client::started(post());
    client.pass(10.0);
    client.says(&["disconnect", "closed: not open after 10s"]);
    let mut client = Client::started(post());
    client.signal(Signal::Thawed);
    client.says(&["disconnect", "closed: distrusted"]);
}

#[test]
fn the_network_lost_under_it_ends_it() {
    let mut client = Client::open(post(), "");
    client.signal(Signal::Offline);
    client.signal(Signal::Online);
    client.says(&["disconnect", "closed: distrusted"]);
}

#[test]
fn with_a_position_it_resumes() {
    let ends: [fn(&mut Client); 2] = [Client::lost, Client::ended];
    for end in ends {
        let mut client = Client::open(post(), "7");
        end(&mut client);
        client.pass(1.0);
        client.says(&[
            "disconnect",
            "wait 1s after 1: disconnected",
            "connect by fetch, header 7",
        ]);
    }
    let mut client = Client::open(post(), "7");
    client.signal(Signal::Thawed);
    client.says(&["disconnect", "connect by fetch, header 7"]);
}

#[test]
fn the_status_says_whether_it_was_processed() {
    for status in [408, 425, 429, 503] {
        let mut client = Client::started(post());
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("wait 1s after 1: status {status}")]);
    }
    for status in [500, 502, 504] {
        let mut client = Client::started(post());
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
    }
}

#[test]
fn headers_that_could_not_be_had_were_not_sent() {
    let mut client = Client::started(post());
    client.no_headers();
    client.says(&["disconnect", "wait 1s after 1: no headers"]);
}

#[test]
fn it_is_not_paused_where_it_could_not_go_on() {
    let config = || Config {
        pause_when_hidden: true,
        ..post()
    };
    let mut client = Client::open(config(), "");
    client.signal(Signal::Hidden);
    client.says(&[]);
    let mut client = Client::open(config(), "7");
    client.signal(Signal::Hidden);
    client.says(&["disconnect", "paused"]);
    // Between two attempts nothing is under way.
    let mut client = Client::started(config());
    client.respond(503, &[]);
    client.log();
    client.signal(Signal::Hidden);
    client.says(&["paused"]);
}

#[test]
fn a_policy_may_know_better() {
    let mut client = Client::open(
        Config {
            retry: steady().inspect(|_| Decision::Retry),
            ..post()
        },
        "",
    );
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}

#[test]
fn the_user_may_ask_for_it() {
    let mut client = Client::open(post(), "");
    client.reconnect();
    client.says(&["disconnect", "connect by fetch"]);
}
