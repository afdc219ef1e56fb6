//! Limits of a hub, and the order in which it checks them.

mod support;

use std::time::Duration;

use axum::http::{HeaderValue, request::Parts};
use everstream_server::{
    hub::{Access, ChannelError, Grant, Hub, HubBuilder, PublishError, Refusal},
    sse::{Event, OneLine},
};
use serde_json::json;
use support::{PATIENCE, Request, Response, Served, Stream, data};
use tokio::time::{sleep, timeout};

/// An access check that trusts the header `X-User`.
struct Users;

impl Access for Users {
    type Principal = String;

    async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
        let user = request
            .headers
            .get("x-user")
            .ok_or_else(Refusal::unauthenticated)?;
        Ok(user.to_str().unwrap().to_owned())
    }

    fn identity(&self, user: &String) -> String {
        user.clone()
    }

    async fn may_subscribe(&self, _: &String, _: &str) -> Result<Grant, Refusal> {
        Ok(Grant::with_history())
    }
}

async fn served(builder: HubBuilder) -> Served {
    Served::start(builder.access(Users)).await
}

fn of(user: &str, request: Request) -> Request {
    request.header("X-User", user)
}

async fn open(served: &Served, user: &str) -> Stream {
    Stream::of(of(user, served.get("?channel=a")).send().await.unwrap()).await
}

/// Returns the status and the code of an answer, and the seconds after which to ask again.
async fn answer(request: Request) -> (u16, String, Option<u32>) {
    told(request.send().await.unwrap()).await
}

async fn told(mut response: Response) -> (u16, String, Option<u32>) {
    let retry_after = response.header("retry-after").map(|it| it.parse().unwrap());
    let body: serde_json::Value = serde_json::from_str(&response.whole().await).unwrap();
    let code = body["code"].as_str().unwrap().to_owned();
    (response.status, code, retry_after)
}

fn refused(status: u16, code: &str) -> (u16, String, Option<u32>) {
    (status, code.to_owned(), None)
}

#[tokio::test]
async fn the_defaults_are_those_of_the_table() {
    let readme = include_str!("../README.md");
    let mut limits = everstream_server::hub::Limits::default();
    let table = [
        ("channel_name", limits.channel_name.to_string()),
        ("event", limits.event.to_string()),
        ("event_id", limits.event_id.to_string()),
        ("channels", limits.channels.to_string()),
        ("set", limits.set.to_string()),
        ("body", format!("{} s", limits.body.as_secs())),
        ("connections", limits.connections.to_string()),
        (
            "connections_per_identity",
            limits.connections_per_identity.to_string(),
        ),
        ("control_requests", limits.control_requests.to_string()),
        ("unread_heartbeats", limits.unread_heartbeats.to_string()),
    ];
    for (name, value) in &table {
        let row = format!("| `{name}` | {value} |");
        assert!(readme.contains(&row), "{row}");
    }
    limits.channels = 1;
    assert_ne!(limits, everstream_server::hub::Limits::default());
}

#[tokio::test]
async fn names_of_channels() {
    let served = served(Hub::builder()).await;
    let (longest, longer) = ("x".repeat(255), "x".repeat(256));
    let get = |name: &str| of("alice", served.get(&format!("?channel={name}")));
    assert_eq!(get(&longest).status().await, 200);
    assert_eq!(
        answer(get(&longer)).await,
        refused(400, "malformed_channel")
    );
    let stream = open(&served, "alice").await;
    let control = |name: &str| of("alice", served.control(&stream, 1, &[name]));
    assert_eq!(
        answer(control(&longer)).await,
        refused(400, "malformed_channel")
    );
    assert_eq!(control(&longest).status().await, 202);
    served.publish(&longest, &["1"]).await;
    let error = served
        .hub
        .publish(&longer, Event::new(""))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PublishError::Channel(ChannelError::TooLong(255))),
        "{error}"
    );
}

#[tokio::test]
async fn events() {
    let served = served(Hub::builder().limits(|limits| limits.event = 100)).await;
    let event =
        |bytes: usize| Event::new("x".repeat(bytes - 5)).with_type(OneLine::from_static("trade"));
    served.hub.publish("a", event(100)).await.unwrap();
    let error = served.hub.publish("a", event(101)).await.unwrap_err();
    assert!(
        matches!(
            error,
            PublishError::TooLarge {
                length: 101,
                limit: 100
            }
        ),
        "{error}"
    );
    assert_eq!(served.hub.head().seq(), 1);
}

#[tokio::test]
async fn positions() {
    let served = served(Hub::builder()).await;
    let epoch = served.hub.head().epoch().to_owned();
    let id = |length: usize| format!("{epoch}-{:0>1$}", 0, length - epoch.len() - 1);
    let resume = |id: String| of("alice", served.get("?channel=a")).header("Last-Event-ID", &id);
    let mut known = Stream::of(resume(id(256)).send().await.unwrap()).await;
    served.publish("a", &["1"]).await;
    assert_eq!(known.brief().await, "a 1: 1", "no gap");
    for length in [257, 20_000] {
        let mut unknown = Stream::of(resume(id(length)).send().await.unwrap()).await;
        assert_eq!(unknown.brief().await, r#"@gap 0: {"channels":["a"]}"#);
    }
}

#[tokio::test]
async fn channels_of_a_set() {
    let served = served(Hub::builder().limits(|limits| limits.channels = 2)).await;
    let stream = open(&served, "alice").await;
    let control = |channels: &[&str]| of("alice", served.control(&stream, 1, channels));
    assert_eq!(
        answer(control(&["a", "b", "c"])).await,
        refused(413, "set_too_large")
    );
    let get = of("alice", served.get("?channel=a&channel=b&channel=c"));
    assert_eq!(answer(get).await, refused(413, "set_too_large"));
    let same = of("alice", served.get("?channel=a&channel=b&channel=a"));
    assert_eq!(same.status().await, 200, "there are two");
    assert_eq!(control(&["a", "b"]).status().await, 202);
}

#[tokio::test]
async fn beginnings_are_of_channels_of_the_set() {
    let served = served(Hub::builder()).await;
    let stream = open(&served, "alice").await;
    let from = json!({ "b": "now" });
    let control = served.control_from(&stream, 1, &["a"], &from);
    assert_eq!(
        answer(of("alice", control)).await,
        refused(400, "malformed_from")
    );
    let get = of("alice", served.get("?channel=a&from=now%20b"));
    assert_eq!(answer(get).await, refused(400, "malformed_from"));
}

#[tokio::test]
async fn bytes_of_a_set() {
    let served = served(Hub::builder().limits(|limits| limits.set = 1_000)).await;
    let stream = open(&served, "alice").await;
    let order = |length: usize| {
        let order = json!({ "connection": stream.connection(), "revision": 1, "channels": ["a"] });
        let body = format!("{:<length$}", order.to_string());
        of("alice", served.post_control(&body))
    };
    assert_eq!(answer(order(1_001)).await, refused(413, "set_too_large"));
    assert_eq!(order(1_000).status().await, 202);
    let form = |query: usize, body: usize| {
        let query = format!("?{:x<query$}", "channel=a&");
        of("alice", served.post(&query)).body(&format!("{:x<body$}", "channel=b&"))
    };
    assert_eq!(form(500, 500).status().await, 200);
    assert_eq!(answer(form(500, 501)).await, refused(413, "set_too_large"));
    assert_eq!(answer(form(1_001, 10)).await, refused(413, "set_too_large"));
}

#[tokio::test]
async fn connections_of_an_identity_and_in_all() {
    let served = served(Hub::builder().limits(|limits| {
        limits.connections_per_identity = 2;
        limits.connections = 3;
    }))
    .await;
    let first = open(&served, "alice").await;
    let _second = open(&served, "alice").await;
    let third = of("alice", served.get("?channel=a"));
    assert_eq!(
        answer(third).await,
        (429, "too_many_connections".into(), Some(5))
    );
    let _of_bob = open(&served, "bob").await;
    let of_carol = of("carol", served.get("?channel=a"));
    assert_eq!(answer(of_carol).await, (503, "full".into(), Some(5)));
    drop(first);
    let again = async { while of("alice", served.get("?channel=a")).status().await != 200 {} };
    timeout(PATIENCE, again)
        .await
        .expect("one that leaves makes room");
}

#[tokio::test]
async fn anybody_is_nobody_in_particular() {
    let builder = Hub::builder().limits(|limits| limits.connections_per_identity = 1);
    let served = Served::start(builder).await;
    let _first = served.open("?channel=a").await;
    let mut second = served.open("?channel=a").await;
    served.publish("a", &["1"]).await;
    assert_eq!(second.brief().await, "a 1: 1");
}

#[tokio::test]
async fn control_requests_of_an_identity() {
    let served = served(Hub::builder().limits(|limits| limits.control_requests = 2)).await;
    let (first, second) = (open(&served, "alice").await, open(&served, "alice").await);
    let of_bob = open(&served, "bob").await;
    let mut refusals = 0;
    for revision in 1..=10 {
        let stream = if revision % 2 == 0 { &first } else { &second };
        let response = of("alice", served.control(stream, revision, &["a"]))
            .send()
            .await
            .unwrap();
        if response.status != 202 {
            refusals += 1;
            let expected = (429, "too_many_requests".to_owned(), Some(1));
            assert_eq!(told(response).await, expected);
        }
    }
    assert!(
        (1..=6).contains(&refusals),
        "four may come at once: {refusals}"
    );
    assert_eq!(
        of("bob", served.control(&of_bob, 1, &["a"])).status().await,
        202
    );
}

#[tokio::test]
async fn control_requests_of_anybody() {
    let served = Served::start(Hub::builder().limits(|limits| limits.control_requests = 2)).await;
    let (first, second) = (
        served.open("?channel=a").await,
        served.open("?channel=a").await,
    );
    let mut refused = 0;
    for revision in 1..=10 {
        let status = served.control(&first, revision, &["a"]).status().await;
        refused += usize::from(status == 429);
    }
    assert!(refused > 0);
    assert_eq!(
        served.control(&second, 1, &["a"]).status().await,
        202,
        "each alone"
    );
}

#[tokio::test]
async fn a_page_of_another_site_changes_no_set() {
    let origin = "https://app.example";
    let allowed = HeaderValue::from_static(origin);
    let served = Served::start(Hub::builder().allow_origins([allowed])).await;
    let stream = served.open("?channel=a").await;
    let order = |revision: u64| {
        let set = ["a", "b"];
        json!({ "connection": stream.connection(), "revision": revision, "channels": set })
            .to_string()
    };
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let request = served.post("/control").body(&order(1));
        let request = match content_type {
            Some(content_type) => request.header("Content-Type", content_type),
            None => request,
        };
        assert_eq!(
            answer(request).await,
            refused(415, "content_type"),
            "{content_type:?}"
        );
    }
    let from_page = |revision: u64, site: &str| {
        let request = served.post_control(&order(revision));
        request.header("Sec-Fetch-Site", site)
    };
    for site in ["cross-site", "same-site"] {
        assert_eq!(answer(from_page(1, site)).await, refused(403, "cross_site"));
        let other = from_page(1, site).header("Origin", "https://other.example");
        assert_eq!(answer(other).await, refused(403, "cross_site"));
    }
    assert_eq!(served.hub.connections()[0].channels, ["a"]);
    let allowed = from_page(1, "cross-site").header("Origin", origin);
    assert_eq!(allowed.status().await, 202);
    for (revision, site) in [(2, "same-origin"), (3, "none")] {
        assert_eq!(from_page(revision, site).status().await, 202, "{site}");
    }
    let with_charset = served.post("/control").body(&order(4));
    let with_charset = with_charset.header("Content-Type", "Application/JSON; charset=utf-8");
    assert_eq!(with_charset.status().await, 202);
    assert_eq!(served.hub.connections()[0].revision, 4);
}

#[tokio::test]
async fn credentials_come_before_the_body() {
    let served = served(Hub::builder()).await;
    // The answer must come although the body isn't complete.
    for below in ["", "/control"] {
        let request = served
            .post(below)
            .header("Content-Type", "application/json");
        let answer = request.half_sent(100).await;
        assert_eq!(
            told(answer).await,
            refused(401, "unauthenticated"),
            "{below}"
        );
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    const DEADLINE: Duration = Duration::from_millis(200);

    let served = served(Hub::builder().limits(|limits| limits.body = DEADLINE)).await;
    let plain_timer = sleep(DEADLINE * 50);
    let given_up = async {
        for below in ["", "/control"] {
            let request = of("alice", served.post(below));
            let request = request.header("Content-Type", "application/json");
            let answer = request.half_sent(100).await;
            assert_eq!(answer.header("connection"), Some("close"));
            assert_eq!(told(answer).await, refused(408, "body_timeout"), "{below}");
        }
    };
    tokio::select! {
        () = given_up => {}
        () = plain_timer => panic!("both were not given up in 25 times their time"),
    }
}

#[tokio::test]
async fn a_refusal_quotes_no_more_than_the_beginning_of_a_name() {
    let served = served(Hub::builder()).await;
    let name = "ä".repeat(5_000);
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let get = of("alice", served.get(&format!("?channel={name}")));
    let mut refusal = get.send().await.unwrap();
    let body = refusal.whole().await;
    assert!(body.len() < 300, "{body}");
    assert!(body.contains(&"ä".repeat(40)), "{body}");
    let stream = open(&served, "alice").await;
    assert_eq!(data(&stream.first)["protocol"], 1, "it goes on");
}
