//! The streams that the demo page shows.
//!
//! | route | what it is |
//! |---|---|
//! | `GET /demo/ticker` | share prices, and an `event: ping` heartbeat that native clients see too |
//! | `GET /demo/shared` | the same prices, for the tabs that share one connection |
//! | `GET /demo/shared/connections` | `{"open":…}`: how many connections those tabs have |
//! | `GET /demo/logs` | log lines, for bearers of a token from `POST /demo/token` |
//! | `GET /demo/build?id=…` | the progress of a build begun by `POST /demo/build/start` |
//! | `POST /demo/chat` | an answer to `{"prompt":"…"}`, token by token |
//! | `POST /demo/fault/{stream}/{fault}` | breaks `ticker`, `shared`, `logs` or `build`, or repairs it (`ok`) |
//! | `POST /demo/restart` | takes the whole server down for two seconds |
//! | `GET /demo/hub/stream` | a hub with a hundred channels, `metric:0` to `metric:99`, whose events are numbered |
//! | `POST /demo/hub/restart` | closes the hub's streams, and begins a new log |
//! | `GET /demo/hub/connections` | `{"open":…}`: how many streams the hub has open |
//! | `GET /demo/status` | how many connections each stream has |
//!
//! The ticker, the logs and the build keep their last events. A reader resumes by `Last-Event-ID`. If events
//! are missing, it gets an `event: gap` with the data `{"oldest":<id of the first event still kept>}`.

mod build;
mod census;
mod chat;
mod fault;
mod hub;
mod logs;
mod noise;
mod restart;
mod stream;
mod ticker;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use serde::Serialize;

use self::{build::Builds, census::Census, fault::Faults, token::Tokens};
use crate::net::Restarter;
use crate::sse::{Event, Feed, OneLine};

/// Number of events that a stream keeps for readers to resume from.
const REPLAY: usize = 1000;

/// State that the handlers share.
#[derive(Debug)]
struct Demo {
    ticker: Channel,
    shared: Channel,
    logs: Channel,
    build: Channel,
    chat: Census,
    ticker_feed: Arc<Feed>,
    logs_feed: Arc<Feed>,
    builds: Builds,
    tokens: Tokens,
    restarter: Restarter,
}

/// State of a resumable stream: its readers, and the faults injected into it.
#[derive(Debug, Default)]
struct Channel {
    readers: Census,
    faults: Faults,
}

impl Demo {
    fn channel(&self, name: &str) -> Option<&Channel> {
        match name {
            "ticker" => Some(&self.ticker),
            "shared" => Some(&self.shared),
            "logs" => Some(&self.logs),
            "build" => Some(&self.build),
            _ => None,
        }
    }
}

/// Creates an event whose data is JSON.
fn event(event_type: OneLine, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).expect("the demo's own structs are valid JSON");
    Event::new(data).with_type(event_type)
}

/// Returns the routes, to be nested at `/demo`; they need [`net::Server`](crate::net::Server).
///
/// # Panics
///
/// Outside a Tokio runtime, since the streams begin at once.
pub fn router(restarter: Restarter) -> Router {
    let demo = Demo {
        ticker: Channel::default(),
        shared: Channel::default(),
        logs: Channel::default(),
        build: Channel::default(),
        chat: Census::default(),
        ticker_feed: ticker::start(),
        logs_feed: logs::start(),
        builds: Builds::default(),
        tokens: Tokens::default(),
        restarter,
    };
    Router::new()
        .route("/ticker", get(ticker::stream))
        .route("/shared", get(ticker::shared))
        .route("/shared/connections", get(census::shared))
        .route("/logs", get(logs::stream))
        .route("/token", post(token::issue))
        .route("/build/start", post(build::start))
        .route("/build", get(build::stream))
        .route("/chat", post(chat::answer))
        .route("/fault/{stream}/{fault}", post(fault::inject))
        .route("/restart", post(restart::restart))
        .route("/status", get(census::status))
        .with_state(Arc::new(demo))
        .nest("/hub", hub::router())
}
