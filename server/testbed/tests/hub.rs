//! Tests of the hubs that tests create, and of the demo's hub.

mod support;

use serde_json::{Value, json};
use support::{Ending, Response, TestServer, data, field};

async fn create(server: &TestServer, settings: Value) -> String {
    let answer = server.post("/hub").body(&settings.to_string()).json().await;
    format!("/hub/{}", answer["id"].as_str().unwrap())
}

async fn open(server: &TestServer, target: &str) -> Response {
    let mut response = server.get(target).send().await.unwrap();
    assert_eq!(response.status, 200);
    let connected = response.frame().await.unwrap();
    assert_eq!(field(&connected, "event"), Some("@connected"));
    response
}

async fn publish(server: &TestServer, hub: &str, what: Value) {
    let request = server.post(&format!("{hub}/publish"));
    request.body(&what.to_string()).json().await;
}

#[tokio::test]
async fn what_is_published_arrives() {
    let server = TestServer::start().await;
    let hub = create(&server, json!({})).await;
    let mut stream = open(&server, &format!("{hub}/stream?channel=a&channel=b")).await;
    let several = json!([
        { "channel": "a", "data": "number {n}", "count": 2 },
        { "channel": "b", "type": "trade", "data": { "n": 7 } },
        { "channel": "b", "complete": true },
    ]);
    publish(&server, &hub, several).await;
    for (event, text) in [
        ("a", "number 1"),
        ("a", "number 2"),
        ("b trade", r#"{"n":7}"#),
        ("@complete b", "{}"),
    ] {
        let frame = stream.frame().await.unwrap();
        assert_eq!(field(&frame, "event"), Some(event));
        assert_eq!(field(&frame, "data"), Some(text));
    }
    let slowly = json!({ "channel": "a", "count": 2, "intervalMs": 1, "data": "later" });
    publish(&server, &hub, slowly).await;
    for _ in 0..2 {
        assert!(stream.frame().await.unwrap().ends_with("data: later"));
    }
}

#[tokio::test]
async fn a_refused_channel_and_one_that_is_not() {
    let server = TestServer::start().await;
    let hub = create(&server, json!({ "refused": ["secret"], "control": false })).await;
    let target = format!("{hub}/stream?channel=secret&channel=open");
    let mut response = server.get(&target).send().await.unwrap();
    let connected = data(&response.frame().await.unwrap());
    assert_eq!(connected.get("control"), None);
    let error = response.frame().await.unwrap();
    assert_eq!(field(&error, "event"), Some("@error secret"));
    assert_eq!(data(&error)["code"], "forbidden");
    publish(&server, &hub, json!({ "channel": "open" })).await;
    let frame = response.frame().await.unwrap();
    assert_eq!(field(&frame, "event"), Some("open"));
}

#[tokio::test]
async fn streams_are_dropped_restarted_and_written_into() {
    let server = TestServer::start().await;
    let hub = create(&server, json!({})).await;
    let target = format!("{hub}/stream?channel=a");
    publish(&server, &hub, json!({ "channel": "a" })).await;
    let head = async || {
        let report = server.get(&format!("{hub}/report")).json().await;
        report["head"].as_str().unwrap().to_owned()
    };
    let before = head().await;

    let mut stream = open(&server, &target).await;
    let written = server
        .post(&format!("{hub}/raw"))
        .body("event: @odd\ndata: {\n\n");
    assert_eq!(written.json().await["streams"], 1);
    assert_eq!(stream.frame().await.unwrap(), "event: @odd\ndata: {");

    let dropped = server.post(&format!("{hub}/drop"));
    assert_eq!(dropped.status().await, 204);
    assert_eq!(stream.rest().await.1, Ending::Closed);
    assert_eq!(head().await, before);

    let mut stream = open(&server, &target).await;
    let restarted = server.post(&format!("{hub}/restart"));
    assert_eq!(restarted.status().await, 204);
    assert_eq!(stream.rest().await.1, Ending::Closed);
    assert_ne!(head().await, before);
    let resumed = server.get(&target).header("Last-Event-ID", &before);
    let mut resumed = resumed.send().await.unwrap();
    resumed.frame().await.unwrap();
    assert_eq!(
        data(&resumed.frame().await.unwrap()),
        json!({ "channels": ["a"] })
    );

    let shut_down = server.post(&format!("{hub}/shutdown"));
    assert_eq!(shut_down.status().await, 204);
    assert_eq!(resumed.rest().await.1, Ending::Clean);
    assert_eq!(server.get(&target).status().await, 503);
}

#[tokio::test]
async fn the_report_tells_what_clients_did() {
    let server = TestServer::start().await;
    let hub = create(&server, json!({ "heartbeatMs": 5000 })).await;
    let target = format!("{hub}/stream?channel=a");
    let request = server.get(&target).header("X-Principal", "alice");
    let mut stream = request.send().await.unwrap();
    let connected = data(&stream.frame().await.unwrap());
    assert_eq!(connected["heartbeatMs"], 5000);
    assert_eq!(connected["control"], "./stream/control");
    let order = json!({
        "connection": connected["connection"], "revision": 1, "channels": ["b", "c"],
    });
    let control = |principal| {
        let request = server.post(&format!("{hub}/stream/control"));
        request
            .header("X-Principal", principal)
            .header("Content-Type", "application/json")
            .body(&order.to_string())
    };
    assert_eq!(control("mallory").status().await, 403);
    assert_eq!(control("alice").status().await, 202);
    let report = server.get(&format!("{hub}/report")).json().await;
    assert_eq!((&report["open"], &report["opened"]), (&json!(1), &json!(1)));
    assert_eq!(report["opens"][0]["query"], "channel=a");
    assert_eq!(report["connections"][0]["channels"], json!(["b", "c"]));
    let statuses: Vec<_> = report["controls"].as_array().unwrap().iter().collect();
    let statuses: Vec<_> = statuses.iter().map(|control| &control["status"]).collect();
    assert_eq!(statuses, [403, 202]);
    let body = report["controls"][1]["body"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), order);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let server = TestServer::start().await;
    for settings in [
        r#"{"heartbeatMs":0}"#,
        r#"{"origins":["\n"]}"#,
        r#"{"heartbeat":1}"#,
    ] {
        let status = server.post("/hub").body(settings).status().await;
        assert_eq!(status, 422, "{settings}");
    }
    assert_eq!(server.post("/hub").body("{").status().await, 400);
    assert_eq!(server.get("/hub/none/report").status().await, 404);
    let other = json!({ "origins": ["https://app.example"] });
    let hub = create(&server, other).await;
    let request = server.get(&format!("{hub}/stream"));
    let answer = request
        .header("Origin", "https://app.example")
        .send()
        .await
        .unwrap();
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!(allowed, Some("https://app.example"));
}

#[tokio::test]
async fn the_demos_hub_has_a_hundred_channels() {
    let server = TestServer::start().await;
    let target = "/demo/hub/stream?channel=metric:0&channel=metric:99";
    let mut stream = open(&server, target).await;
    for metric in ["metric:0", "metric:99"] {
        assert!(data(&stream.event(metric).await)["value"].is_number());
    }
    let connections = server.get("/demo/hub/connections").json().await;
    assert_eq!(connections, json!({ "open": 1 }));
    assert_eq!(server.post("/demo/hub/restart").status().await, 204);
    assert_eq!(stream.rest().await.1, Ending::Closed);
}

#[tokio::test]
async fn the_demos_metrics_are_numbered_across_restarts() {
    let server = TestServer::start().await;
    let target = "/demo/hub/stream?channel=metric:7";
    let mut stream = open(&server, target).await;
    let number = |frame: &str| data(frame)["number"].as_u64().unwrap();
    let first = number(&stream.event("metric:7").await);
    assert_eq!(number(&stream.event("metric:7").await), first + 1);
    assert_eq!(server.post("/demo/hub/restart").status().await, 204);
    let mut stream = open(&server, target).await;
    assert!(number(&stream.event("metric:7").await) > first + 1);
}
