//! Counts of open connections.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::Demo;

/// A counter of a stream's connections.
#[derive(Debug, Default)]
pub(super) struct Census(Arc<AtomicUsize>);

/// Counts one connection until it is dropped.
#[derive(Debug)]
pub(super) struct Counted(Arc<AtomicUsize>);

impl Census {
    pub(super) fn enter(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.0))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) async fn status(State(demo): State<Arc<Demo>>) -> Json<Value> {
    Json(json!({
        "connections": {
            "ticker": demo.ticker.readers.count(),
            "shared": demo.shared.readers.count(),
            "logs": demo.logs.readers.count(),
            "build": demo.build.readers.count(),
            "chat": demo.chat.count(),
        }
    }))
}

pub(super) async fn shared(State(demo): State<Arc<Demo>>) -> Json<Value> {
    Json(json!({ "open": demo.shared.readers.count() }))
}
