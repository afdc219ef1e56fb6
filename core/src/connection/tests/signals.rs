//! Signals shorten waits, and replace connections that are no longer trusted.

use core::time::Duration;

use super::Client;
use super::client::{auto, fetch, native, steady};
use crate::connection::{Config, Decision, Signal};

const WAKE: [Signal; 4] = [
    Signal::Online,
    Signal::Visible,
    Signal::Thawed,
    Signal::Restored,
];

#[test]
fn a_wake_signal_ends_the_wait() {
    for signal in WAKE {
        let mut client = Client::open(fetch(), "7");
        client.bytes("retry: 20000\n\n");
        client.lost();
        client.log();
        client.signal(signal);
        // The network returns for all clients at once, so their reconnects are spread.
        client.pass(0.3);
        client.says(&["connect by fetch, header 7"]);
    }
}

#[test]
fn clients_do_not_come_back_at_one_moment() {
    for signal in [Signal::Online, Signal::Visible] {
        let mut client = Client::open(fetch(), "7");
        let mut waits = Vec::new();
        for _ in 0..50 {
            client.lost();
            client.signal(signal);
            waits.push(client.due_in().unwrap_or_default());
            client.pass(0.3);
            client.respond(200, &[]);
        }
        let within = |from: f64, to: f64| {
            waits
                .iter()
                .filter(|wait| (from..to).contains(wait))
                .count()
        };
        assert!(
            within(0.0, 0.1) > 5 && within(0.1, 0.2) > 5 && within(0.2, 0.3) > 5,
            "{waits:?}"
        );
    }
}

#[test]
fn a_wait_that_is_shorter_is_not_prolonged() {
    let retry = steady().initial_delay(Duration::from_millis(1));
    let mut client = Client::open(Config { retry, ..fetch() }, "7");
    client.lost();
    client.log();
    client.signal(Signal::Visible);
    client.pass(0.001);
    client.says(&["connect by fetch, header 7"]);
}

#[test]
fn other_signals_leave_the_wait_alone() {
    for signal in [Signal::Offline, Signal::Hidden] {
        let mut client = Client::open(fetch(), "7");
        client.lost();
        client.log();
        client.signal(signal);
        client.says(&[]);
        assert_eq!(client.due_in(), Some(1.0));
    }
}

#[test]
fn a_wake_signal_does_not_go_before_retry_after() {
    for signal in WAKE {
        let mut client = Client::started(fetch());
        client.respond(503, &[("retry-after", "7")]);
        client.log();
        client.sleep(1.0);
        client.signal(signal);
        client.says(&[]);
        // A signal skips the random part of the wait, but not the time that the server asked for.
        assert_eq!(client.due_in(), Some(6.0));
        client.pass(6.0);
        client.says(&["connect by fetch"]);
    }
}

#[test]
fn a_wake_signal_does_not_go_before_what_the_policy_said() {
    let retry = steady().inspect(|_| Decision::RetryAfter(Duration::from_secs(3)));
    let mut client = Client::started(Config { retry, ..fetch() });
    client.lost();
    client.log();
    client.signal(Signal::Online);
    client.says(&[]);
    assert_eq!(client.due_in(), Some(3.0));
}

#[test]
fn a_fetch_stream_is_distrusted_after_a_freeze() {
    let mut client = Client::open(fetch(), "7");
    client.signal(Signal::Thawed);
    client.says(&["disconnect", "connect by fetch, header 7"]);
    // An attempt under way is replaced as well: its reader would be just as dead.
    client.sleep(5.0);
    client.signal(Signal::Thawed);
    client.says(&["disconnect", "connect by fetch, header 7"]);
}

#[test]
fn one_awakening_is_one_attempt() {
    for first in [Signal::Thawed, Signal::Restored] {
        let mut client = Client::open(fetch(), "7");
        client.sleep(60.0);
        for signal in [first, Signal::Restored, Signal::Visible] {
            client.signal(signal);
            client.sleep(0.001);
        }
        client.says(&["disconnect", "connect by fetch, header 7"]);
    }
}

#[test]
fn two_awakenings_are_two_attempts() {
    for hides in [true, false] {
        let mut client = Client::open(fetch(), "7");
        client.signal(Signal::Restored);
        client.says(&["disconnect", "connect by fetch, header 7"]);
        if hides {
            client.signal(Signal::Hidden);
            client.sleep(0.01);
        } else {
            client.sleep(0.3);
        }
        client.signal(Signal::Restored);
        client.says(&["disconnect", "connect by fetch, header 7"]);
    }
}

#[test]
fn an_attempt_that_began_without_a_network_is_made_anew() {
    let mut client = Client::started(fetch());
    client.sleep(7.0);
    client.signal(Signal::Offline);
    client.signal(Signal::Online);
    client.pass(0.3);
    let log = client.log();
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(log[1].ends_with("distrusted"), "{log:?}");
    assert_eq!(log[2], "connect by fetch");
    // The attempt was made with the network, so it is left alone.
    client.signal(Signal::Visible);
    client.says(&[]);
}

#[test]
fn a_page_that_stood_still_trusts_nothing() {
    for (config, expected) in [
        (fetch(), "connect by fetch, header 7"),
        (native(), "connect by native, query 7"),
    ] {
        let mut client = Client::started(config);
        client.respond(200, &[]);
        client.bytes("id: 7\ndata\n\n");
        client.log();
        // No signal arrives: the page's timers stood still, and then one fires.
        client.sleep(120.0);
        client.timer();
        client.says(&["disconnect", expected]);
    }
    // An attempt may be just as dead.
    let mut client = Client::started(Config {
        open_timeout: None,
        ..fetch()
    });
    client.sleep(120.0);
    client.timer();
    client.says(&["disconnect", "connect by fetch"]);
}

#[test]
fn a_page_whose_timers_are_slow_stands_not_still() {
    let mut client = Client::open(fetch(), "7");
    // Timers fire as rarely in a page that has been hidden for five minutes.
    for _ in 0..100 {
        client.sleep(80.0);
        client.timer();
    }
    client.says(&[]);
}

#[test]
fn a_native_stream_delivers_its_backlog_after_a_freeze() {
    let mut client = Client::open_native(native(), "7");
    client.sleep(600.0);
    client.signal(Signal::Thawed);
    client.says(&[]);
}

#[test]
fn nothing_is_trusted_after_the_back_forward_cache() {
    let mut client = Client::open(fetch(), "7");
    client.signal(Signal::Restored);
    client.says(&["disconnect", "connect by fetch, header 7"]);
    let mut client = Client::open_native(auto(), "");
    client.signal(Signal::Restored);
    client.says(&["disconnect", "connect by native"]);
}

#[test]
fn a_replacement_is_no_failure() {
    let mut client = Client::open(fetch(), "7");
    client.signal(Signal::Thawed);
    client.lost();
    let log = client.log();
    assert_eq!(
        log.last().map(String::as_str),
        Some("wait 1s after 1: disconnected")
    );
}

#[test]
fn a_replaced_connection_was_healthy_too() {
    // After two failures and an hour without one, the next failure counts as the first.
    let ends: [fn(&mut Client); 3] = [
        |client| client.signal(Signal::Restored),
        |client| {
            client.signal(Signal::Hidden);
            client.signal(Signal::Visible);
        },
        Client::require_fetch,
    ];
    for end in ends {
        let mut client = Client::started(Config {
            pause_when_hidden: true,
            ..auto()
        });
        for _ in 0..2 {
            client.native_error();
            client.pass(2.0);
        }
        client.native_open();
        client.sleep(3600.0);
        end(&mut client);
        client.log();
        client.native_error();
        client.says(&["disconnect", "wait 1s after 1: disconnected"]);
    }
}

#[test]
fn a_connection_over_a_lost_network_is_replaced() {
    for config in [fetch(), native()] {
        let mut client = Client::started(config);
        client.respond(200, &[]);
        client.log();
        client.signal(Signal::Offline);
        client.says(&[]);
        client.signal(Signal::Online);
        assert_eq!(client.log().len(), 2);
        // A second `Online` without an `Offline` has no effect.
        client.respond(200, &[]);
        client.log();
        client.signal(Signal::Online);
        client.says(&[]);
    }
}

#[test]
fn with_a_heartbeat_a_lost_network_is_left_to_it() {
    let mut client = Client::open(
        Config {
            heartbeat: Some(Duration::from_secs(15)),
            ..fetch()
        },
        "7",
    );
    client.signal(Signal::Offline);
    client.signal(Signal::Online);
    client.says(&[]);
}

#[test]
fn online_without_offline_is_no_news() {
    let mut client = Client::open(fetch(), "7");
    client.signal(Signal::Online);
    client.says(&[]);
}

#[test]
fn the_network_lost_under_an_earlier_connection_is_no_news() {
    let mut client = Client::open(fetch(), "7");
    client.signal(Signal::Offline);
    client.lost();
    client.pass(1.0);
    client.respond(200, &[]);
    client.log();
    client.signal(Signal::Online);
    client.says(&[]);
}

#[test]
fn hidden_and_visible_change_nothing_unless_asked_for() {
    let mut client = Client::open(fetch(), "7");
    client.signal(Signal::Hidden);
    client.signal(Signal::Visible);
    client.says(&[]);
}

#[test]
fn a_signal_notices_an_open_timeout_that_is_overdue() {
    let mut client = Client::started(fetch());
    client.sleep(11.0);
    client.signal(Signal::Visible);
    client.says(&["disconnect", "wait 1s after 1: not open after 11s"]);
}

#[test]
fn the_browser_s_own_reconnect_is_replaced_after_the_back_forward_cache() {
    let config = Config {
        cross_origin: true,
        ..auto()
    };
    let mut client = Client::open_native(config, "7");
    client.native_error();
    client.log();
    client.signal(Signal::Restored);
    client.says(&["disconnect", "connect by fetch, header 7"]);
}
