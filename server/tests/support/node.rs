//! A node of a hub on Redis that can be killed.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::net::SocketAddr;

use axum::Router;
use everstream_server::{
    hub::{Hub, HubBuilder, Position},
    sse::Event,
};
use serde_json::json;
use tokio::{net::TcpListener, runtime::Runtime};

use super::{
    redis_server::RedisServer,
    support::{Request, Stream},
};

/// A node whose tasks and sockets are in a runtime of its own, so that the test can kill it.
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Node {
    pub(crate) async fn start(redis: &RedisServer, builder: HubBuilder) -> Self {
        Self::start_at(redis.url(), builder).await
    }

    pub(crate) async fn start_at(url: String, builder: HubBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let serving = runtime.spawn(async move {
            let hub = builder.build_on_redis(&url, "test").await.unwrap();
            let app = Router::new().nest("/events", hub.router());
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
            (hub, address)
        });
        let (hub, address) = serving.await.unwrap();
        Self {
            hub,
            address,
            runtime: Some(runtime),
        }
    }

    /// Ends everything at once: sockets are closed, and neither clients nor other nodes are told.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    pub(crate) async fn open(&self, query: &str) -> Stream {
        Stream::of(self.get(query).send().await.unwrap()).await
    }

    pub(crate) fn get(&self, query: &str) -> Request {
        Request::new(self.address, "GET", &format!("/events{query}"))
    }

    pub(crate) fn control(&self, connection: &str, revision: u64, channels: &[&str]) -> Request {
        let order = json!({ "connection": connection, "revision": revision, "channels": channels });
        Request::new(self.address, "POST", "/events/control")
            .header("Content-Type", "application/json")
            .body(&order.to_string())
    }

    /// Publishes texts to a channel, one event each, and returns the position of the last.
    pub(crate) async fn publish(&self, channel: &str, texts: &[&str]) -> Position {
        let mut last = self.hub.head();
        for text in texts {
            last = self.hub.publish(channel, Event::new(*text)).await.unwrap();
        }
        last
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
