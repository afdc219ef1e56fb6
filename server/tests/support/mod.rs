//! A hub behind a real server, and a client that reads its streams line by line.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this module"
)]

use std::net::SocketAddr;

use axum::Router;
use everstream_server::{
    hub::{Hub, HubBuilder},
    serve::Server,
    sse::Event,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

mod client;

pub use client::*;

/// A hub at `/events` of a server on loopback.
pub struct Served {
    pub hub: Hub,
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn start(builder: HubBuilder) -> Self {
        Self::of(builder.build()).await
    }

    pub async fn of(hub: Hub) -> Self {
        let app = Router::new().nest("/events", hub.router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { hub, address, task }
    }

    /// Starts a hub behind the server of this crate.
    pub async fn by(server: Server, hub: Hub) -> Self {
        let app = Router::new().nest("/events", hub.router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = server.run(listener, app, std::future::pending());
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { hub, address, task }
    }

    /// Publishes texts to a channel, one event each.
    pub async fn publish(&self, channel: &str, texts: &[&str]) {
        for text in texts {
            self.hub.publish(channel, Event::new(*text)).await.unwrap();
        }
    }

    pub fn get(&self, query: &str) -> Request {
        Request::new(self.address, "GET", &format!("/events{query}"))
    }

    pub fn post(&self, below: &str) -> Request {
        Request::new(self.address, "POST", &format!("/events{below}"))
    }

    /// Opens a stream; the hub must grant it.
    pub async fn open(&self, query: &str) -> Stream {
        Stream::of(self.get(query).send().await.unwrap()).await
    }

    /// Builds a request that changes a connection's set.
    pub fn control(&self, stream: &Stream, revision: u64, channels: &[&str]) -> Request {
        self.control_from(stream, revision, channels, &json!({}))
    }

    pub fn control_from(
        &self,
        stream: &Stream,
        revision: u64,
        channels: &[&str],
        from: &Value,
    ) -> Request {
        let order = json!({
            "connection": stream.connection(), "revision": revision,
            "channels": channels, "from": from,
        });
        self.post_control(&order.to_string())
    }

    /// Builds a control request with this body.
    pub fn post_control(&self, body: &str) -> Request {
        let request = self.post("/control").body(body);
        request.header("Content-Type", "application/json")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An open stream whose `@connected` has been read.
pub struct Stream {
    pub response: Response,
    /// The frame of `@connected`.
    pub first: String,
}

impl Stream {
    pub async fn of(mut response: Response) -> Self {
        assert_eq!(response.status, 200);
        let first = response.frame().await.unwrap();
        assert_eq!(field(&first, "event"), Some("@connected"));
        Self { response, first }
    }

    pub fn connected(&self) -> Value {
        data(&self.first)
    }

    pub fn connection(&self) -> String {
        self.connected()["connection"].as_str().unwrap().to_owned()
    }

    /// Returns the next frame.
    pub async fn next(&mut self) -> String {
        self.response.frame().await.expect("the stream goes on")
    }

    /// Returns the next frame as `<event> <seq>: <data>`, without the epoch.
    pub async fn brief(&mut self) -> String {
        brief(&self.next().await)
    }

    /// Returns the next frames in brief.
    pub async fn briefs(&mut self, count: usize) -> Vec<String> {
        let mut briefs = Vec::new();
        while briefs.len() < count {
            briefs.push(self.brief().await);
        }
        briefs
    }
}

/// Returns a frame as `<event> <seq>: <data>`; without an ID, the seq is `-`.
pub fn brief(frame: &str) -> String {
    let event = field(frame, "event").unwrap();
    let seq = field(frame, "id").map_or("-", |id| id.rsplit_once('-').unwrap().1);
    format!("{event} {seq}: {}", field(frame, "data").unwrap())
}

/// Returns the ID in a frame.
pub fn position(frame: &str) -> &str {
    field(frame, "id").expect("it has an ID")
}
