//! Tests of scenarios, over real sockets.

mod support;

use std::time::{Duration, Instant};

use serde_json::json;
use support::{Ending, TestServer, id};

const TICK_1: &str = "event: tick\nid: 1\ndata: {\"n\":1}\n\n";

#[tokio::test]
async fn serves_all_events_then_204() {
    let server = TestServer::start().await;
    let stream = server.scenario(json!({ "events": 2, "retryMs": 50 })).await;
    let mut response = server.get(&stream).send().await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("x-accel-buffering"), Some("no"));
    let second = "event: tick\nid: 2\ndata: {\"n\":2}\n\n";
    assert_eq!(
        response.whole().await,
        format!("retry: 50\n\n{TICK_1}{second}")
    );
    assert_eq!(
        server
            .get(&stream)
            .header("Last-Event-ID", "2")
            .status()
            .await,
        204
    );
}

#[tokio::test]
async fn resumes_by_header_or_query() {
    let server = TestServer::start().await;
    let stream = server.scenario(json!({ "events": 9 })).await;
    let by_query = format!("{stream}?lastEventId=5");
    let mut response = server.get(&by_query).send().await.unwrap();
    assert_eq!(id(&response.frame().await.unwrap()), 6);
    let mut response = server
        .get(&by_query)
        .header("Last-Event-ID", "7")
        .send()
        .await
        .unwrap();
    assert_eq!(id(&response.frame().await.unwrap()), 8);
    let report = server.report(&stream).await;
    assert_eq!(report["attempts"][0]["lastEventId"], "5");
    assert_eq!(report["attempts"][1]["lastEventId"], "7");
}

#[tokio::test]
async fn many_events_arrive_in_order() {
    let server = TestServer::start().await;
    let stream = server.scenario(json!({ "events": 20_000 })).await;
    let mut response = server.get(&stream).send().await.unwrap();
    for number in 1..=20_000 {
        assert_eq!(id(&response.frame().await.unwrap()), number);
    }
    assert_eq!(response.rest().await, (String::new(), Ending::Clean));
    assert_eq!(server.report(&stream).await["attempts"][0]["sent"], 20_000);
}

#[tokio::test]
async fn events_may_lack_type_and_id() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({ "events": 1, "eventType": "", "ids": false }))
        .await;
    let mut response = server.get(&stream).send().await.unwrap();
    assert_eq!(response.whole().await, "data: {\"n\":1}\n\n");
}

#[tokio::test]
async fn raw_frames_are_sent_as_written() {
    let server = TestServer::start().await;
    let frames = ["data:a\r\n\r\n", ":\n", "id\ndata: ü\n\n"];
    let stream = server.scenario(json!({ "raw": frames })).await;
    let mut response = server.get(&stream).send().await.unwrap();
    assert_eq!(response.whole().await, frames.concat());
    let mut response = server
        .get(&stream)
        .header("Last-Event-ID", "2")
        .send()
        .await
        .unwrap();
    assert_eq!(response.whole().await, frames[2]);
    assert_eq!(
        server
            .get(&stream)
            .header("Last-Event-ID", "3")
            .status()
            .await,
        204
    );
}

#[tokio::test]
async fn events_keep_their_distance() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({ "events": 4, "intervalMs": 30 }))
        .await;
    let begun = Instant::now();
    server.get(&stream).send().await.unwrap().whole().await;
    assert!(begun.elapsed() >= Duration::from_millis(90));
}

#[tokio::test]
async fn stops_with_an_end_and_goes_on_with_the_next_attempt() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({
            "events": 5,
            "attempts": [{ "kind": "serve", "stopAfter": 2, "stop": "end" }, { "kind": "serve" }],
        }))
        .await;
    let first = server.get(&stream).send().await.unwrap().whole().await;
    assert_eq!(first.matches("data").count(), 2);
    let mut response = server
        .get(&stream)
        .header("Last-Event-ID", "2")
        .send()
        .await
        .unwrap();
    assert_eq!(response.whole().await.matches("data").count(), 3);
}

#[tokio::test]
async fn cuts_and_resets_in_the_middle_of_an_event() {
    let server = TestServer::start().await;
    for (stop, ending) in [("cut", Ending::Closed), ("reset", Ending::Reset)] {
        let stream = server
            .scenario(json!({ "attempts": [{ "kind": "serve", "stopAfter": 1, "stop": stop }] }))
            .await;
        let (text, ended) = server.get(&stream).send().await.unwrap().rest().await;
        let partial = text.strip_prefix(TICK_1).unwrap();
        assert!(!partial.is_empty() && "event: tick\nid: 2\ndata: {".starts_with(partial));
        assert_eq!(ended, ending, "{stop}");
        let report = server
            .report_when(&stream, |report| report["active"] == 0)
            .await;
        assert_eq!(report["attempts"][0]["sent"], 1);
    }
}

#[tokio::test]
async fn falls_silent_and_notices_the_client_leaving() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({
            "commentEveryMs": 5,
            "attempts": [{ "kind": "serve", "stopAfter": 1, "stop": "silence" }],
        }))
        .await;
    let mut response = server.get(&stream).send().await.unwrap();
    assert_eq!(response.event("tick").await, TICK_1.trim_end());
    assert!(response.is_silent_for(Duration::from_millis(100)).await);
    let report = server.report(&stream).await;
    assert_eq!(report["active"], 1);
    assert!(report["attempts"][0]["closedAtMs"].is_null());
    drop(response);
    let report = server
        .report_when(&stream, |report| report["active"] == 0)
        .await;
    assert!(report["attempts"][0]["closedAtMs"].as_u64() >= Some(100));
}

#[tokio::test]
async fn holds_the_stream_open_with_comments() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({ "events": 1, "finish": "hold", "commentEveryMs": 5 }))
        .await;
    let mut response = server.get(&stream).send().await.unwrap();
    response.event("tick").await;
    for _ in 0..3 {
        assert_eq!(response.frame().await.as_deref(), Some(": ping"));
    }
    let mut resumed = server
        .get(&stream)
        .header("Last-Event-ID", "1")
        .send()
        .await
        .unwrap();
    assert_eq!(resumed.status, 200);
    assert_eq!(resumed.frame().await.as_deref(), Some(": ping"));
}

#[tokio::test]
async fn serves_with_conditions() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({
            "finish": "hold",
            "events": 1,
            "attempts": [{
                "kind": "serve", "requireToken": "abc", "delayHeadersMs": 50,
                "contentType": "text/plain", "endAfterMs": 50,
            }],
        }))
        .await;
    for authorization in ["Bearer abcd", "abc", ""] {
        let request = server.get(&stream).header("Authorization", authorization);
        let mut response = request.send().await.unwrap();
        assert_eq!(response.status, 401);
        assert_eq!(response.whole().await, r#"{"error":"invalid_token"}"#);
    }
    let begun = Instant::now();
    let request = server.get(&stream).header("Authorization", "Bearer abc");
    let mut response = request.send().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(50));
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert_eq!(response.whole().await, TICK_1);
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn answers_and_redirects() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({
            "attempts": [
                { "kind": "status", "status": 503, "headers": { "Retry-After": "1" },
                  "body": "busy" },
                { "kind": "redirect", "status": 307, "to": "/scenario/other/stream" },
            ],
        }))
        .await;
    let mut response = server.get(&stream).send().await.unwrap();
    assert_eq!(response.status, 503);
    assert_eq!(response.header("retry-after"), Some("1"));
    assert_eq!(response.whole().await, "busy");
    let response = server.get(&stream).send().await.unwrap();
    assert_eq!(response.status, 307);
    assert_eq!(response.header("location"), Some("/scenario/other/stream"));
}

#[tokio::test]
async fn drops_and_hangs() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({ "attempts": [{ "kind": "drop" }, { "kind": "hang" }] }))
        .await;
    assert_eq!(server.get(&stream).open().await.end().await, Ending::Closed);
    let hanging = server.get(&stream).open().await;
    let report = server
        .report_when(&stream, |report| report["attempts"][1].is_object())
        .await;
    assert_eq!(report["active"], 1);
    drop(hanging);
    server
        .report_when(&stream, |report| report["active"] == 0)
        .await;
}

#[tokio::test]
async fn reports_what_clients_sent() {
    let server = TestServer::start().await;
    let stream = server
        .scenario(json!({ "events": 1, "method": "POST" }))
        .await;
    let request = server.post(&format!("{stream}?a=b")).header("X-Twice", "1");
    request
        .header("X-Twice", "2")
        .body("{\"q\":\"ü\"}")
        .send()
        .await
        .unwrap()
        .whole()
        .await;
    assert_eq!(server.get(&stream).status().await, 405);
    let report = server
        .report_when(&stream, |report| report["active"] == 0)
        .await;
    let attempt = &report["attempts"][0];
    assert_eq!(attempt["method"], "POST");
    assert_eq!(attempt["query"], "a=b");
    assert_eq!(attempt["body"], "{\"q\":\"ü\"}");
    assert_eq!(attempt["headers"]["x-twice"], "1, 2");
    assert_eq!(attempt["sent"], 1);
    assert!(attempt["lastEventId"].is_null());
    assert!(attempt["atMs"].as_u64() <= attempt["closedAtMs"].as_u64());
    assert_eq!(report["attempts"][1]["method"], "GET");
    assert_eq!(report["attempts"][1]["sent"], 0);
}

#[tokio::test]
async fn bad_scripts_and_unknown_keys_are_refused() {
    let server = TestServer::start().await;
    for (script, status, reason) in [
        ("{", 400, "malformed_json"),
        (r#"{"event":1}"#, 422, "unknown field `event`"),
    ] {
        let mut response = server.post("/scenario").body(script).send().await.unwrap();
        assert_eq!(response.status, status);
        assert!(response.whole().await.contains(reason));
    }
    for part in ["stream", "report"] {
        let mut response = server
            .get(&format!("/scenario/none/{part}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status, 404);
        assert_eq!(response.whole().await, r#"{"error":"unknown_scenario"}"#);
    }
}

#[tokio::test]
async fn pages_of_any_origin_are_allowed_what_they_ask_for() {
    let server = TestServer::start().await;
    let stream = server.scenario(json!({ "events": 1 })).await;
    let preflight = server
        .request("OPTIONS", &stream)
        .header("Origin", "http://a.test")
        .header("Access-Control-Request-Method", "PUT")
        .header(
            "Access-Control-Request-Headers",
            "authorization,last-event-id",
        );
    let response = preflight.send().await.unwrap();
    assert_eq!(response.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "http://a.test"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "PUT"),
        (
            "access-control-allow-headers",
            "authorization,last-event-id",
        ),
        (
            "access-control-expose-headers",
            "retry-after, last-event-id",
        ),
    ] {
        assert_eq!(response.header(name), Some(value));
    }
    let response = server
        .get(&stream)
        .header("Origin", "http://a.test")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.header("access-control-allow-origin"),
        Some("http://a.test")
    );
    assert_eq!(response.header("vary"), Some("origin"));
    let report = server.report(&stream).await;
    assert_eq!(report["preflights"], 1);
    assert_eq!(report["attempts"][0]["preflights"], 1);
    assert_eq!(report["attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn preflights_are_refused_for_last_event_id_alone() {
    let server = TestServer::start().await;
    let stream = server.scenario(json!({ "preflight": "refuse" })).await;
    for (headers, status) in [
        ("authorization, Last-Event-ID", 403),
        ("authorization", 204),
    ] {
        let preflight = server
            .request("OPTIONS", &stream)
            .header("Origin", "http://a.test")
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", headers);
        let response = preflight.send().await.unwrap();
        assert_eq!(response.status, status);
        let allowed = response.header("access-control-allow-origin").is_some();
        assert_eq!(allowed, status == 204);
    }
    assert_eq!(server.report(&stream).await["preflights"], 2);
}
