//! The demo's log lines, which need a token.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Demo, REPLAY, event, noise::Noise, stream};
use crate::{
    net::Connection,
    problem::Problem,
    sse::{Feed, LastEventId, OneLine, Start},
};

const LOG: OneLine = OneLine::from_static("log");

/// Level, target and message; `#` stands for a number.
const LINES: [(&str, &str, &str); 14] = [
    ("info", "http", "GET /orders/# 200 in 12 ms"),
    ("info", "http", "POST /orders 201, order # placed"),
    ("info", "auth", "session # opened"),
    ("info", "auth", "session # closed"),
    ("info", "jobs", "invoice # sent"),
    ("info", "cache", "warmed # entries"),
    ("debug", "db", "query took # µs"),
    ("debug", "cache", "hit for order #"),
    ("debug", "jobs", "worker picked up job #"),
    ("debug", "http", "connection # kept alive"),
    ("warn", "db", "slow query: # ms"),
    ("warn", "http", "order # requested with a stale version"),
    (
        "error",
        "jobs",
        "invoice # could not be sent, will try again",
    ),
    ("error", "db", "connection # lost: broken pipe"),
];

/// Starts the stream, which goes on as long as the feed is held.
pub(super) fn start() -> Arc<Feed> {
    let feed = Arc::new(Feed::new(REPLAY));
    tokio::spawn(run(Arc::downgrade(&feed)));
    feed
}

async fn run(feed: Weak<Feed>) {
    let mut noise = Noise::new();
    loop {
        sleep(Duration::from_millis(500 + u64::from(noise.below(400)))).await;
        let Some(feed) = feed.upgrade() else { return };
        feed.publish(event(LOG, &line(&mut noise)));
    }
}

#[derive(Debug, Serialize)]
struct Line {
    level: &'static str,
    target: &'static str,
    message: String,
}

fn line(noise: &mut Noise) -> Line {
    let &(level, target, message) = noise.pick(&LINES);
    let message = message.replace('#', &(1 + noise.below(9999)).to_string());
    Line {
        level,
        target,
        message,
    }
}

pub(super) async fn stream(
    State(demo): State<Arc<Demo>>,
    connection: Connection,
    last_event_id: LastEventId,
    headers: HeaderMap,
) -> Response {
    let Some(expiry) = demo.tokens.expiry(&headers, Instant::now()) else {
        return Problem::invalid_token().into_response();
    };
    let cursor = demo.logs_feed.cursor(&last_event_id, Start::Now);
    let heartbeat = stream::Heartbeat::Comment;
    stream::follow(
        &demo.logs,
        cursor,
        connection,
        heartbeat,
        Some(sleep_until(expiry)),
    )
}
