//! The demo's stream of share prices.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use axum::{extract::State, response::Response};
use serde::Serialize;
use tokio::time::interval;

use super::{Demo, REPLAY, event, noise::Noise, stream};
use crate::{
    net::Connection,
    sse::{Feed, LastEventId, OneLine, Start},
};

const PERIOD: Duration = Duration::from_millis(400);
const PRICE_UPDATE: OneLine = OneLine::from_static("priceUpdate");
/// The shares and their first prices, in cents.
const SHARES: [(&str, i32); 4] = [
    ("ACME", 12_345),
    ("GLOBEX", 8_420),
    ("INITECH", 4_217),
    ("UMBRELLA", 23_108),
];

#[derive(Debug, Serialize)]
struct PriceUpdate {
    symbol: &'static str,
    price: f64,
    change: f64,
}

/// Starts the stream, which goes on as long as the feed is held.
pub(super) fn start() -> Arc<Feed> {
    let feed = Arc::new(Feed::new(REPLAY));
    tokio::spawn(run(Arc::downgrade(&feed)));
    feed
}

async fn run(feed: Weak<Feed>) {
    let (mut noise, mut shares) = (Noise::new(), SHARES);
    let mut ticks = interval(PERIOD);
    loop {
        ticks.tick().await;
        let Some(feed) = feed.upgrade() else { return };
        feed.publish(event(PRICE_UPDATE, &step(&mut noise, &mut shares)));
    }
}

/// Moves the price of one share by up to 1.50.
fn step(noise: &mut Noise, shares: &mut [(&'static str, i32)]) -> PriceUpdate {
    let count = u32::try_from(shares.len()).unwrap_or(u32::MAX);
    let (symbol, cents) = &mut shares[noise.below(count) as usize];
    let change = noise.below(301).cast_signed() - 150;
    // The price must stay above zero, so a change that would reach zero is reversed.
    let change = if *cents + change > 0 { change } else { -change };
    *cents += change;
    PriceUpdate {
        symbol,
        price: f64::from(*cents) / 100.0,
        change: f64::from(change) / 100.0,
    }
}

pub(super) async fn stream(
    State(demo): State<Arc<Demo>>,
    connection: Connection,
    last_event_id: LastEventId,
) -> Response {
    let cursor = demo.ticker_feed.cursor(&last_event_id, Start::Now);
    stream::follow(
        &demo.ticker,
        cursor,
        connection,
        stream::Heartbeat::Event,
        None,
    )
}

/// Serves the same prices as a second stream, whose connections are counted and broken separately.
pub(super) async fn shared(
    State(demo): State<Arc<Demo>>,
    connection: Connection,
    last_event_id: LastEventId,
) -> Response {
    let cursor = demo.ticker_feed.cursor(&last_event_id, Start::Now);
    stream::follow(
        &demo.shared,
        cursor,
        connection,
        stream::Heartbeat::Comment,
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_stay_positive_and_add_up() {
        let (mut noise, mut shares) = (Noise::new(), [("ACME", 100)]);
        let mut before = 100;
        for _ in 0..1000 {
            let update = step(&mut noise, &mut shares);
            let cents = shares[0].1;
            assert!(cents > 0);
            assert!((update.price * 100.0 - f64::from(cents)).abs() < 1e-6);
            assert!((update.change * 100.0 - f64::from(cents - before)).abs() < 1e-6);
            before = cents;
        }
    }
}
