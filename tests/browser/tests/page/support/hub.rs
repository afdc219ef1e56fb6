//! A hub on the test server, and the requests by which a test controls it.

use gloo_net::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::scenario::SERVER;

#[derive(Clone, Debug)]
pub(crate) struct Hub {
    id: String,
}

/// The requests and streams that the hub has seen so far.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Streams open now.
    pub(crate) open: u32,
    /// Streams opened so far.
    pub(crate) opened: u32,
    /// The request that opened each stream.
    pub(crate) opens: Vec<Open>,
    /// The requests that changed a set.
    pub(crate) controls: Vec<Control>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Open {
    pub(crate) method: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Control {
    body: String,
}

impl Control {
    /// The channels of the set.
    pub(crate) fn channels(&self) -> Value {
        let body: Value = serde_json::from_str(&self.body).expect("JSON");
        body["channels"].clone()
    }
}

impl Hub {
    /// Creates a hub with the defaults.
    pub(crate) async fn new() -> Self {
        Self::with(json!({})).await
    }

    pub(crate) async fn with(settings: Value) -> Self {
        #[derive(Deserialize)]
        struct Created {
            id: String,
        }
        let answer = post("/hub", &settings).await;
        let Created { id } = answer.json().await.expect("an id");
        Self { id }
    }

    pub(crate) fn url(&self) -> String {
        format!("{SERVER}/hub/{}/stream", self.id)
    }

    async fn order(&self, what: &str, body: &Value) {
        post(&format!("/hub/{}/{what}", self.id), body).await;
    }

    /// Publishes one event.
    pub(crate) async fn publish(&self, channel: &str, data: Value) {
        let event = json!({ "channel": channel, "data": data.to_string() });
        self.order("publish", &event).await;
    }

    pub(crate) async fn publish_typed(&self, channel: &str, event_type: &str, data: Value) {
        let event = json!({ "channel": channel, "type": event_type, "data": data.to_string() });
        self.order("publish", &event).await;
    }

    /// Has the hub publish `{"n":1}` to `{"n":count}` on each of the channels, one number per interval.
    /// Returns at once.
    pub(crate) async fn publish_numbers(&self, channels: &[String], count: u64, interval_ms: u64) {
        let streams: Vec<Value> = channels
            .iter()
            .map(|channel| json!({ "channel": channel, "data": "{\"n\":{n}}", "count": count, "intervalMs": interval_ms }))
            .collect();
        self.order("publish", &Value::Array(streams)).await;
    }

    /// Publishes `{"n":n}` on each of the channels.
    pub(crate) async fn publish_number(&self, channels: &[String], n: u64) {
        let data = json!({ "n": n }).to_string();
        let events: Vec<Value> = channels
            .iter()
            .map(|channel| json!({ "channel": channel, "data": data }))
            .collect();
        self.order("publish", &Value::Array(events)).await;
    }

    /// Cuts the connections.
    pub(crate) async fn drop_connections(&self) {
        self.order("drop", &json!({})).await;
    }

    /// Cuts the connections and forgets everything, as a restarted process would.
    pub(crate) async fn restart(&self) {
        self.order("restart", &json!({})).await;
    }

    pub(crate) async fn complete(&self, channel: &str) {
        self.order("publish", &json!({ "channel": channel, "complete": true }))
            .await;
    }

    /// Writes `text` into all open streams.
    pub(crate) async fn raw(&self, text: &str) {
        let url = format!("{SERVER}/hub/{}/raw", self.id);
        let request = Request::post(&url).body(text).expect("a request");
        let answer = request.send().await.expect("the test server answers");
        assert!(answer.ok(), "{:?}", answer.text().await);
    }

    pub(crate) async fn report(&self) -> Report {
        let url = format!("{SERVER}/hub/{}/report", self.id);
        let answer = Request::get(&url).send().await;
        let answer = answer.expect("the test server answers");
        answer.json().await.expect("a report")
    }
}

async fn post(path: &str, body: &Value) -> gloo_net::http::Response {
    let request = Request::post(&format!("{SERVER}{path}")).json(body);
    let answer = request.expect("JSON").send().await;
    let answer = answer.expect("the test server answers");
    assert!(answer.ok(), "{path}: {:?}", answer.text().await);
    answer
}
