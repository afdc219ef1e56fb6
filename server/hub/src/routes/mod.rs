//! The routes that the hub has beside its streams.

mod failure;
mod health;
mod publish;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    routing::{get, post},
};
use everstream_server::hub::Hub;
use metrics_exporter_prometheus::PrometheusHandle;

/// State that the routes share.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) leaving: Leaving,
    pub(crate) key: Option<Arc<str>>,
    /// Maximum length of a published event, in bytes.
    pub(crate) longest: usize,
    /// How long the body of a published event may take to arrive.
    pub(crate) body: Duration,
    pub(crate) metrics: PrometheusHandle,
}

/// Whether the node is about to leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaving(Arc<AtomicBool>);

impl Leaving {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

const HEALTHZ: &str = "/healthz";
const PUBLISH: &str = "/publish";
const COMPLETE: &str = "/complete";
const PRESENCE: &str = "/presence";

/// Paths that the streams can't have.
pub(crate) const TAKEN: [&str; 4] = [HEALTHZ, PUBLISH, COMPLETE, PRESENCE];

/// Returns the routes for clients and publishers.
pub(crate) fn public(node: &Node, path: &str) -> Router {
    let mut router = Router::new().route(HEALTHZ, get(health::healthz));
    if node.key.is_some() {
        router = router
            .route(PUBLISH, post(publish::publish))
            .route(COMPLETE, post(publish::complete))
            .route(PRESENCE, get(publish::presence));
    }
    router
        .with_state(node.clone())
        .nest(path, node.hub.router())
}

/// Returns the routes for operators.
pub(crate) fn internal(node: &Node) -> Router {
    Router::new()
        .route(HEALTHZ, get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .with_state(node.clone())
}
