//! The Redis that has the log: the master that a Sentinel names, or a server of a cluster.

#[path = "support/node.rs"]
mod node;
#[path = "support/redis_server.rs"]
mod redis_server;
mod support;

use everstream_server::{hub::Hub, sse::Event};
use node::Node;
use redis_server::RedisServer;
use support::{PATIENCE, Stream, brief, field};
use tokio::time::timeout;

/// Publishes until Redis takes the event.
async fn publish(hub: &Hub, channel: &str, text: &str) {
    let publishing = async {
        while hub
            .publish_once(text, channel, Event::new(text))
            .await
            .is_err()
        {}
    };
    let published = timeout(PATIENCE, publishing).await;
    published.unwrap_or_else(|_| panic!("`{text}` is never published"));
}

/// Reads up to an event of a channel, and returns whether there was a gap before.
async fn reads(stream: &mut Stream, channel: &str, text: &str) -> bool {
    let mut has_gap = false;
    loop {
        let frame = timeout(PATIENCE, stream.next()).await.unwrap();
        match field(&frame, "event") {
            Some("@gap") => has_gap = true,
            Some(event) if event == channel => {
                assert_eq!(field(&frame, "data"), Some(text), "{}", brief(&frame));
                return has_gap;
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_goes_on_at_the_master_that_a_sentinel_chooses() {
    let mut master = RedisServer::start().await;
    let replica = RedisServer::start().await;
    let (ip, port) = (master.address.ip(), master.address.port());
    let replicate = format!("REPLICAOF {ip} {port}");
    assert_eq!(replica.command(&replicate).await, "+OK\r\n");
    replica.until("ROLE", "connected").await;
    let sentinel = RedisServer::start_sentinel("hub", master.address).await;
    sentinel.until("SENTINEL REPLICAS hub", "*1").await;
    // The first Sentinel that is named doesn't answer.
    let url = format!("redis-sentinel://127.0.0.1:1,{}/hub", sentinel.address);
    let one = Node::start_at(url.clone(), Hub::builder()).await;
    let other = Node::start_at(url, Hub::builder()).await;
    let mut stream = other.open("?channel=a").await;
    publish(&one.hub, "a", "before").await;
    assert!(!reads(&mut stream, "a", "before").await);
    master.kill().await;
    publish(&one.hub, "a", "after").await;
    // The new master may have missed the last events, so the channel has a gap.
    assert!(reads(&mut stream, "a", "after").await);
    assert!(replica.command("ROLE").await.contains("master"));
    // Nodes find each other there, too. A node that is not yet subscribed there asks for another try.
    let connection = stream.connection();
    let accepted = async {
        loop {
            match one.control(&connection, 1, &["b"]).status().await {
                503 => {}
                status => return status,
            }
        }
    };
    assert_eq!(timeout(PATIENCE, accepted).await.unwrap(), 202);
    publish(&one.hub, "b", "changed").await;
    assert!(!reads(&mut stream, "b", "changed").await);
}

#[tokio::test]
async fn a_master_that_no_sentinel_knows_is_named() {
    let master = RedisServer::start().await;
    let sentinel = RedisServer::start_sentinel("hub", master.address).await;
    let url = format!("redis-sentinel://{}/other", sentinel.address);
    let error = Hub::builder()
        .build_on_redis(&url, "test")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("knows no master `other`"),
        "{error}"
    );
    assert!(!error.is_final(), "Sentinels can be told of it");
}

#[tokio::test]
async fn a_url_without_sentinels_or_master_says_how_to_write_it() {
    for url in [
        "redis-sentinel://user:secret@host",
        "redis-sentinel://user:secret@host/",
        "redis-sentinel://user:secret@/hub",
        "rediss-sentinel://a,,b/hub",
    ] {
        let built = Hub::builder().build_on_redis(url, "test").await;
        let error = built.unwrap_err();
        let text = error.to_string();
        assert!(error.is_final() && text.contains("Write it as"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_one_server_has_the_log() {
    let (redis, _) = RedisServer::start_in_cluster().await;
    let assigned = redis.command("CLUSTER ADDSLOTSRANGE 0 16383").await;
    assert_eq!(assigned, "+OK\r\n");
    redis.until("CLUSTER INFO", "cluster_state:ok").await;
    let one = Node::start(&redis, Hub::builder()).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let mut stream = other.open("?channel=a").await;
    publish(&one.hub, "a", "1").await;
    assert!(!reads(&mut stream, "a", "1").await);
    let control = one.control(&stream.connection(), 1, &["b"]);
    assert_eq!(control.status().await, 202);
    publish(&one.hub, "b", "2").await;
    assert!(!reads(&mut stream, "b", "2").await);
    let present = one.hub.presence("b").await.unwrap();
    assert_eq!(present.len(), 1);
    // Without a prefix, the keys would not be in one slot.
    let built = Hub::builder().build_on_redis(&redis.url(), "").await;
    let error = built.unwrap_err();
    assert!(error.is_final(), "{error}");
    assert!(error.to_string().contains("prefix"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_of_a_cluster_that_has_the_slot_is_found_and_followed() {
    let (one, _) = RedisServer::start_in_cluster().await;
    let (two, bus) = RedisServer::start_in_cluster().await;
    for (redis, slots) in [(&one, "0 8191"), (&two, "8192 16383")] {
        let assign = format!("CLUSTER ADDSLOTSRANGE {slots}");
        assert_eq!(redis.command(&assign).await, "+OK\r\n");
    }
    // They must not have the same version of the slots.
    two.command("CLUSTER SET-CONFIG-EPOCH 2").await;
    let (ip, port) = (two.address.ip(), two.address.port());
    let meet = format!("CLUSTER MEET {ip} {port} {bus}");
    assert_eq!(one.command(&meet).await, "+OK\r\n");
    for redis in [&one, &two] {
        redis.until("CLUSTER INFO", "cluster_state:ok").await;
    }
    assert_eq!(one.command("CLUSTER KEYSLOT test").await, ":6918\r\n");
    // The named server has other slots.
    let node = Node::start(&two, Hub::builder()).await;
    let mut stream = node.open("?channel=a").await;
    publish(&node.hub, "a", "1").await;
    assert!(!reads(&mut stream, "a", "1").await);
    assert_eq!(one.command("EXISTS {test}:log").await, ":1\r\n");
    // The slot moves to the other server, without its keys.
    assert_eq!(one.command("FLUSHALL").await, "+OK\r\n");
    let id = two.command("CLUSTER MYID").await;
    let id = id.lines().nth(1).unwrap();
    for redis in [&two, &one] {
        let assign = format!("CLUSTER SETSLOT 6918 NODE {id}");
        assert_eq!(redis.command(&assign).await, "+OK\r\n");
    }
    publish(&node.hub, "a", "2").await;
    assert!(reads(&mut stream, "a", "2").await);
    assert_eq!(two.command("EXISTS {test}:log").await, ":1\r\n");
}
