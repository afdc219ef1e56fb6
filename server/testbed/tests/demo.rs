//! Tests of the demo's streams, over real sockets.

mod support;

use std::time::Duration;

use serde_json::Value;
use support::{Ending, Response, TestServer, data, id};
use tokio::net::TcpStream;

async fn token(server: &TestServer, query: &str) -> String {
    let answer = server.post(&format!("/demo/token{query}")).json().await;
    format!("Bearer {}", answer["token"].as_str().unwrap())
}

async fn ticker(server: &TestServer) -> Response {
    server.get("/demo/ticker").send().await.unwrap()
}

async fn connections(server: &TestServer) -> Value {
    server.get("/demo/status").json().await["connections"].take()
}

#[tokio::test]
async fn the_ticker_resumes_after_the_last_event() {
    let server = TestServer::start().await;
    let mut first = ticker(&server).await;
    let seen = first.event("priceUpdate").await;
    assert!(data(&seen)["symbol"].is_string() && data(&seen)["price"].is_number());
    let next = first.event("priceUpdate").await;
    assert_eq!(id(&next), id(&seen) + 1);
    let request = server
        .get("/demo/ticker")
        .header("Last-Event-ID", &id(&seen).to_string());
    let mut resumed = request.send().await.unwrap();
    assert_eq!(resumed.event("priceUpdate").await, next);
    let by_query = server.get(&format!("/demo/ticker?lastEventId={}", id(&seen)));
    let mut resumed = by_query.send().await.unwrap();
    assert_eq!(resumed.event("priceUpdate").await, next);
}

#[tokio::test]
async fn a_position_from_before_is_a_gap() {
    let server = TestServer::start().await;
    let request = server.get("/demo/ticker").header("Last-Event-ID", "123456");
    let mut response = request.send().await.unwrap();
    assert_eq!(data(&response.event("gap").await)["oldest"], 1);
    assert_eq!(id(&response.event("priceUpdate").await), 1);
}

#[tokio::test]
async fn the_ticker_pings_by_event_and_the_logs_by_comment() {
    let server = TestServer::start().await;
    let request = server
        .get("/demo/logs")
        .header("Authorization", &token(&server, "").await);
    let (mut ticker, mut logs) = (ticker(&server).await, request.send().await.unwrap());
    let event = async {
        assert_eq!(ticker.event("ping").await, "event: ping\ndata: {}");
    };
    let comment = async { while logs.frame().await.unwrap() != ": ping" {} };
    tokio::join!(event, comment);
}

#[tokio::test]
async fn logs_need_a_token_and_end_with_it() {
    let server = TestServer::start().await;
    let mut response = server.get("/demo/logs").send().await.unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    assert_eq!(response.whole().await, r#"{"error":"invalid_token"}"#);

    let short = token(&server, "?ttlMs=1500").await;
    let with_token = || {
        server
            .get("/demo/logs")
            .header("Authorization", &short)
            .send()
    };
    let mut response = with_token().await.unwrap();
    let line = data(&response.event("log").await);
    assert!(
        ["level", "target", "message"]
            .iter()
            .all(|key| line[key].is_string())
    );
    assert_eq!(response.rest().await.1, Ending::Clean);
    assert_eq!(with_token().await.unwrap().status, 401);
}

#[tokio::test]
async fn a_build_runs_to_its_end() {
    let server = TestServer::start().await;
    let answer = server.post("/demo/build/start?durationMs=100").json().await;
    let stream = format!("/demo/build?id={}", answer["id"].as_str().unwrap());
    let mut response = server.get(&stream).send().await.unwrap();
    assert!(data(&response.event("log").await)["line"].is_string());
    let progress = data(&response.event("progress").await);
    assert_eq!(
        (&progress["step"], &progress["percent"]),
        (&"fetch".into(), &2.into())
    );
    let done = response.event("done").await;
    assert!(data(&done)["durationMs"].as_u64() >= Some(100));
    assert_eq!(response.whole().await, "");

    let again = |position: u64| {
        server
            .get(&stream)
            .header("Last-Event-ID", &position.to_string())
    };
    let mut response = again(id(&done) - 1).send().await.unwrap();
    assert_eq!(response.event("done").await, done);
    assert_eq!(again(id(&done)).status().await, 204);
    assert_eq!(server.get("/demo/build?id=none").status().await, 404);
}

#[tokio::test]
async fn the_chat_answers_token_by_token() {
    let server = TestServer::start().await;
    let request = server
        .post("/demo/chat")
        .body(r#"{"prompt":"Why not a WebSocket?"}"#);
    let text = request.send().await.unwrap().whole().await;
    let (tokens, done) = text.trim_end().rsplit_once("\n\n").unwrap();
    assert_eq!(done, "data: [DONE]");
    let answer: String = tokens
        .split("\n\n")
        .map(|frame| {
            data(frame)["choices"][0]["delta"]["content"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(answer.starts_with("A WebSocket carries messages"));
    for (body, status) in [("{", 400), ("{}", 422), (r#"{"prompt":" "}"#, 422)] {
        assert_eq!(server.post("/demo/chat").body(body).status().await, status);
    }
}

#[tokio::test]
async fn dropped_connections_end_abruptly() {
    let server = TestServer::start().await;
    let mut response = ticker(&server).await;
    assert_eq!(connections(&server).await["ticker"], 1);
    assert_eq!(server.post("/demo/fault/ticker/drop").status().await, 204);
    assert_eq!(response.rest().await.1, Ending::Closed);
    assert_eq!(connections(&server).await["ticker"], 0);
    ticker(&server).await.event("priceUpdate").await;
}

#[tokio::test]
async fn those_who_share_are_counted_and_broken_apart() {
    let server = TestServer::start().await;
    let mut one = ticker(&server).await;
    let mut other = server.get("/demo/shared").send().await.unwrap();
    let open = async || server.get("/demo/shared/connections").json().await["open"].take();
    assert_eq!(connections(&server).await["ticker"], 1);
    assert_eq!(open().await, 1);
    let shared = other.event("priceUpdate").await;
    // The first connection may have been open some events earlier.
    let mut earlier = 0..10;
    while one.event("priceUpdate").await != shared {
        assert!(
            earlier.next().is_some(),
            "{shared} came on one connection alone"
        );
    }
    assert_eq!(server.post("/demo/fault/shared/drop").status().await, 204);
    assert_eq!(other.rest().await.1, Ending::Closed);
    assert_eq!(open().await, 0);
    one.event("priceUpdate").await;
}

#[tokio::test]
async fn silence_covers_new_connections_too() {
    let server = TestServer::start().await;
    let mut open = ticker(&server).await;
    open.event("priceUpdate").await;
    assert_eq!(
        server.post("/demo/fault/ticker/silence").status().await,
        204
    );
    let mut new = ticker(&server).await;
    assert_eq!(new.status, 200);
    // Prices come every 400 ms unless the stream is silent.
    let second = Duration::from_secs(1);
    assert!(new.is_silent_for(second).await && open.is_silent_for(second).await);
    assert_eq!(connections(&server).await["ticker"], 2);

    assert_eq!(server.post("/demo/fault/ticker/ok").status().await, 204);
    ticker(&server).await.event("priceUpdate").await;
    assert!(
        open.is_silent_for(second).await,
        "a dead connection stays dead"
    );
}

#[tokio::test]
async fn refusals_follow_a_drop() {
    let server = TestServer::start().await;
    for (fault, next) in [("500", 500), ("401", 401), ("204", 204)] {
        let mut response = ticker(&server).await;
        server
            .post(&format!("/demo/fault/ticker/{fault}"))
            .status()
            .await;
        assert_eq!(response.rest().await.1, Ending::Closed);
        assert_eq!(ticker(&server).await.status, next);
        server.post("/demo/fault/ticker/ok").status().await;
        assert_eq!(ticker(&server).await.status, 200);
    }
    for path in ["/demo/fault/chat/drop", "/demo/fault/ticker/flood"] {
        assert_eq!(server.post(path).status().await, 404);
    }
}

#[tokio::test]
async fn a_restart_tears_down_connections_and_keeps_the_logs() {
    let mut server = TestServer::start().await;
    let mut response = ticker(&server).await;
    let seen = id(&response.event("priceUpdate").await);
    let mut answer = server.post("/demo/restart").send().await.unwrap();
    assert_eq!(answer.status, 202);
    assert_eq!(answer.whole().await, r#"{"downMs":2000}"#);
    assert_eq!(response.rest().await.1, Ending::Closed);

    server.restarter.until_listening(false).await;
    assert!(TcpStream::connect(server.address).await.is_err());
    server.restarter.until_listening(true).await;
    let request = server
        .get("/demo/ticker")
        .header("Last-Event-ID", &seen.to_string());
    let mut response = request.send().await.unwrap();
    assert_eq!(id(&response.event("priceUpdate").await), seen + 1);
}
