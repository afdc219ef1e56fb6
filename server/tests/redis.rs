//! Several nodes on one Redis.

#[path = "support/node.rs"]
mod node;
#[path = "support/redis_server.rs"]
mod redis_server;
mod support;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::request::Parts;
use everstream_server::{
    hub::{Access, Grant, Hub, Refusal},
    sse::Event,
};
use node::Node;
use redis_server::RedisServer;
use serde_json::json;
use support::{PATIENCE, Request, Stream, data, field, position};
use tokio::time::timeout;

#[tokio::test]
async fn any_node_takes_any_event_any_stream_and_any_control() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder()).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let mut stream = one.open("?channel=a").await;
    other.publish("a", &["from the other"]).await;
    one.publish("a", &["from the same"]).await;
    let texts = ["a 1: from the other", "a 2: from the same"];
    assert_eq!(stream.briefs(2).await, texts);

    let connection = stream.connection();
    assert_eq!(other.control(&connection, 2, &["b"]).status().await, 202);
    assert_eq!(one.control(&connection, 1, &["c"]).status().await, 202);
    assert_eq!(stream.brief().await, r#"@subscribed 2: {"revision":2}"#);
    other.publish("b", &["3"]).await;
    other.hub.complete("b").await.unwrap();
    assert_eq!(stream.briefs(2).await, ["b 3: 3", "@complete b 4: {}"]);
    for unknown in ["x", "x.y", &format!("{connection}0")] {
        assert_eq!(
            other.control(unknown, 3, &[]).status().await,
            404,
            "{unknown}"
        );
    }
}

#[tokio::test]
async fn a_client_moves_to_another_node() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder()).await;
    one.publish("a", &["1", "2"]).await;
    // The node has read none of these entries as they were published, and must serve them all the same.
    let other = Node::start(&redis, Hub::builder()).await;
    let epoch = one.hub.head().epoch().to_owned();
    let mut moved = other
        .open(&format!("?channel=a&lastEventId={epoch}-1"))
        .await;
    assert_eq!(moved.brief().await, "a 2: 2");
    one.publish("a", &["3"]).await;
    assert_eq!(moved.brief().await, "a 3: 3");
}

#[tokio::test]
async fn what_the_log_no_longer_has_is_a_gap_on_every_node() {
    let redis = RedisServer::start().await;
    let short = || {
        let builder = Hub::builder().log_capacity(3, 1 << 20);
        builder.channel_history(0, 0, Duration::ZERO)
    };
    let one = Node::start(&redis, short()).await;
    one.publish("a", &["1", "2", "3", "4", "5"]).await;
    let other = Node::start(&redis, short()).await;
    let epoch = one.hub.head().epoch().to_owned();
    for node in [&one, &other] {
        let mut missed = node
            .open(&format!("?channel=a&lastEventId={epoch}-1"))
            .await;
        let gap = r#"@gap 2: {"channels":["a"]}"#;
        assert_eq!(missed.briefs(4).await, [gap, "a 3: 3", "a 4: 4", "a 5: 5"]);
        let mut kept = node
            .open(&format!("?channel=a&lastEventId={epoch}-2"))
            .await;
        assert_eq!(kept.brief().await, "a 3: 3");
    }
}

#[tokio::test]
async fn a_noisy_channel_causes_no_gap_on_a_quiet_one_where_a_node_has_seen_both() {
    let redis = RedisServer::start().await;
    let short = || Hub::builder().log_capacity(3, 1 << 20);
    let (one, other) = (
        Node::start(&redis, short()).await,
        Node::start(&redis, short()).await,
    );
    let mut live = [
        one.open("?channel=quiet&channel=noisy").await,
        other.open("?channel=quiet&channel=noisy").await,
    ];
    let events = [("quiet", "1"), ("quiet", "2")];
    let noise = ["3", "4", "5", "6", "7"].map(|text| ("noisy", text));
    for (channel, text) in events.into_iter().chain(noise) {
        one.publish(channel, &[text]).await;
        // Redis keeps three events only, so both nodes have to read each before more are published.
        for stream in &mut live {
            assert_eq!(stream.brief().await, format!("{channel} {text}: {text}"));
        }
    }
    let epoch = one.hub.head().epoch().to_owned();
    let query = format!("?channel=quiet&lastEventId={epoch}-1");
    for node in [&one, &other] {
        let mut missed = node.open(&query).await;
        assert_eq!(missed.brief().await, "quiet 2: 2");
    }
    // A node that was started later knows what Redis still has.
    let fresh = Node::start(&redis, short()).await;
    let mut missed = fresh.open(&query).await;
    let gap = missed.brief().await;
    assert!(gap.starts_with("@gap"), "{gap}");
}

#[tokio::test]
async fn broken_connections_to_redis_lose_nothing() {
    let redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let mut stream = node.open("?channel=a").await;
    for round in 0..5 {
        for kind in ["normal", "pubsub"] {
            let killed = redis.command(&format!("CLIENT KILL TYPE {kind}")).await;
            assert!(killed.starts_with(':'), "{killed}");
        }
        // A publisher whose own connection breaks gets an error, and tries again.
        let text = round.to_string();
        let published = async {
            while node
                .hub
                .publish("a", Event::new(text.clone()))
                .await
                .is_err()
            {}
        };
        timeout(PATIENCE, published).await.unwrap();
        assert!(stream.brief().await.ends_with(&format!(": {text}")));
    }
    let connection = stream.connection();
    let reachable = async { while other.control(&connection, 1, &["b"]).status().await != 202 {} };
    timeout(PATIENCE, reachable).await.unwrap();
    assert!(stream.brief().await.starts_with("@subscribed"));
}

#[tokio::test]
async fn a_redis_that_has_forgotten_everything_is_a_gap() {
    let mut redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    let mut stream = node.open("?channel=a").await;
    node.publish("a", &["1", "2", "3"]).await;
    assert_eq!(stream.briefs(3).await.len(), 3);
    let before = node.hub.head();
    redis.replace().await;
    let gap = stream.next().await;
    assert_eq!(field(&gap, "event"), Some("@gap"));
    assert_eq!(data(&gap), json!({ "channels": ["a"] }));
    let published = async { while node.hub.publish("a", Event::new("4")).await.is_err() {} };
    timeout(PATIENCE, published).await.unwrap();
    let frame = stream.next().await;
    assert_eq!(field(&frame, "data"), Some("4"));
    assert!(!position(&frame).starts_with(before.epoch()), "{frame}");

    let mut resumed = node.open(&format!("?channel=a&lastEventId={before}")).await;
    assert_eq!(resumed.brief().await, r#"@gap 0: {"channels":["a"]}"#);
    assert_eq!(resumed.brief().await, "a 1: 4");
}

#[tokio::test]
async fn many_positions_cost_one_look_at_the_log() {
    const CHANNELS: usize = 1_000;

    let redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    let begun = Instant::now();
    redis.command("CONFIG RESETSTAT").await;
    let pairs = |count: usize, from: &dyn Fn(usize) -> String| {
        let pairs = (0..count).map(|n| format!("from={}%20c{n}", from(n)));
        pairs.collect::<Vec<_>>().join("&")
    };
    let post = |body: &str| Request::new(node.address, "POST", "/events").body(body);
    // The hub refuses positions of channels that weren't asked for, and too many positions.
    let elsewhere = pairs(CHANNELS, &|n| format!("{n}-1"));
    assert_eq!(post(&elsewhere).status().await, 400);
    let ninety_thousand = pairs(90_000, &|n| format!("{n}-1"));
    let as_long_as_a_body_may_be = &ninety_thousand[..500_000];
    assert_eq!(post(as_long_as_a_body_may_be).status().await, 413);
    // These positions are of logs that are gone, of logs that never existed, and of logs that may
    // exist by their name.
    let channels = (0..CHANNELS).map(|n| format!("channel=c{n}"));
    let channels = channels.collect::<Vec<_>>().join("&");
    let mut asked = 0;
    for (from, looks) in [
        (pairs(CHANNELS, &|n| format!("{n}-1")), 0),
        (pairs(CHANNELS, &|n| format!("x{n}-1")), 0),
        (pairs(CHANNELS, &|n| format!("9999999999{n:0>4}-1")), 1),
    ] {
        let opened = post(&format!("{channels}&{from}")).send().await.unwrap();
        let mut stream = Stream::of(opened).await;
        let gap = stream.next().await;
        let channels = &data(&gap)["channels"];
        assert_eq!(channels.as_array().unwrap().len(), CHANNELS);
        asked += looks;
    }
    // The node itself looks into Redis once a second.
    let own = begun.elapsed().as_secs() + 1;
    let looks = redis.calls("evalsha").await;
    assert!(looks <= asked + own, "{looks} looks, {own} of them its own");
}

struct Names;

impl Access for Names {
    type Principal = String;

    async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
        let name = request
            .headers
            .get("x-name")
            .and_then(|name| name.to_str().ok());
        name.map(str::to_owned).ok_or_else(Refusal::unauthenticated)
    }

    fn identity(&self, name: &String) -> String {
        name.clone()
    }

    async fn may_subscribe(&self, name: &String, channel: &str) -> Result<Grant, Refusal> {
        if name == channel {
            return Ok(Grant::with_history());
        }
        Err(Refusal::new("forbidden", "not yours"))
    }
}

#[tokio::test]
async fn access_is_decided_alike_on_every_node() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder().access(Names)).await;
    let other = Node::start(&redis, Hub::builder().access(Names)).await;
    let request = one.get("?channel=alice").header("X-Name", "alice");
    let mut stream = Stream::of(request.send().await.unwrap()).await;
    let control = |name: &str| {
        let request = other.control(&stream.connection(), 1, &["alice", "bob"]);
        request.header("X-Name", name)
    };
    assert_eq!(control("bob").status().await, 403);
    assert_eq!(control("alice").status().await, 202);
    let expected = [
        r#"@subscribed 0: {"revision":1}"#,
        r#"@error bob -: {"code":"forbidden","message":"not yours"}"#,
    ];
    assert_eq!(stream.briefs(2).await, expected);
}

/// Publishes through the nodes that there are, and remembers the acknowledged events.
struct Publisher {
    nodes: Arc<Mutex<Vec<Hub>>>,
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<BTreeSet<u64>>,
}

impl Publisher {
    fn start(nodes: Vec<Hub>) -> Self {
        let nodes = Arc::new(Mutex::new(nodes));
        let stop = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(publish(Arc::clone(&nodes), Arc::clone(&stop)));
        Self { nodes, stop, task }
    }

    fn set_nodes(&self, nodes: Vec<Hub>) {
        *self.nodes.lock().unwrap() = nodes;
    }

    async fn finish(self) -> BTreeSet<u64> {
        self.stop.store(true, Ordering::Relaxed);
        timeout(PATIENCE, self.task).await.unwrap().unwrap()
    }
}

async fn publish(nodes: Arc<Mutex<Vec<Hub>>>, stop: Arc<AtomicBool>) -> BTreeSet<u64> {
    let mut acknowledged = BTreeSet::new();
    for n in 0_usize.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let hub = {
            let nodes = nodes.lock().unwrap();
            nodes[n % nodes.len()].clone()
        };
        let channel = format!("c{}", n % 4);
        // A node that is killed meanwhile doesn't answer, so the event counts as unacknowledged.
        let publishing = hub.publish(&channel, Event::new(n.to_string()));
        if let Ok(Ok(position)) = timeout(Duration::from_secs(1), publishing).await {
            assert!(acknowledged.insert(position.seq()));
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_node_is_killed_twenty_times() {
    const KILLS: usize = 20;

    let redis = RedisServer::start().await;
    // About 10 000 events are published while a client is away for long; the log keeps all of them.
    let builder = || Hub::builder().log_capacity(1_000_000, 1 << 30);
    let mut nodes = [
        Node::start(&redis, builder()).await,
        Node::start(&redis, builder()).await,
    ];
    let query = "?channel=c0&channel=c1&channel=c2&channel=c3";
    let mut stream = nodes[0].open(query).await;
    let mut seen = vec![0_u64];
    let mut last = position(&stream.first).to_owned();
    let publisher = Publisher::start(nodes.iter().map(|node| node.hub.clone()).collect());

    let take = |frame: &str, seen: &mut Vec<u64>| {
        let event = field(frame, "event").unwrap();
        assert!(!event.starts_with('@') || event == "@ping", "{frame}");
        if !event.starts_with('@') {
            let seq = position(frame).rsplit_once('-').unwrap().1.parse().unwrap();
            assert!(seq > *seen.last().unwrap(), "{seq} after {:?}", seen.last());
            seen.push(seq);
        }
    };
    for kill in 0..KILLS {
        let (dead, survivor) = (kill % 2, 1 - kill % 2);
        for _ in 0..50 {
            let frame = stream.next().await;
            take(&frame, &mut seen);
            position(&frame).clone_into(&mut last);
        }
        nodes[dead].kill();
        publisher.set_nodes(vec![nodes[survivor].hub.clone()]);
        // Frames that were on their way are read as well, until the connection is torn.
        while let Some(frame) = stream.response.frame().await {
            take(&frame, &mut seen);
            position(&frame).clone_into(&mut last);
        }
        let request = nodes[survivor].get(query).header("Last-Event-ID", &last);
        stream = Stream::of(request.send().await.unwrap()).await;
        nodes[dead] = Node::start(&redis, builder()).await;
        publisher.set_nodes(nodes.iter().map(|node| node.hub.clone()).collect());
    }
    let acknowledged = publisher.finish().await;
    let end = *acknowledged.last().unwrap();
    while *seen.last().unwrap() < end {
        let frame = stream.next().await;
        take(&frame, &mut seen);
    }
    // These channels have all entries of the log, so no number may be missing up to the end.
    assert_eq!(seen, (0..=*seen.last().unwrap()).collect::<Vec<_>>());
    assert!(acknowledged.iter().all(|seq| seen.contains(seq)));
    assert!(seen.len() > KILLS * 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_for_one_subscriber_on_all_nodes() {
    let redis = RedisServer::start().await;
    let builder = Hub::builder().on_subscribe(|hub, subscribed| async move {
        let state = Event::new("state");
        hub.reply(&subscribed, "a", state).await.unwrap();
    });
    let one = Node::start(&redis, builder).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let mut bystander = other.open("?channel=a").await;
    let mut stream = one.open("?channel=a").await;
    assert_eq!(stream.brief().await, "a 1: state");
    other.publish("a", &["for all"]).await;
    assert_eq!(stream.brief().await, "a 2: for all");
    assert_eq!(bystander.brief().await, "a 2: for all");
    // A node that has to read the past in Redis must not give the answer to other subscribers.
    let fresh = Node::start(&redis, Hub::builder()).await;
    let epoch = one.hub.head().epoch().to_owned();
    let mut resumed = fresh
        .open(&format!("?channel=a&lastEventId={epoch}-0"))
        .await;
    assert_eq!(resumed.brief().await, "a 2: for all");
}
