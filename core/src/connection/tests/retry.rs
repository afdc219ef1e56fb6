//! The time of the next attempt.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use super::Client;
use super::client::{fetch, steady};
use crate::connection::{Config, Decision, MAX_RETRY_AFTER, RetryPolicy};
use crate::error::Error;

fn with(retry: RetryPolicy) -> Config {
    Config { retry, ..fetch() }
}

/// Returns the wait from the only line of the form `wait …s after …`.
#[track_caller]
fn wait(client: &mut Client) -> String {
    let log = client.log().join(", ");
    let (_, rest) = log.split_once("wait ").expect("it waits");
    rest.split(' ').next().expect("a duration").to_owned()
}

#[test]
fn each_failure_in_a_row_doubles_the_wait_up_to_the_cap() {
    let mut client = Client::started(with(steady()));
    let mut waits = Vec::new();
    for _ in 0..7 {
        client.lost();
        waits.push(wait(&mut client));
        client.until_due();
    }
    assert_eq!(waits, ["1s", "2s", "4s", "8s", "16s", "30s", "30s"]);
}

#[test]
fn the_wait_is_over_when_it_is_over() {
    let mut client = Client::started(with(steady()));
    client.lost();
    client.log();
    client.pass(0.999);
    client.says(&[]);
    client.pass(0.001);
    client.says(&["connect by fetch"]);
}

#[test]
fn the_wait_is_random_below_the_bound() {
    let mut waits: Vec<f64> = (0..64)
        .map(|seed| {
            let mut connection =
                crate::connection::Connection::new(with(RetryPolicy::default()), seed);
            let now = crate::connection::Instant::default();
            connection.start(now);
            connection.handle_disconnect(now, "");
            let due = connection.poll_timeout().expect("it waits");
            due.saturating_since(now).as_secs_f64()
        })
        .collect();
    waits.sort_by(f64::total_cmp);
    assert!(
        waits[0] < 0.2 && waits[63] > 0.8 && waits[63] < 1.0,
        "{waits:?}"
    );
    waits.dedup();
    assert_eq!(waits.len(), 64);
}

#[test]
fn accept_and_close_does_not_reset_the_count() {
    let mut client = Client::started(with(steady()));
    let mut waits = Vec::new();
    for _ in 0..4 {
        client.respond(200, &[]);
        client.sleep(4.999);
        client.ended();
        waits.push(wait(&mut client));
        client.until_due();
    }
    assert_eq!(waits, ["1s", "2s", "4s", "8s"]);
}

#[test]
fn a_connection_that_was_healthy_for_a_while_resets_the_count() {
    let policy = steady().reset_after(Duration::from_mins(1));
    let mut client = Client::started(with(policy));
    client.lost();
    client.pass(1.0);
    client.respond(200, &[]);
    client.sleep(60.0);
    client.lost();
    assert_eq!(wait(&mut client), "1s");
}

#[test]
fn a_clean_end_is_followed_by_the_same_wait() {
    let mut client = Client::open(with(steady()), "");
    client.ended();
    client.says(&["disconnect", "wait 1s after 1: ended"]);
}

#[test]
fn the_server_s_reconnection_time_goes_below_the_backoff() {
    let mut client = Client::open(with(steady()), "");
    client.bytes("retry: 2500\n\n");
    client.lost();
    assert_eq!(wait(&mut client), "3.5s");
    // The reconnection time outlives the connection.
    client.pass(3.5);
    client.lost();
    assert_eq!(wait(&mut client), "4.5s");
}

#[test]
fn the_server_s_reconnection_time_is_capped_by_the_policy() {
    let mut client = Client::open(with(steady()), "");
    client.bytes("retry: 86400000\n\n");
    client.lost();
    assert_eq!(wait(&mut client), "31s");
}

#[test]
fn a_reconnection_time_of_zero_does_not_spin() {
    let mut client = Client::open(with(steady()), "");
    client.bytes("retry: 0\n\n");
    client.lost();
    assert_eq!(wait(&mut client), "1s");
}

#[test]
fn retry_after_goes_below_the_backoff() {
    let table = [
        ("7", "8s"),
        // The date is 10 s after the tests' wall clock.
        ("Sun, 06 Nov 1994 08:49:47 GMT", "11s"),
        ("soon", "1s"),
        // `Retry-After` may exceed the policy's own cap, which limits only the backoff and `retry` fields.
        ("120", "121s"),
        ("99999999999", "3601s"),
    ];
    for (value, expected) in table {
        let mut client = Client::started(with(steady()));
        client.respond(503, &[("retry-after", value)]);
        assert_eq!(wait(&mut client), expected, "{value}");
    }
    assert_eq!(MAX_RETRY_AFTER, Duration::from_hours(1));
}

#[test]
fn the_longer_of_the_server_s_two_wishes_counts() {
    for (retry, after, expected) in [("5000", "2", "6s"), ("2000", "5", "6s")] {
        let mut client = Client::open(with(steady().reset_after(Duration::ZERO)), "");
        client.bytes(&format!("retry: {retry}\n\n"));
        client.reconnect();
        client.respond(503, &[("retry-after", after)]);
        assert_eq!(wait(&mut client), expected);
    }
}

#[test]
fn after_the_last_attempt_it_closes_with_the_last_failure() {
    let mut client = Client::started(with(steady().max_attempts(2)));
    for _ in 0..2 {
        client.lost();
        client.until_due();
    }
    client.log();
    client.respond(503, &[]);
    client.says(&["disconnect", "closed: status 503"]);
}

#[test]
fn the_attempts_left_are_counted_anew_after_a_healthy_connection() {
    let mut client = Client::open(with(steady().max_attempts(1)), "");
    for _ in 0..5 {
        client.sleep(5.0);
        client.lost();
        client.until_due();
        client.respond(200, &[]);
    }
    client.log();
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
}

#[test]
fn never_is_never() {
    let mut client = Client::open(with(RetryPolicy::never()), "7");
    client.sleep(100.0);
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
}

#[test]
fn a_policy_decides_over_the_library() {
    let table = [
        // The library would give up after a 404.
        (404, Decision::Retry, "wait 1s after 1: status 404"),
        (404, Decision::Default, "closed: status 404"),
        (
            404,
            Decision::RetryAfter(Duration::from_millis(250)),
            "wait 250ms after 1: status 404",
        ),
        // The library would try again after a 503.
        (503, Decision::Stop, "closed: status 503"),
        (503, Decision::Retry, "wait 10s after 1: status 503"),
        (
            503,
            Decision::RetryAfter(Duration::ZERO),
            "wait 0ns after 1: status 503",
        ),
    ];
    for (status, decision, expected) in table {
        let mut client = Client::started(with(steady().inspect(move |_| decision)));
        client.respond(
            status,
            &[("retry-after", "9")][..usize::from(status == 503)],
        );
        client.says(&["disconnect", expected]);
    }
}

#[test]
fn a_policy_sees_every_failure_once() {
    let seen = Rc::new(Cell::new(0));
    let policy = steady().inspect({
        let seen = Rc::clone(&seen);
        move |error| {
            assert!(matches!(error, Error::Disconnected { .. }));
            seen.set(seen.get() + 1);
            Decision::Default
        }
    });
    let mut client = Client::started(with(policy));
    client.lost();
    client.pass(1.0);
    client.respond(200, &[]);
    client.lost();
    assert_eq!(seen.get(), 2);
}

#[test]
fn a_policy_cannot_exceed_its_own_attempts() {
    let policy = steady().max_attempts(1).inspect(|_| Decision::Retry);
    let mut client = Client::started(with(policy));
    client.lost();
    client.pass(1.0);
    client.log();
    client.lost();
    client.says(&["disconnect", "closed: disconnected"]);
}

#[test]
fn a_wait_without_end_is_taken() {
    let policy = steady().inspect(|_| Decision::RetryAfter(Duration::MAX));
    let mut client = Client::started(with(policy));
    client.lost();
    client.pass(1e9);
    assert_eq!(client.log().len(), 2);
}
