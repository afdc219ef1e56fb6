//! A stream on the test server that behaves as a test describes.

use std::collections::BTreeMap;

use gloo_net::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const SERVER: &str = env!(
    "EVERSTREAM_TEST_SERVER",
    "run the browser tests by `cargo xtask test`"
);

/// A scenario on the server, identified by its key.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    key: String,
}

/// The requests that the server saw.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) active: u32,
    pub(crate) preflights: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    pub(crate) at_ms: f64,
    pub(crate) method: String,
    pub(crate) query: String,
    pub(crate) last_event_id: Option<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Scenario {
    /// Creates a scenario from its JSON description.
    pub(crate) async fn new(script: Value) -> Self {
        #[derive(Deserialize)]
        struct Created {
            key: String,
        }
        let response = Request::post(&format!("{SERVER}/scenario"))
            .json(&script)
            .expect("JSON")
            .send()
            .await
            .expect("the test server answers");
        assert!(response.ok(), "{:?}", response.text().await);
        let Created { key } = response.json().await.expect("a key");
        Self { key }
    }

    /// Creates a scenario of `events` numbered events, sent at once, with each attempt served to the end.
    pub(crate) async fn of(events: u64) -> Self {
        Self::new(json!({ "events": events, "attempts": [{ "kind": "serve" }] })).await
    }

    /// Creates a scenario of `events` numbered events, and how the server answers each attempt.
    pub(crate) async fn with(events: u64, attempts: Value) -> Self {
        Self::new(json!({ "events": events, "attempts": attempts })).await
    }

    pub(crate) fn url(&self) -> String {
        format!("{SERVER}/scenario/{}/stream", self.key)
    }

    pub(crate) async fn report(&self) -> Report {
        Request::get(&format!("{SERVER}/scenario/{}/report", self.key))
            .send()
            .await
            .expect("the test server answers")
            .json()
            .await
            .expect("a report")
    }
}
