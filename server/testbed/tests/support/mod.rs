//! A server to test, and a client for it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this module"
)]

use std::{future::pending, io, net::SocketAddr};

use everstream_testbed::{
    app,
    net::{Restarter, Server},
};
use serde_json::Value;
use tokio::{task::JoinHandle, time::timeout};

#[path = "../../../tests/support/client.rs"]
mod client;

pub use client::*;

pub struct TestServer {
    pub address: SocketAddr,
    pub restarter: Restarter,
    task: JoinHandle<io::Result<()>>,
}

impl TestServer {
    pub async fn start() -> Self {
        let server = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let (address, restarter) = (server.address(), server.restarter());
        let app = app(None, server.restarter());
        Self {
            address,
            restarter,
            task: tokio::spawn(server.run(app, pending())),
        }
    }

    /// Creates a scenario and returns the path of its stream.
    pub async fn scenario(&self, script: Value) -> String {
        let answer = self
            .post("/scenario")
            .body(&script.to_string())
            .json()
            .await;
        format!("/scenario/{}/stream", answer["key"].as_str().unwrap())
    }

    pub async fn report(&self, stream: &str) -> Value {
        self.get(&stream.replace("/stream", "/report")).json().await
    }

    /// Returns the report as soon as it satisfies a condition.
    pub async fn report_when(&self, stream: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let satisfied = async {
            loop {
                let report = self.report(stream).await;
                if condition(&report) {
                    return report;
                }
            }
        };
        timeout(PATIENCE, satisfied)
            .await
            .expect("the report comes to satisfy the condition")
    }

    pub fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    pub fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }

    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
