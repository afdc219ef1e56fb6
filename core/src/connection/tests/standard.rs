//! The standard policy, for users who expect the behaviour of the native `EventSource`: the npm package's
//! default.

use super::Client;
use super::client::fetch;
use crate::connection::{Config, RetryPolicy};
use crate::error::Error;

fn standard() -> Config {
    Config {
        retry: RetryPolicy::standard().jitter(false),
        ..fetch()
    }
}

#[test]
fn every_unexpected_answer_is_final() {
    for status in [404, 408, 429, 500, 503] {
        let mut client = Client::started(standard());
        client.respond(status, &[("retry-after", "1")]);
        client.says(&["disconnect", &format!("closed: status {status}")]);
    }
}

#[test]
fn the_wait_is_exactly_the_reconnection_time_also_a_long_one() {
    let mut client = Client::open(standard(), "7");
    client.lost();
    assert_eq!(client.due_in(), Some(3.0));
    let mut client = Client::open(standard(), "7");
    client.bytes("retry: 60000\n\n");
    client.lost();
    assert_eq!(client.due_in(), Some(60.0));
}

#[test]
fn backoff_comes_only_where_that_has_not_helped_for_a_while() {
    let mut client = Client::started(standard());
    let mut waits = Vec::new();
    for _ in 0..8 {
        client.lost();
        waits.push(client.due_in().unwrap_or_default());
        client.until_due();
    }
    assert_eq!(waits, [3.0, 3.0, 3.0, 3.0, 3.0, 4.0, 5.0, 7.0]);
}

#[test]
fn what_is_futile_is_not_tried_again() {
    let mut client = Client::started(standard());
    client.log();
    client.connection.handle_futile(Error::Unsupported {
        what: "",
        remedy: "",
    });
    assert!(client.connection.is_closed());
    assert_eq!(client.due_in(), None);
}
