//! What the hub answers beside its streams.

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

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) leaving: Leaving,
    pub(crate) key: Option<Arc<str>>,
    /// The length of a published event, in bytes.
    pub(crate) longest: usize,
    /// How long it may take to arrive.
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

/// Where no streams can be.
pub(crate) const TAKEN: [&str; 4] = [HEALTHZ, PUBLISH, COMPLETE, PRESENCE];

/// For clients and publishers.
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

/// For those who operate it.
pub(crate) fn internal(node: &Node) -> Router {
    Router::new()
        .route(HEALTHZ, get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .with_state(node.clone())
}
