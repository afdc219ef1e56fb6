//! `GET /bench/{workload}?count=N`: the event streams that the browser benchmarks read.
//!
//! | `workload` | `N` | stream |
//! |---|---|---|
//! | `small` | events | `{"n":1}`, of no type |
//! | `ticker` | events | `{"symbol":"ACME","price":1.5,"n":1}`, of type `priceUpdate` |
//! | `large` | events | 32 KiB of rows each, of type `snapshot` |
//! | `drip` | pieces | one `snapshot` in pieces of 4 KiB, each written by itself |
//! | `paced` | events | like `ticker`, a thousand a second |
//! | `stamped` | events | `{"at":1700000000000.5}`, of type `stamp`, a hundred a second: when it was sent |
//!
//! Every event has an ID, and an event of type `end` comes last. The paced and the stamped stream
//! keep their rate; the other streams go out from memory as fast as the socket takes them. They are
//! rendered at the first request.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

mod cache;
mod payload;
mod stream;

use cache::Cache;
use payload::Burst;

/// Maximum count of one stream, which is held in memory.
const MAX_COUNT: u32 = 1_000_000;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Workload {
    Small,
    Ticker,
    Large,
    Drip,
    Paced,
    Stamped,
}

#[derive(Debug, Deserialize)]
struct Size {
    count: u32,
}

/// Returns the routes, to be nested at `/bench`.
pub fn router() -> Router {
    Router::new()
        .route("/{workload}", get(serve))
        .with_state(Arc::new(Cache::default()))
}

async fn serve(
    State(cache): State<Arc<Cache>>,
    Path(workload): Path<Workload>,
    Query(Size { count }): Query<Size>,
) -> Response {
    if count > MAX_COUNT {
        return (StatusCode::BAD_REQUEST, "`count` is too large").into_response();
    }
    let burst = match workload {
        Workload::Small => Burst::Small,
        Workload::Ticker => Burst::Ticker,
        Workload::Large => Burst::Large,
        Workload::Drip => Burst::Drip,
        Workload::Paced => return stream::paced(count, stream::PACE, payload::price),
        Workload::Stamped => return stream::paced(count, stream::STAMPED_PACE, payload::stamp),
    };
    let body = cache.get(burst, count);
    match burst {
        Burst::Drip => stream::dripped(body),
        _ => stream::burst(body),
    }
}
