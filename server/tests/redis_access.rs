//! Access that ends, with several nodes.

#[path = "support/node.rs"]
mod node;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/rights.rs"]
mod rights;
mod support;

use std::time::Duration;

use everstream_server::hub::{Disconnect, Hub};
use node::Node;
use redis_server::RedisServer;
use rights::Rights;
use support::{Ending, PATIENCE, Request, Stream, field, position};
use tokio::time::{sleep, timeout};

async fn nodes(redis: &RedisServer) -> (Node, Node, Rights) {
    let rights = Rights::default();
    for channel in ["a", "secret"] {
        rights.grant("alice", channel);
    }
    let one = Node::start(redis, Hub::builder().access(rights.clone())).await;
    let other = Node::start(redis, Hub::builder().access(rights.clone())).await;
    (one, other, rights)
}

fn alice(request: Request) -> Request {
    request.header("X-User", "alice")
}

async fn open(node: &Node, query: &str) -> Stream {
    Stream::of(alice(node.get(query)).send().await.unwrap()).await
}

fn seq(frame: &str) -> u64 {
    position(frame).rsplit_once('-').unwrap().1.parse().unwrap()
}

/// Reads up to the event `end` of `a`. Returns the last number of `secret` before its refusal.
async fn read_to_end(stream: &mut Stream) -> u64 {
    let (mut last, mut is_refused) = (0, false);
    loop {
        let frame = stream.next().await;
        match field(&frame, "event").unwrap() {
            "secret" => {
                assert!(!is_refused, "{frame} comes behind the refusal");
                last = seq(&frame);
            }
            "@error secret" => is_refused = true,
            "a" => break,
            other => assert_eq!(other, "@ping"),
        }
    }
    assert!(is_refused);
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_taken_back_on_one_node_is_gone_on_all_within_a_second() {
    let redis = RedisServer::start().await;
    let (one, other, rights) = nodes(&redis).await;
    let query = "?channel=a&channel=secret";
    let mut streams = [open(&one, query).await, open(&other, query).await];
    let start = position(&streams[0].first).to_owned();
    let (hub_one, hub_other) = (one.hub.clone(), other.hub.clone());
    let publishing = tokio::spawn(async move {
        for n in 0_u32.. {
            let hub = if n % 2 == 0 { &hub_one } else { &hub_other };
            let event = everstream_server::sse::Event::new("x");
            hub.publish("secret", event).await.unwrap();
        }
    });
    for stream in &mut streams {
        stream.response.event("secret").await;
    }
    rights.withdraw("alice", "secret");
    let revoked = one.hub.revoke("alice", "secret").await.unwrap();
    let second = tokio::spawn(sleep(Duration::from_secs(1)));
    // Both streams learn of the revocation while other events go on, and within a second.
    for stream in &mut streams {
        stream.response.event("@error secret").await;
    }
    assert!(!second.is_finished());
    publishing.abort();
    assert!(publishing.await.unwrap_err().is_cancelled());

    // Events of `secret` that the log has after the revocation must not be sent.
    one.publish("secret", &["hidden"]).await;
    other.publish("secret", &["hidden"]).await;
    let head = one.publish("a", &["end"]).await;
    assert!(head.seq() > revoked.seq() + 2);
    for stream in &mut streams {
        assert_eq!(field(&stream.next().await, "event"), Some("a"));
    }
    // No position may replay them either.
    for node in [&one, &other] {
        let query = format!("{query}&from={start}%20secret&lastEventId={start}");
        let mut again = open(node, &query).await;
        assert_eq!(read_to_end(&mut again).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_event_before_the_end_of_access_is_the_same_on_all_nodes() {
    let redis = RedisServer::start().await;
    let (one, other, rights) = nodes(&redis).await;
    let query = "?channel=a&channel=secret";
    let mut streams = [open(&one, query).await, open(&other, query).await];
    one.publish("secret", &["1", "2", "3"]).await;
    rights.withdraw("alice", "secret");
    let revoked = one.hub.revoke("alice", "secret").await.unwrap();
    other.publish("secret", &["5", "6"]).await;
    other.publish("a", &["end"]).await;
    for stream in &mut streams {
        let last = read_to_end(stream).await;
        assert!(last < revoked.seq(), "{last} was published behind it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_judged_on_one_node_before_another_took_the_channel_back_is_judged_anew() {
    let redis = RedisServer::start().await;
    let (one, other, rights) = nodes(&redis).await;
    let mut stream = open(&one, "?channel=a").await;
    let barrier = rights.hold_one();
    let control = alice(other.control(&stream.connection(), 1, &["secret", "a"]));
    let control = tokio::spawn(control.status());
    barrier.arrived().await;
    rights.withdraw("alice", "secret");
    one.hub.revoke("alice", "secret").await.unwrap();
    barrier.release();
    assert_eq!(control.await.unwrap(), 202);
    assert!(stream.brief().await.starts_with("@subscribed"));
    assert!(stream.brief().await.starts_with("@error secret"));
    assert_eq!(one.hub.connections()[0].channels, ["a"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_ended_on_all_nodes() {
    let redis = RedisServer::start().await;
    let (one, other, _) = nodes(&redis).await;
    let mut by_name = open(&one, "?channel=a").await;
    let mut by_identity = open(&one, "?channel=a").await;
    let name = by_name.connection();
    let by_name_alone = Disconnect::Connection(&name);
    other.hub.disconnect(by_name_alone).await.unwrap();
    assert_eq!(
        by_name.response.rest().await,
        (String::new(), Ending::Clean)
    );
    one.publish("a", &["1"]).await;
    assert_eq!(by_identity.brief().await, "a 2: 1");
    let alice = Disconnect::Identity("alice");
    other.hub.disconnect(alice).await.unwrap();
    assert_eq!(
        by_identity.response.rest().await,
        (String::new(), Ending::Clean)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_judged_anew_where_a_node_may_have_missed_that_access_was_taken_back() {
    let mut redis = RedisServer::start().await;
    let (one, _other, rights) = nodes(&redis).await;
    let mut stream = open(&one, "?channel=secret").await;
    rights.withdraw("alice", "secret");
    // The log is lost, and with it the entry that revokes alice's access.
    redis.replace().await;
    let ended = timeout(PATIENCE, stream.response.rest()).await.unwrap();
    assert!(!ended.0.contains("event: secret"), "{ended:?}");
    let judged_anew = async {
        loop {
            let answer = alice(one.get("?channel=secret")).send().await.unwrap();
            if answer.status == 200 {
                break Stream::of(answer).await;
            }
        }
    };
    let mut again = timeout(PATIENCE, judged_anew).await.unwrap();
    assert!(again.brief().await.starts_with("@error secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_present_is_known_on_every_node() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder()).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let third = Node::start(&redis, Hub::builder()).await;
    let _streams = [
        one.open("?channel=a").await,
        other.open("?channel=a").await,
        other.open("?channel=a&channel=b").await,
    ];
    for node in [&one, &other, &third] {
        let present = node.hub.presence("a").await.unwrap();
        assert_eq!((present.len(), present[0].connections), (1, 3));
        let present = node.hub.presence("b").await.unwrap();
        assert_eq!((present.len(), present[0].connections), (1, 1));
    }
    // A node that is gone must be neither counted nor waited for.
    drop(other);
    let gone = async {
        while one
            .hub
            .presence("b")
            .await
            .is_ok_and(|present| !present.is_empty())
        {}
    };
    tokio::time::timeout(support::PATIENCE, gone).await.unwrap();
    assert_eq!(one.hub.presence("a").await.unwrap()[0].connections, 1);
}
