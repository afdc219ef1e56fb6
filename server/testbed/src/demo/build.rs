//! Builds, whose progress is a stream that comes to an end.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{Instant, interval_at};

use super::{Demo, REPLAY, event, stream};
use crate::{
    net::Connection,
    problem::Problem,
    random,
    sse::{Feed, LastEventId, OneLine, Start},
};

const DURATION_MS: u32 = 15_000;
/// Number of builds that are kept; the oldest is forgotten.
const CAPACITY: usize = 100;
/// Number of steps in which progress is reported.
const PARTS: u32 = 50;

const PROGRESS: OneLine = OneLine::from_static("progress");
const LOG: OneLine = OneLine::from_static("log");
const DONE: OneLine = OneLine::from_static("done");

/// The steps of a build: the percentage at which each ends, and its log lines.
const STEPS: [(&str, u32, &[&str]); 4] = [
    (
        "fetch",
        14,
        &["Updating the package index", "Downloaded 42 packages"],
    ),
    (
        "compile",
        62,
        &[
            "Compiling serde",
            "Compiling wasm-bindgen",
            "Compiling web-sys",
            "Compiling everstream",
            "Compiling dashboard",
        ],
    ),
    (
        "test",
        86,
        &["Running 118 tests", "test result: ok. 118 passed; 0 failed"],
    ),
    (
        "bundle",
        100,
        &["Optimizing the module", "Wrote dashboard.wasm"],
    ),
];

/// The most recent builds, by ID.
#[derive(Debug, Default)]
pub(super) struct Builds(Mutex<VecDeque<(String, Arc<Feed>)>>);

impl Builds {
    fn start(&self, duration: Duration) -> String {
        let (id, feed) = (random::name(), Arc::new(Feed::new(REPLAY)));
        tokio::spawn(run(Arc::clone(&feed), duration));
        let mut builds = self.0.lock();
        if builds.len() == CAPACITY {
            builds.pop_front();
        }
        builds.push_back((id.clone(), feed));
        id
    }

    fn get(&self, id: &str) -> Option<Arc<Feed>> {
        let builds = self.0.lock();
        builds
            .iter()
            .find(|(key, _)| key == id)
            .map(|(_, feed)| Arc::clone(feed))
    }
}

#[derive(Debug, Serialize)]
struct Progress {
    step: &'static str,
    percent: u32,
}

async fn run(feed: Arc<Feed>, duration: Duration) {
    let start = Instant::now();
    let period = duration / PARTS;
    let mut parts = interval_at(start + period, period);
    let mut logged = None;
    for part in 1..=PARTS {
        parts.tick().await;
        let percent = part * 100 / PARTS;
        let (step, line) = at(percent);
        if logged != Some(line) {
            logged = Some(line);
            feed.publish(event(LOG, &json!({ "line": line })));
        }
        feed.publish(event(PROGRESS, &Progress { step, percent }));
    }
    feed.finish(event(
        DONE,
        &json!({ "durationMs": start.elapsed().as_millis() }),
    ));
}

/// Returns the step that a percentage falls into, and the line that is logged by then.
fn at(percent: u32) -> (&'static str, &'static str) {
    let mut start = 0;
    for (step, end, lines) in STEPS {
        if percent <= end {
            let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            let line = (percent - start - 1) * count / (end - start);
            return (step, lines[line as usize]);
        }
        start = end;
    }
    unreachable!("the last step ends at 100 percent")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    duration_ms: Option<u32>,
}

pub(super) async fn start(
    State(demo): State<Arc<Demo>>,
    Query(options): Query<Options>,
) -> Json<Value> {
    // An interval of zero would panic; an hour is long enough for a build.
    let millis = options
        .duration_ms
        .unwrap_or(DURATION_MS)
        .clamp(PARTS, 3_600_000);
    Json(json!({ "id": demo.builds.start(Duration::from_millis(millis.into())) }))
}

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    id: String,
}

pub(super) async fn stream(
    State(demo): State<Arc<Demo>>,
    connection: Connection,
    last_event_id: LastEventId,
    Query(Which { id }): Query<Which>,
) -> Response {
    let Some(feed) = demo.builds.get(&id) else {
        return Problem::not_found("unknown_build").into_response();
    };
    if feed.is_over_for(&last_event_id) {
        // Only a 204 stops an EventSource from reconnecting to a stream that has ended.
        return StatusCode::NO_CONTENT.into_response();
    }
    let cursor = feed.cursor(&last_event_id, Start::Beginning);
    stream::follow(
        &demo.build,
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
    fn every_line_has_its_turn() {
        let mut seen: Vec<_> = (1..=PARTS).map(|part| at(part * 100 / PARTS)).collect();
        seen.dedup();
        let all = STEPS
            .iter()
            .flat_map(|(step, _, lines)| lines.iter().map(|line| (*step, *line)));
        assert_eq!(seen, all.collect::<Vec<_>>());
    }
}
