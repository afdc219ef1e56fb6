//! The heartbeat timeout notices silence, but only of the server.

use core::time::Duration;

use super::Client;
use super::client::{fetch, native};
use crate::connection::{Config, Signal};

fn beating(config: Config) -> Config {
    Config {
        heartbeat: Some(Duration::from_secs(15)),
        ..config
    }
}

#[test]
fn silence_ends_the_connection_in_time() {
    let mut client = Client::open(beating(fetch()), "7");
    client.pass(14.999);
    client.says(&[]);
    client.pass(0.001);
    client.says(&["disconnect", "wait 1s after 1: silent for 15s"]);
    client.pass(1.0);
    client.says(&["connect by fetch, header 7"]);
}

#[test]
fn without_a_heartbeat_silence_is_fine() {
    let mut client = Client::open(fetch(), "7");
    client.pass(1e6);
    client.says(&[]);
}

#[test]
fn any_byte_counts() {
    let mut client = Client::open(beating(fetch()), "");
    for bytes in [":\n", "d", "\n", "data: 1\n\n"] {
        client.pass(14.0);
        client.bytes(bytes);
    }
    client.pass(14.9);
    client.says(&[]);
    assert!(client.due_in().is_some_and(|due| (due - 0.1).abs() < 1e-6));
}

#[test]
fn on_native_an_event_counts() {
    let mut client = Client::open_native(beating(native()), "");
    client.pass(14.0);
    client.event("");
    client.pass(14.0);
    client.says(&[]);
    client.pass(1.0);
    client.says(&["disconnect", "wait 1s after 1: silent for 15s"]);
}

#[test]
fn opening_counts() {
    let mut client = Client::started(beating(fetch()));
    client.sleep(9.0);
    client.respond(200, &[]);
    assert_eq!(client.due_in(), Some(15.0));
}

#[test]
fn the_count_begins_with_each_connection() {
    let mut client = Client::open(beating(fetch()), "7");
    client.pass(16.0);
    client.log();
    client.sleep(5.0);
    client.respond(200, &[]);
    assert_eq!(client.due_in(), Some(15.0));
}

#[test]
fn a_timer_that_is_a_little_late_is_trusted() {
    let mut client = Client::open(beating(fetch()), "");
    client.sleep(15.5);
    client.timer();
    client.says(&["disconnect", "wait 1s after 1: silent for 15.5s"]);
}

#[test]
fn a_timer_that_is_very_late_leaves_time_for_the_backlog() {
    let mut client = Client::open(beating(fetch()), "");
    client.sleep(60.0);
    client.timer();
    client.says(&[]);
    assert_eq!(client.due_in(), Some(0.5));
    // The backlog arrives within the grace period, so the connection is alive.
    client.sleep(0.1);
    client.bytes(":\n");
    assert_eq!(client.due_in(), Some(15.0));
    client.pass(14.0);
    client.says(&[]);
}

#[test]
fn a_timer_that_is_very_late_leaves_no_more_than_that() {
    let mut client = Client::open(beating(fetch()), "");
    client.sleep(60.0);
    client.timer();
    client.pass(0.499);
    client.timer();
    client.says(&[]);
    client.pass(0.001);
    client.says(&["disconnect", "wait 1s after 1: silent for 60.5s"]);
}

#[test]
fn a_signal_looks_at_the_clock() {
    for signal in [Signal::Visible, Signal::Online] {
        let mut client = Client::open(beating(fetch()), "");
        client.sleep(15.2);
        client.signal(signal);
        client.says(&["disconnect", "wait 1s after 1: silent for 15.2s"]);
    }
}

#[test]
fn the_limit_can_be_set_when_the_server_tells_it() {
    let mut client = Client::open(fetch(), "");
    client.sleep(1.0);
    client.bytes(":\n");
    client
        .connection
        .set_heartbeat(Some(Duration::from_secs(5)));
    assert_eq!(client.due_in(), Some(5.0));
    client.pass(5.0);
    client.says(&["disconnect", "wait 1s after 1: silent for 5s"]);
}

#[test]
fn a_new_limit_counts_also_during_the_late_check() {
    let late = || {
        let mut client = Client::open(beating(fetch()), "");
        client.sleep(60.0);
        client.timer();
        client
    };
    let mut client = late();
    client.connection.set_heartbeat(None);
    assert_eq!(client.due_in(), None);
    let mut client = late();
    client
        .connection
        .set_heartbeat(Some(Duration::from_mins(2)));
    assert_eq!(client.due_in(), Some(60.0));
    client.pass(59.999);
    client.says(&[]);
    client.pass(0.001);
    client.says(&["disconnect", "wait 1s after 1: silent for 120s"]);
}

#[test]
fn reading_on_after_being_held_up_counts() {
    let mut client = Client::open(beating(fetch()), "");
    client.sleep(14.0);
    client.read_on();
    assert_eq!(client.due_in(), Some(15.0));

    // The end of a pause in reading has no effect on an attempt.
    let mut client = Client::started(beating(fetch()));
    client.read_on();
    assert_eq!(client.due_in(), Some(10.0));
}
