//! Access to channels.

mod support;

use axum::http::{StatusCode, request::Parts};
use everstream_server::hub::{Access, Grant, Hub, Refusal};
use support::{Served, Stream, data};

/// An access check that trusts the name in a cookie, and refuses channels that begin with `secret`.
struct Cookies;

impl Access for Cookies {
    type Principal = String;

    async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
        let cookie = request
            .headers
            .get("cookie")
            .ok_or_else(Refusal::unauthenticated)?;
        match cookie.to_str() {
            Ok("user=mallory") => {
                Err(Refusal::new("banned", "go away").with_status(StatusCode::IM_A_TEAPOT))
            }
            Ok(name) => Ok(name.to_owned()),
            Err(_) => Err(Refusal::unauthenticated()),
        }
    }

    fn identity(&self, cookie: &String) -> String {
        cookie.clone()
    }

    async fn may_subscribe(&self, _: &String, channel: &str) -> Result<Grant, Refusal> {
        if channel.starts_with("secret") {
            return Err(Refusal::new("forbidden", "it is a secret"));
        }
        Ok(Grant::with_history())
    }
}

async fn served() -> Served {
    Served::start(Hub::builder().access(Cookies)).await
}

async fn open(served: &Served, query: &str) -> Stream {
    let request = served.get(query).header("Cookie", "user=alice");
    Stream::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_refused_channel_does_not_fail_the_others() {
    let served = served().await;
    let mut stream = open(&served, "?channel=secret&channel=a").await;
    let refused = r#"@error secret -: {"code":"forbidden","message":"it is a secret"}"#;
    assert_eq!(stream.brief().await, refused);
    served.publish("secret", &["hidden"]).await;
    served.publish("a", &["shown"]).await;
    assert_eq!(stream.brief().await, "a 2: shown");
    let control = served.control(&stream, 1, &["a", "b", "secret"]);
    assert_eq!(control.header("Cookie", "user=alice").status().await, 202);
    let expected = [r#"@subscribed 2: {"revision":1}"#, refused];
    assert_eq!(stream.briefs(2).await, expected);
    assert_eq!(served.hub.connections()[0].channels, ["a", "b"]);
}

#[tokio::test]
async fn only_its_principal_changes_a_connection() {
    let served = served().await;
    let mut stream = open(&served, "?channel=a").await;
    let control = |cookie: &str| {
        let request = served.control(&stream, 1, &["b"]);
        request.header("Cookie", cookie)
    };
    assert_eq!(control("user=bob").status().await, 403);
    assert_eq!(served.control(&stream, 1, &["b"]).status().await, 401);
    assert_eq!(served.hub.connections()[0].channels, ["a"]);
    assert_eq!(control("user=alice").status().await, 202);
    assert!(stream.brief().await.starts_with("@subscribed"));
}

#[tokio::test]
async fn a_request_may_be_refused_as_a_whole() {
    let served = served().await;
    assert_eq!(served.get("?channel=a").status().await, 401);
    let banned = served.get("?channel=a").header("Cookie", "user=mallory");
    let mut banned = banned.send().await.unwrap();
    assert_eq!(banned.status, 418);
    let body = banned.whole().await;
    assert_eq!(body, r#"{"code":"banned","message":"go away"}"#);
    let alice = open(&served, "").await;
    assert_eq!(data(&alice.first)["protocol"], 1);
}
