//! Health and metrics of the node.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

use super::Node;

/// Tells whether the process serves and isn't about to leave.
///
/// A log that can't be reached is no reason to restart the node: its streams go on when the log is back.
pub(super) async fn healthz(State(node): State<Node>) -> impl IntoResponse {
    if node.leaving.is_set() {
        (StatusCode::SERVICE_UNAVAILABLE, "leaving\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}

/// Tells the same as [`healthz`], and whether the log can be reached.
pub(super) async fn readyz(State(node): State<Node>) -> impl IntoResponse {
    if node.leaving.is_set() {
        return (StatusCode::SERVICE_UNAVAILABLE, "leaving\n".to_owned());
    }
    match node.hub.check_log().await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

/// Returns the metrics in Prometheus' text format.
pub(super) async fn metrics(State(node): State<Node>) -> impl IntoResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, node.metrics.render())
}
