//! Taking the server down for a while.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::Demo;
use crate::net::Connection;

const PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn restart(
    State(demo): State<Arc<Demo>>,
    connection: Connection,
) -> (StatusCode, Json<Value>) {
    // The restart tears down every connection, but this answer must go out first.
    connection.finish();
    demo.restarter.restart(PAUSE);
    (
        StatusCode::ACCEPTED,
        Json(json!({ "downMs": PAUSE.as_millis() })),
    )
}
