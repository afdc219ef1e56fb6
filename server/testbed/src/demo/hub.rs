//! A dashboard with a hundred channels on one connection.

use std::{
    sync::{Arc, Weak},
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::{any, get, post},
};
use everstream_server::sse::Event;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::noise::Noise;
use crate::{
    hub::{Instance, Settings, at},
    net::Connection,
};

/// Number of channels, which are `metric:0` to `metric:99`.
const METRICS: usize = 100;
/// Number of channels that publish at once. Each channel thus publishes every 300 ms.
const AT_A_TIME: usize = 10;
const PERIOD: Duration = Duration::from_millis(30);

/// Returns the routes, to be nested at `/demo/hub`.
pub(super) fn router() -> Router {
    let instance = Instance::new(Settings::default()).expect("the default settings are valid");
    let instance = Arc::new(instance);
    tokio::spawn(run(Arc::downgrade(&instance)));
    Router::new()
        .route("/stream", any(stream))
        .route("/stream/control", any(control))
        .route("/restart", post(restart))
        .route("/connections", get(connections))
        .with_state(instance)
}

async fn run(instance: Weak<Instance>) {
    let (mut noise, mut values) = (Noise::new(), [50_i32; METRICS]);
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for number in first_number().. {
        for first in (0..METRICS).step_by(AT_A_TIME) {
            ticks.tick().await;
            let Some(instance) = instance.upgrade() else {
                return;
            };
            let hub = instance.hub();
            let values = values.iter_mut().enumerate();
            for (metric, value) in values.skip(first).take(AT_A_TIME) {
                *value = (*value + noise.below(11).cast_signed() - 5).clamp(0, 100);
                let event = Event::new(json!({ "number": number, "value": *value }).to_string());
                // Publishing fails only when the hub is shut down, which never happens here.
                let _ = hub.publish(&format!("metric:{metric}"), event).await;
            }
        }
    }
}

/// Returns the first number of every channel. Taken from the clock, it exceeds all earlier numbers,
/// so that numbers keep growing when the process restarts.
fn first_number() -> u64 {
    let milliseconds = UNIX_EPOCH.elapsed().map(|time| time.as_millis());
    milliseconds.map_or(0, |number| u64::try_from(number).unwrap_or(0))
}

async fn stream(
    State(instance): State<Arc<Instance>>,
    connection: Connection,
    request: Request,
) -> Response {
    instance.answer(connection, at("/", request)).await
}

async fn control(
    State(instance): State<Arc<Instance>>,
    connection: Connection,
    request: Request,
) -> Response {
    instance.answer(connection, at("/control", request)).await
}

/// Closes all streams and forgets the log, as the redeployment of a hub does.
async fn restart(State(instance): State<Arc<Instance>>) -> StatusCode {
    match instance.restart() {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn connections(State(instance): State<Arc<Instance>>) -> Json<Value> {
    Json(json!({ "open": instance.open() }))
}
