//! `docs/multiplex-protocol.md`, line by line.

mod support;

use std::time::Duration;

use everstream_server::{
    hub::{ChannelError, Hub, PublishError},
    sse::{Event, OneLine},
};
use serde_json::json;
use support::{Request, Served, data, field, position};

async fn served() -> Served {
    Served::start(Hub::builder()).await
}

#[tokio::test]
async fn a_stream_says_what_it_is() {
    let served = served().await;
    let stream = served.open("?channel=prices").await;
    let header = |name| stream.response.header(name).unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-cache");
    assert_eq!(header("x-accel-buffering"), "no");
    let connected = stream.connected();
    assert_eq!(connected["protocol"], 1);
    assert_eq!(connected["heartbeatMs"], 15_000);
    assert!(stream.connection().len() >= 32, "{connected}");
    assert_ne!(
        stream.connection(),
        served.open("").await.connection(),
        "each connection has a name of its own"
    );
}

#[tokio::test]
async fn the_control_is_found_from_the_streams_url() {
    let served = served().await;
    let stream = served.open("?channel=prices").await;
    assert_eq!(stream.connected()["control"], "./events/control");

    let at_root = Served::start(Hub::builder()).await;
    let app: axum::Router = at_root.hub.router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut response = Request::new(address, "GET", "/").send().await.unwrap();
    assert_eq!(data(&response.frame().await.unwrap())["control"], "control");
    serving.abort();
}

#[tokio::test]
async fn the_event_field_is_the_route() {
    let served = served().await;
    let mut stream = served.open("?channel=prices&channel=chat%3A42").await;
    served.publish("prices", &["plain"]).await;
    served.publish("elsewhere", &["not for this one"]).await;
    let typed = Event::new("two\nlines").with_type(OneLine::from_static("new message"));
    let typed = served.hub.publish("chat:42", typed).await.unwrap();
    assert_eq!(stream.brief().await, "prices 1: plain");
    let expected = format!("event: chat:42 new message\nid: {typed}\ndata: two\ndata: lines");
    assert_eq!(stream.next().await, expected);
    assert_eq!(typed.seq(), 3);
}

#[tokio::test]
async fn a_long_query_goes_as_a_form() {
    let served = served().await;
    let form = "channel=prices&channel=chat%3A42&from=now%20prices";
    let request = served.post("").body(form);
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    let mut stream = support::Stream::of(request.send().await.unwrap()).await;
    served.publish("chat:42", &["hello"]).await;
    assert_eq!(stream.brief().await, "chat:42 1: hello");
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let served = served().await;
    for query in [
        "?channel=",
        "?channel=a%20b",
        "?channel=%40ping",
        "?channel=a%0Ab",
    ] {
        assert_eq!(served.get(query).status().await, 400, "{query}");
    }
    for from in ["now", "now%20a%20b"] {
        let query = format!("?channel=a&from={from}");
        assert_eq!(served.get(&query).status().await, 400, "{query}");
    }
    for (channel, error) in [
        ("", ChannelError::Empty),
        ("@ping", ChannelError::Reserved),
        ("a b", ChannelError::Character(' ')),
    ] {
        let refused = served
            .hub
            .publish(channel, Event::new(""))
            .await
            .unwrap_err();
        assert!(matches!(refused, PublishError::Channel(found) if found == error));
    }
    let tab = Event::new("").with_type(OneLine::from_static("a\tb"));
    let refused = served.hub.publish("a", tab).await.unwrap_err();
    assert!(matches!(refused, PublishError::EventType));
}

#[tokio::test]
async fn the_set_changes_from_here_on() {
    let served = served().await;
    let mut stream = served.open("?channel=a").await;
    served.publish("b", &["too early"]).await;
    served.publish("a", &["1"]).await;
    assert_eq!(served.control(&stream, 1, &["b"]).status().await, 202);
    served.publish("a", &["too late"]).await;
    served.publish("b", &["2"]).await;
    let expected = [r"a 2: 1", r#"@subscribed 2: {"revision":1}"#, r"b 4: 2"];
    assert_eq!(stream.briefs(3).await, expected);
}

#[tokio::test]
async fn an_older_revision_is_ignored() {
    let served = served().await;
    let mut stream = served.open("").await;
    assert_eq!(served.control(&stream, 2, &["a"]).status().await, 202);
    assert_eq!(stream.brief().await, r#"@subscribed 0: {"revision":2}"#);
    for revision in [1, 2] {
        let overtaken = served.control(&stream, revision, &["b"]);
        assert_eq!(overtaken.status().await, 202);
    }
    served.publish("b", &["not in force"]).await;
    served.publish("a", &["1"]).await;
    assert_eq!(stream.brief().await, "a 2: 1");
    let connection = &served.hub.connections()[0];
    assert_eq!((connection.revision, connection.channels.len()), (2, 1));
}

#[tokio::test]
async fn answers_to_control_requests() {
    let served = Served::start(Hub::builder().limits(|limits| limits.channels = 2)).await;
    let stream = served.open("?channel=a").await;
    let malformed = [
        "",
        "{",
        "[]",
        r#"{"connection":"x","revision":1}"#,
        r#"{"connection":"x","revision":-1,"channels":[]}"#,
        r#"{"connection":"x","revision":1,"channels":["a b"]}"#,
        r#"{"connection":"x","revision":1,"channels":["a"],"from":{"a":7}}"#,
    ];
    for body in malformed {
        let status = served.post_control(body).status().await;
        assert_eq!(status, 400, "{body}");
    }
    let unknown = json!({ "connection": "x", "revision": 1, "channels": ["a"] });
    let unknown = served.post_control(&unknown.to_string());
    let mut answer = unknown.send().await.unwrap();
    assert_eq!(answer.status, 404);
    assert!(answer.whole().await.contains("unknown_connection"));

    let set = ["a", "b", "c"];
    assert_eq!(served.control(&stream, 1, &set).status().await, 413);
    assert_eq!(
        served.get("?channel=a&channel=b&channel=c").status().await,
        413
    );
    let body = "x".repeat(3 << 20);
    assert_eq!(served.post("").body(&body).status().await, 413);
    assert_eq!(served.control(&stream, 1, &set[..2]).status().await, 202);
}

#[tokio::test]
async fn without_control_there_is_none() {
    let served = Served::start(Hub::builder().without_control()).await;
    let stream = served.open("?channel=a").await;
    assert_eq!(stream.connected().get("control"), None);
    assert_eq!(served.control(&stream, 1, &["b"]).status().await, 404);
}

#[tokio::test]
async fn a_silent_stream_pings() {
    let served = Served::start(Hub::builder().heartbeat(Duration::from_millis(20))).await;
    let mut stream = served.open("?channel=a").await;
    assert_eq!(stream.connected()["heartbeatMs"], 20);
    assert_eq!(stream.brief().await, "@ping 0: {}");
    served.publish("elsewhere", &["1", "2"]).await;
    let moved = async {
        loop {
            if stream.brief().await == "@ping 2: {}" {
                break;
            }
        }
    };
    tokio::time::timeout(support::PATIENCE, moved)
        .await
        .expect("the head that a quiet client hears of does not grow old");
}

#[tokio::test]
async fn a_channel_ends() {
    let served = served().await;
    let mut stream = served.open("?channel=a&channel=b").await;
    let before = position(&stream.first).to_owned();
    let end = served.hub.complete("a").await.unwrap();
    served.publish("a", &["after the end"]).await;
    served.publish("b", &["1"]).await;
    assert_eq!(stream.briefs(2).await, ["@complete a 1: {}", "b 3: 1"]);
    assert_eq!(served.hub.connections()[0].channels, ["b"]);

    let query = format!("?channel=a&lastEventId={before}");
    let mut away = served.open(&query).await;
    assert_eq!(away.brief().await, "@complete a 1: {}");
    served.publish("a", &["again"]).await;
    let query = format!("?channel=a&lastEventId={end}");
    let mut later = served.open(&query).await;
    assert_eq!(later.brief().await, "a 2: after the end");
}

#[tokio::test]
async fn a_hub_that_shuts_down_ends_its_streams() {
    let served = served().await;
    let mut stream = served.open("?channel=a").await;
    served.publish("a", &["last"]).await;
    served.hub.shutdown();
    assert_eq!(stream.brief().await, "a 1: last");
    assert_eq!(stream.response.whole().await, "");
    let refused = served.get("?channel=a").send().await.unwrap();
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(served.control(&stream, 1, &[]).status().await, 503);
    let error = served.hub.publish("a", Event::new("")).await.unwrap_err();
    assert!(matches!(error, PublishError::ShutDown));
}

#[tokio::test]
async fn a_client_that_leaves_is_forgotten() {
    let served = served().await;
    let stream = served.open("?channel=a").await;
    assert_eq!(served.hub.connections().len(), 1);
    drop(stream);
    let gone = async {
        while !served.hub.connections().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(support::PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn pages_of_the_allowed_origins_may_use_it() {
    let origin = "https://app.example";
    let allowed = axum::http::HeaderValue::from_static(origin);
    let served = Served::start(Hub::builder().allow_origins([allowed])).await;
    let stream = served
        .get("?channel=a")
        .header("Origin", origin)
        .send()
        .await
        .unwrap();
    assert_eq!(stream.header("access-control-allow-origin"), Some(origin));
    assert_eq!(
        stream.header("access-control-allow-credentials"),
        Some("true")
    );
    let preflight = Request::new(served.address, "OPTIONS", "/events/control")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "content-type,last-event-id",
        );
    let answer = preflight.send().await.unwrap();
    let header = |name| answer.header(name).unwrap();
    assert_eq!(header("access-control-allow-methods"), "POST");
    assert_eq!(
        header("access-control-allow-headers"),
        "content-type,last-event-id"
    );
    let other = served
        .get("?channel=a")
        .header("Origin", "https://other.example");
    let other = other.send().await.unwrap();
    assert_eq!(other.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn ids_are_one_epoch_and_a_seq_that_grows() {
    let served = served().await;
    let mut stream = served.open("?channel=a").await;
    served.publish("a", &["1", "2"]).await;
    let (one, two) = (stream.next().await, stream.next().await);
    let (one, two) = (position(&one), position(&two));
    let epoch = |id: &str| id.rsplit_once('-').unwrap().0.to_owned();
    assert_eq!(epoch(one), epoch(two));
    assert_eq!(field(&stream.first, "id").map(epoch), Some(epoch(one)));
    assert!(!epoch(one).contains(char::is_whitespace));
}
