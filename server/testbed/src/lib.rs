//! The server behind Everstream's demo and its browser tests.
//!
//! - [`sse`]: formatting events, keeping them for replay, resuming a reader.
//! - [`net`]: an HTTP/1.1 accept loop whose handlers may tear down their own connection, because a
//!   server that only ever behaves well cannot test a client that has to survive the others.
//! - [`scenario`]: `/scenario*`, streams that fail on a script.
//! - [`hub`]: `/hub*`, hubs of the library which tests create, break and look into.
//! - [`demo`]: `/demo/*`, the streams which the demo page shows.
//! - [`mod@bench`]: `/bench/*`, the streams which the browser benchmarks measure.

use std::path::Path;

use axum::{Router, http::HeaderValue, http::header::CACHE_CONTROL, routing::get};
use tower_http::{services::ServeDir, set_header::SetResponseHeader};

pub mod bench;
mod cors;
pub mod demo;
pub mod hub;
pub mod net;
mod problem;
mod registry;
pub mod scenario;
pub mod sse;

// The names of scenarios and the like are as hard to guess as those of connections.
use everstream_server::random;

const NO_PAGE: &str =
    "Nothing is served here: run `cargo xtask demo`, or start everstream-testbed with --www DIR.\n";

/// Everything that the binary serves: `/health`, the scenarios, the demo, the benchmarks' streams,
/// and at `/` the files of `www`.
pub fn app(www: Option<&Path>, restarter: net::Restarter) -> Router {
    let router = Router::new()
        .route("/health", get(|| async { "ok" }))
        .merge(scenario::router())
        .merge(hub::router())
        .nest("/demo", demo::router(restarter))
        .nest("/bench", bench::router());
    match www {
        // A page under development changes between two reloads, so the browser asks each time.
        Some(directory) => router.fallback_service(SetResponseHeader::overriding(
            ServeDir::new(directory),
            CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        )),
        None => router.route("/", get(|| async { NO_PAGE })),
    }
}
