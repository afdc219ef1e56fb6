//! Support that the tests share: scenarios on the test server, bounded waiting, and collecting.

pub(crate) mod acting;
pub(crate) mod hub;
pub(crate) mod scenario;
pub(crate) mod wait;

use everstream::{Error, EventSource, EventSourceBuilder, RetryPolicy, Subscription, Transport};
use futures_util::StreamExt;

pub(crate) use scenario::Scenario;
pub(crate) use wait::{until, within};

pub(crate) use core::time::Duration;

/// The data of the test server's events.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub(crate) struct Tick {
    pub(crate) n: u64,
}

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A policy that reconnects quickly. A given number of attempts makes the library reconnect on native too,
/// rather than the browser.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy::default()
        .initial_delay(ms(20))
        .max_delay(ms(200))
        .max_attempts(1000)
}

/// A source for a server that also reads the last event ID from the query, as the test servers do.
pub(crate) fn source(url: &str, transport: Transport) -> EventSourceBuilder {
    stranger(url, transport).last_event_id_param(Some("lastEventId"))
}

/// A source for a server about which nothing is known.
pub(crate) fn stranger(url: &str, transport: Transport) -> EventSourceBuilder {
    EventSource::builder(url)
        .transport(transport)
        .retry(quick())
}

/// Reads a subscription to its end.
pub(crate) async fn all<T>(subscription: Subscription<T>) -> Vec<Result<T, Error>> {
    within(seconds(60), "the stream ends", subscription.collect()).await
}

/// Returns the numbers of the events, all of which must be good.
pub(crate) async fn numbers(subscription: Subscription<Tick>) -> Vec<u64> {
    all(subscription)
        .await
        .into_iter()
        .map(|tick| tick.expect("a tick").n)
        .collect()
}

/// Every number from 1 to `last`, once and in order.
pub(crate) fn each_once(last: u64) -> Vec<u64> {
    (1..=last).collect()
}
