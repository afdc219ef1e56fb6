//! Options that make no sense, or contradict each other, are refused.

use core::time::Duration;

use super::client::{fetch, native};
use crate::connection::{Config, OnEnd, Transport};
use crate::error::Error;

#[test]
fn the_defaults_are_valid() {
    assert!(Config::default().validate().is_ok());
    assert!(fetch().validate().is_ok());
    assert!(native().validate().is_ok());
}

#[test]
fn the_heartbeat_is_off_and_the_open_timeout_30_seconds_by_default() {
    let config = Config::default();
    assert_eq!(config.heartbeat, None);
    assert_eq!(config.open_timeout, Some(Duration::from_secs(30)));
}

#[test]
fn each_bad_option_is_named() {
    let table = [
        (
            "transport",
            Config {
                transport: Transport::Native,
                needs_fetch: true,
                ..Config::default()
            },
        ),
        (
            "transport",
            Config {
                transport: Transport::Native,
                on_end: OnEnd::Close,
                ..Config::default()
            },
        ),
        (
            "transport",
            Config {
                transport: Transport::Native,
                deliver_unfinished: true,
                ..Config::default()
            },
        ),
        (
            "open_timeout",
            Config {
                open_timeout: Some(Duration::ZERO),
                ..Config::default()
            },
        ),
        (
            "heartbeat_timeout",
            Config {
                heartbeat: Some(Duration::ZERO),
                ..Config::default()
            },
        ),
        (
            "max_event_size",
            Config {
                max_event_size: 0,
                ..Config::default()
            },
        ),
    ];
    for (expected, config) in table {
        match config.validate() {
            Err(Error::InvalidOption { option, .. }) => assert_eq!(option, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}
