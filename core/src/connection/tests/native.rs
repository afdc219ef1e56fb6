//! The native `EventSource`: its own reconnects, and the fetch that asks why it gave up.

use core::time::Duration;

use super::Client;
use super::client::{auto, fetch, native, steady};
use crate::connection::{Config, Decision, OnEnd, RetryPolicy, Signal};

/// Returns a native configuration without an ID in the URL, so that only the browser's own reconnect can
/// resume.
fn by_header_only() -> Config {
    Config {
        resume_by_query: false,
        ..native()
    }
}

fn cross_origin() -> Config {
    Config {
        cross_origin: true,
        ..auto()
    }
}

#[test]
fn auto_is_native_unless_something_needs_fetch() {
    let needs_fetch = Config {
        needs_fetch: true,
        ..auto()
    };
    let ends = Config {
        on_end: OnEnd::Close,
        ..auto()
    };
    let delivers_unfinished = Config {
        deliver_unfinished: true,
        ..auto()
    };
    let limits_size = Config {
        max_event_size: 1024,
        ..auto()
    };
    for (config, expected) in [
        (auto(), "connect by native"),
        (native(), "connect by native"),
        (fetch(), "connect by fetch"),
        (needs_fetch, "connect by fetch"),
        (ends, "connect by fetch"),
        (delivers_unfinished, "connect by fetch"),
        (limits_size, "connect by fetch"),
    ] {
        let mut client = Client::idle(config);
        client.start();
        client.says(&[expected]);
    }
}

#[test]
fn the_browser_reconnects_where_only_it_can_send_the_header() {
    for config in [by_header_only(), native(), cross_origin()] {
        let mut client = Client::open_native(config, "7");
        client.native_error();
        client.says(&["wait for the browser after 1: disconnected"]);
        client.native_open();
        client.says(&["open by native, resumed"]);
    }
}

#[test]
fn on_the_same_origin_fetch_does_as_well() {
    let mut client = Client::open_native(auto(), "7");
    client.native_error();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}

#[test]
fn without_an_id_the_browser_is_not_left_to_itself() {
    let mut client = Client::open_native(by_header_only(), "");
    client.native_error();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}

#[test]
fn the_browser_is_not_left_to_itself_where_the_url_carries_an_older_position() {
    let mut client = Client::started(Config {
        last_event_id: "7".to_owned(),
        ..native()
    });
    client.native_open();
    client.event("8");
    client.log();
    client.native_error();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by native, query 8",
    ]);
}

#[test]
fn a_rebuilt_event_source_does_not_know_the_position() {
    // The stream is lost before it opened, or after it opened but before an ID. In both cases the browser
    // would reconnect without an ID, and events would be lost silently.
    for opened in [false, true] {
        let mut client = Client::open_native(by_header_only(), "7");
        client.signal(Signal::Restored);
        if opened {
            client.native_open();
        }
        client.log();
        client.native_error();
        client.says(&["disconnect", "wait 1s after 1: disconnected"]);
        client.pass(1.0);
        client.native_open();
        client.says(&["connect by native", "open by native", "gap"]);
    }
}

#[test]
fn the_browser_reconnects_three_times_in_a_row() {
    let mut client = Client::open_native(by_header_only(), "7");
    for failures in 1..=3 {
        client.native_error();
        client.says(&[&format!(
            "wait for the browser after {failures}: disconnected"
        )]);
        client.native_open();
        client.says(&["open by native, resumed"]);
    }
    client.native_error();
    client.says(&["disconnect", "wait 8s after 4: disconnected"]);
}

#[test]
fn the_browser_reconnects_for_as_long_as_it_brings_something() {
    let config = Config {
        cross_origin: true,
        ..auto()
    };
    let mut client = Client::open_native(config, "0");
    for number in 1..20 {
        client.native_error();
        client.native_open();
        client.event(&number.to_string());
        client.says(&[
            "wait for the browser after 1: disconnected",
            "open by native, resumed",
        ]);
        client.pass(0.6);
    }
}

#[test]
fn a_refused_reconnect_of_the_browser_counts() {
    let mut client = Client::open_native(cross_origin(), "7");
    for _ in 0..3 {
        client.native_error();
        client.pass(3.0);
    }
    client.log();
    client.native_error();
    client.says(&["disconnect", "wait 8s after 4: disconnected"]);
    client.pass(8.0);
    client.says(&["connect by fetch, header 7"]);
}

#[test]
fn a_healthy_connection_resets_the_browser_s_count() {
    let mut client = Client::open_native(by_header_only(), "7");
    for _ in 0..10 {
        client.sleep(5.0);
        client.native_error();
        client.says(&["wait for the browser after 1: disconnected"]);
        client.native_open();
        client.log();
    }
}

#[test]
fn a_browser_that_does_not_come_back_is_replaced() {
    let mut client = Client::open_native(cross_origin(), "7");
    client.native_error();
    client.log();
    // The deadline is the longest reconnection time of a browser plus the open timeout.
    assert_eq!(client.due_in(), Some(15.0));
    client.pass(15.0);
    client.says(&["disconnect", "wait 2s after 2: not open after 15s"]);
}

#[test]
fn a_policy_that_counts_or_inspects_keeps_the_reconnects_to_itself() {
    let policies: [RetryPolicy; 2] = [
        steady().max_attempts(5),
        steady().inspect(|_| Decision::Default),
    ];
    for retry in policies {
        let mut client = Client::open_native(
            Config {
                retry,
                ..by_header_only()
            },
            "7",
        );
        client.native_error();
        client.says(&["disconnect", "wait 1s after 1: disconnected"]);
    }
}

#[test]
fn before_it_has_opened_a_failure_is_ours() {
    for config in [auto(), native(), cross_origin(), by_header_only()] {
        let mut client = Client::started(config);
        client.native_error();
        client.says(&["disconnect", "wait 1s after 1: disconnected"]);
        client.pass(1.0);
        client.says(&["connect by native"]);
    }
}

#[test]
fn fetch_asks_why_native_gave_up() {
    for config in [auto(), native()] {
        let mut client = Client::started(config);
        client.native_gave_up();
        client.says(&["disconnect", "connect by fetch"]);
        client.respond(404, &[]);
        client.says(&["disconnect", "closed: status 404"]);
    }
}

#[test]
fn the_fetch_that_asks_why_is_the_connection_if_it_opens() {
    let mut client = Client::started(native());
    client.native_gave_up();
    client.respond(200, &[]);
    client.says(&["disconnect", "connect by fetch", "open by fetch"]);
    // The next attempt uses the configured transport again.
    client.lost();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by native",
    ]);
}

#[test]
fn fetch_asks_until_it_has_an_answer() {
    let mut client = Client::started(native());
    client.native_gave_up();
    client.lost();
    client.pass(1.0);
    client.log();
    client.respond(503, &[("retry-after", "5")]);
    client.says(&["disconnect", "wait 7s after 2: status 503"]);
    client.pass(7.0);
    client.says(&["connect by fetch"]);
}

#[test]
fn a_browser_that_gives_up_its_own_reconnect_is_asked_why() {
    let mut client = Client::open_native(by_header_only(), "7");
    client.native_error();
    client.log();
    client.native_gave_up();
    client.says(&["disconnect", "connect by fetch, header 7"]);
    client.respond(204, &[]);
    client.says(&["disconnect", "end by 204", "closed"]);
}

#[test]
fn a_browser_that_gives_up_an_open_connection_is_a_failure() {
    let mut client = Client::open_native(native(), "7");
    client.native_gave_up();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by fetch, header 7",
    ]);
}

#[test]
fn asking_why_is_no_failure_but_its_outcome_is() {
    let mut client = Client::started(Config {
        retry: RetryPolicy::never(),
        ..native()
    });
    client.native_gave_up();
    client.says(&["disconnect", "connect by fetch"]);
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
}

#[test]
fn the_open_timeout_covers_native_too() {
    let mut client = Client::started(Config {
        open_timeout: Some(Duration::from_secs(4)),
        ..native()
    });
    client.pass(4.0);
    client.says(&["disconnect", "wait 1s after 1: not open after 4s"]);
}
