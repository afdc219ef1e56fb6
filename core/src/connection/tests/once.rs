//! A request with side effects is sent once, whatever breaks.

use core::time::Duration;

use super::Client;
use super::client::{fetch, steady};
use crate::connection::machine::OPEN_TIMEOUT;
use crate::connection::{Config, Continuation, Decision, OnEnd, Signal};

fn post() -> Config {
    Config {
        repeatable: false,
        on_end: OnEnd::Close,
        open_timeout: None,
        ..fetch()
    }
}

/// Last event IDs: none, and one. The outcome is the same for both.
const POSITIONS: [&str; 2] = ["", "7"];

#[test]
fn whatever_ends_it_it_is_not_sent_again() {
    type Break = (fn(&mut Client), &'static [&'static str]);
    let table: [Break; 3] = [
        (Client::lost, &["closed: disconnected"]),
        // A clean end means that the answer is complete.
        (Client::ended, &["end", "closed"]),
        (|client| client.pass(15.0), &["closed: silent for 15s"]),
    ];
    for id in POSITIONS {
        for (breaks, expected) in table {
            let mut client = Client::open(
                Config {
                    heartbeat: Some(Duration::from_secs(15)),
                    ..post()
                },
                id,
            );
            breaks(&mut client);
            assert_eq!(client.log(), [&["disconnect"], expected].concat());
            client.pass(3600.0);
            client.says(&[]);
        }
    }
}

#[test]
fn a_safe_request_that_the_caller_gives_side_effects_is_sent_once() {
    let retrying = || Config {
        open_timeout: Some(OPEN_TIMEOUT),
        ..fetch()
    };
    // Before an answer, even if the answer takes long.
    let mut client = Client::started(retrying());
    client.connection.handle_side_effects();
    client.pass(300.0);
    client.says(&[]);
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
    // A clean end means that the answer is complete, and a status is final.
    let mut client = Client::started(retrying());
    client.connection.handle_side_effects();
    client.respond(200, &[]);
    client.log();
    client.bytes("id: 7\ndata\n\n");
    client.ended();
    client.says(&["disconnect", "end", "closed"]);
    let mut client = Client::started(retrying());
    client.connection.handle_side_effects();
    client.respond(503, &[]);
    client.says(&["disconnect", "closed: status 503"]);
    // A time limit that the caller has set holds.
    let mut client = Client::started(Config {
        open_timeout: Some(Duration::from_secs(5)),
        ..fetch()
    });
    client.connection.handle_side_effects();
    client.pass(5.0);
    client.says(&["disconnect", "closed: not open after 5s"]);
}

#[test]
fn a_continuation_with_side_effects_is_what_the_caller_described() {
    let mut client = Client::open(
        Config {
            continuation: Continuation::Ask,
            ..post()
        },
        "7",
    );
    client.lost();
    client.pass(1.0);
    client.log();
    client.connection.handle_side_effects();
    client.lost();
    client.says(&["disconnect", "wait 2s after 2: disconnected"]);
}

#[test]
fn a_page_that_was_away_leaves_it_alone() {
    for id in POSITIONS {
        let mut client = Client::open(post(), id);
        for signal in [
            Signal::Offline,
            Signal::Online,
            Signal::Thawed,
            Signal::Restored,
            Signal::Visible,
        ] {
            client.signal(signal);
        }
        client.sleep(600.0);
        client.timer();
        client.says(&[]);
        assert_eq!(client.bytes("data: still\n\n").len(), 1);
    }
}

#[test]
fn its_heartbeat_counts_also_where_the_page_stood_still() {
    let mut client = Client::open(
        Config {
            heartbeat: Some(Duration::from_secs(15)),
            ..post()
        },
        "7",
    );
    client.sleep(600.0);
    client.timer();
    client.pass(0.5);
    client.says(&["disconnect", "closed: silent for 600.5s"]);
}

#[test]
fn before_an_answer_it_is_not_sent_again_either() {
    let mut client = Client::started(post());
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
    let mut client = Client::started(post());
    for signal in [Signal::Online, Signal::Thawed, Signal::Restored] {
        client.sleep(1.0);
        client.signal(signal);
    }
    client.says(&[]);
}

#[test]
fn its_answer_is_waited_for_without_end() {
    let mut client = Client::started(post());
    client.pass(86_400.0);
    client.says(&[]);
    client.respond(200, &[]);
    client.says(&["open by fetch"]);
    // An explicit open timeout still applies.
    let mut client = Client::started(Config {
        open_timeout: Some(Duration::from_secs(10)),
        ..post()
    });
    client.pass(10.0);
    client.says(&["disconnect", "closed: not open after 10s"]);
}

#[test]
fn no_status_has_it_sent_again() {
    for status in [400, 408, 413, 414, 425, 429, 431, 500, 502, 503, 504] {
        let mut client = Client::started(Config {
            last_event_id: "7".to_owned(),
            ..post()
        });
        client.respond(status, &[("retry-after", "1")]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
    }
}

#[test]
fn only_a_refusal_for_its_headers_has_it_sent_with_new_ones() {
    let mut client = Client::started(Config {
        refreshable: true,
        ..post()
    });
    client.respond(401, &[]);
    client.says(&["disconnect", "connect by fetch, unauthorized"]);
    client.respond(401, &[]);
    client.says(&["disconnect", "closed: status 401"]);
}

#[test]
fn headers_that_could_not_be_had_were_not_sent() {
    let mut client = Client::started(post());
    client.no_headers();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: no headers",
        "connect by fetch",
    ]);
}

#[test]
fn no_policy_has_it_sent_again() {
    for decision in [Decision::Retry, Decision::RetryAfter(Duration::ZERO)] {
        for breaks in [Client::lost, Client::ended] {
            let mut client = Client::open(
                Config {
                    retry: steady().inspect(move |_| decision),
                    ..post()
                },
                "7",
            );
            breaks(&mut client);
            client.pass(60.0);
            assert_eq!(client.connection.stats().attempts, 1);
            assert!(client.connection.is_closed());
        }
    }
}

#[test]
fn a_refused_preflight_is_not_tried_round() {
    // A network failure looks like a refused preflight, so the server may have processed the request.
    let mut client = Client::started(Config {
        cross_origin: true,
        last_event_id: "7".to_owned(),
        ..post()
    });
    client.log();
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
}

#[test]
fn the_user_s_reconnect_leaves_it_alone_while_it_is_under_way() {
    let mut client = Client::open(post(), "7");
    client.reconnect();
    client.says(&[]);
}

#[test]
fn it_is_not_paused() {
    let config = || Config {
        pause_when_hidden: true,
        ..post()
    };
    for id in POSITIONS {
        let mut client = Client::open(config(), id);
        client.signal(Signal::Hidden);
        client.says(&[]);
    }
    // No request is under way between two attempts.
    let mut client = Client::started(config());
    client.no_headers();
    client.log();
    client.signal(Signal::Hidden);
    client.says(&["paused"]);
}

#[test]
fn one_that_may_be_repeated_is_whatever_breaks() {
    let idempotent = || Config {
        repeatable: true,
        on_end: OnEnd::Reconnect,
        ..post()
    };
    for (breaks, reason) in [
        (Client::lost as fn(&mut Client), "disconnected"),
        (Client::ended, "ended"),
        (|client| client.pass(0.0), ""),
    ] {
        let mut client = Client::open(idempotent(), "");
        breaks(&mut client);
        if reason.is_empty() {
            client.says(&[]);
            continue;
        }
        client.pass(1.0);
        let waits = format!("wait 1s after 1: {reason}");
        client.says(&["disconnect", &waits, "connect by fetch"]);
    }
    for status in [408, 425, 429, 500, 503] {
        let mut client = Client::started(idempotent());
        client.respond(status, &[]);
        client.says(&["disconnect", &format!("wait 1s after 1: status {status}")]);
    }
}

#[test]
fn the_policy_is_asked_about_the_end_of_one_that_may_be_repeated() {
    let mut client = Client::open(
        Config {
            repeatable: true,
            on_end: OnEnd::Reconnect,
            retry: steady().inspect_each(|_, failures| match failures {
                1 => Decision::RetryAfter(Duration::from_secs(7)),
                _ => Decision::Stop,
            }),
            ..post()
        },
        "",
    );
    client.ended();
    client.pass(7.0);
    client.says(&["disconnect", "wait 7s after 1: ended", "connect by fetch"]);
    client.respond(200, &[]);
    client.log();
    client.ended();
    // A clean end is never an error, even if no attempt follows it.
    client.says(&["disconnect", "end", "closed"]);
}
