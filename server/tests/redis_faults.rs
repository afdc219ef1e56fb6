//! A Redis that hangs, comes back from an old snapshot, or holds entries that no hub has written.

#[path = "support/node.rs"]
mod node;
#[path = "support/redis_server.rs"]
mod redis_server;
mod support;

use std::{collections::HashMap, time::Duration};

use everstream_server::{
    hub::{Hub, Position, PublishError},
    sse::Event,
};
use node::Node;
use redis_server::RedisServer;
use support::{PATIENCE, Stream, field, position};
use tokio::time::{sleep, timeout};

/// Longer than a node waits for an answer.
const HANGS: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_makes_no_duplicates() {
    let redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    // Redis has cached the script from here on, so each publication is a single command.
    node.publish("b", &["first"]).await;
    let mut stream = node.open("?channel=a").await;
    redis.signal("STOP").await;
    let hub = node.hub.clone();
    let once = tokio::spawn(async move {
        // An application repeats its call in this way until the event is published.
        loop {
            let event = Event::new("once");
            if let Ok(position) = hub.publish_once("k", "a", event).await {
                break position;
            }
        }
    });
    let hub = node.hub.clone();
    let plain = tokio::spawn(async move { hub.publish("a", Event::new("plain")).await });
    sleep(HANGS).await;
    redis.signal("CONT").await;
    // The publisher can't know the outcome, and the event was indeed published.
    let error = plain.await.unwrap().unwrap_err();
    assert!(
        matches!(error, PublishError::MayHaveBeenPublished(_)),
        "{error}"
    );
    let published = timeout(PATIENCE, once).await.unwrap().unwrap();
    let end = timeout(PATIENCE, async {
        loop {
            if let Ok(position) = node.hub.publish("a", Event::new("end")).await {
                break position;
            }
        }
    });
    let end = end.await.unwrap();
    let (mut texts, mut last) = (HashMap::new(), 0);
    while last < end.seq() {
        let frame = stream.next().await;
        assert!(
            !field(&frame, "event").unwrap().starts_with("@gap"),
            "{frame}"
        );
        let seq = position(&frame).parse::<Position>().unwrap().seq();
        if field(&frame, "event") == Some("a") {
            let text = field(&frame, "data").unwrap().to_owned();
            if text == "once" {
                assert_eq!(seq, published.seq());
            }
            *texts.entry(text).or_insert(0) += 1;
        }
        last = seq;
    }
    assert_eq!(
        texts,
        HashMap::from([("once".into(), 1), ("plain".into(), 1), ("end".into(), 1)])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_holds_on_all_nodes_and_a_batch_arrives_as_one() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder()).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let mut stream = one.open("?channel=a&channel=b").await;
    let first = one
        .hub
        .publish_once("k", "a", Event::new("1"))
        .await
        .unwrap();
    let again = other
        .hub
        .publish_once("k", "a", Event::new("again"))
        .await
        .unwrap();
    assert_eq!(first, again);
    let batch = [("a", Event::new("2")), ("b", Event::new("3"))];
    let positions = other.hub.publish_batch(batch).await.unwrap();
    assert_eq!(
        positions,
        [2, 3].map(|seq| format!("{}-{seq}", first.epoch()).parse().unwrap())
    );
    assert_eq!(stream.briefs(3).await, ["a 1: 1", "a 2: 2", "b 3: 3"]);
}

#[tokio::test]
async fn what_is_certainly_not_published_is_told_from_what_may_be() {
    let mut redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    redis.kill().await;
    // The connection breaks at first; later there is none.
    let refused = async {
        loop {
            match node.hub.publish("a", Event::new("")).await.unwrap_err() {
                PublishError::Log(_) => break,
                PublishError::MayHaveBeenPublished(_) => {}
                other => panic!("{other}"),
            }
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_snapshot_is_a_gap_and_no_id_names_two_events() {
    let mut redis = RedisServer::start().await;
    let old = Node::start(&redis, Hub::builder()).await;
    let mut before = old.open("?channel=a").await;
    old.publish("a", &["1", "2", "3"]).await;
    assert_eq!(redis.command("SAVE").await, "+OK\r\n");
    old.publish("a", &["4", "5", "6"]).await;
    let mut named = HashMap::new();
    for _ in 0..6 {
        let frame = before.next().await;
        named.insert(position(&frame).to_owned(), frame.clone());
    }
    let last = old.hub.head();
    // No node is left that knows of the lost entries. The fresh node publishes more entries than were lost.
    drop(old);
    redis.replace().await;
    let fresh = Node::start(&redis, Hub::builder()).await;
    let texts = ["a", "b", "c", "d", "e", "f"];
    fresh.publish("a", &texts).await;
    let mut resumed = fresh.open(&format!("?channel=a&lastEventId={last}")).await;
    let gap = resumed.next().await;
    assert_eq!(field(&gap, "event"), Some("@gap"), "{gap}");
    for text in texts {
        let frame = resumed.next().await;
        assert_eq!(field(&frame, "data"), Some(text));
        assert_eq!(named.get(position(&frame)), None, "{frame}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_snapshot_is_a_gap_for_streams_that_are_open() {
    let mut redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    let mut stream = node.open("?channel=a").await;
    node.publish("a", &["1"]).await;
    assert_eq!(redis.command("SAVE").await, "+OK\r\n");
    node.publish("a", &["2"]).await;
    assert_eq!(stream.briefs(2).await, ["a 1: 1", "a 2: 2"]);
    redis.replace().await;
    let fresh = Node::start(&redis, Hub::builder()).await;
    fresh.publish("a", &["x", "y", "z"]).await;
    let gap = stream.next().await;
    assert_eq!(field(&gap, "event"), Some("@gap"), "{gap}");
    for text in ["x", "y", "z"] {
        assert_eq!(field(&stream.next().await, "data"), Some(text));
    }
}

/// Returns the next frame other than a heartbeat, in brief.
async fn brief(stream: &mut Stream) -> String {
    timeout(PATIENCE, stream.brief()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_somebody_else_is_a_gap_and_not_the_end() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder()).await;
    let other = Node::start(&redis, Hub::builder()).await;
    let mut streams = [one.open("?channel=a").await, other.open("?channel=a").await];
    one.publish("a", &["1"]).await;
    for alien in [
        "foo bar",
        "channel a data x",
        "channel @ping data x",
        "data \\xff\\xfe",
    ] {
        let added = redis.command(&format!("XADD {{test}}:log * {alien}")).await;
        assert!(added.starts_with('$'), "{added}");
        // The entry must show as a gap whether the nodes have read it by now or not.
        one.publish("a", &["next"]).await;
        other.publish("a", &["last"]).await;
        for stream in &mut streams {
            let mut gaps = 0;
            loop {
                let brief = brief(stream).await;
                gaps += usize::from(brief.starts_with("@gap"));
                if brief.ends_with(": last") {
                    break;
                }
            }
            assert!(gaps > 0, "{alien}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_another_version_is_a_gap_where_it_stands() {
    let redis = RedisServer::start().await;
    let one = Node::start(&redis, Hub::builder()).await;
    let mut stream = one.open("?channel=a").await;
    one.publish("a", &["1", "2"]).await;
    assert_eq!(stream.briefs(2).await, ["a 1: 1", "a 2: 2"]);
    let epoch = one.hub.head().epoch().to_owned();
    redis.command("MULTI").await;
    for entry in [
        format!("{epoch}-3 channel a data x future y"),
        format!("{epoch}-4 future z"),
    ] {
        redis.command(&format!("XADD {{test}}:log {entry}")).await;
    }
    redis.command("HSET {test}:meta seq 4").await;
    one.publish("a", &["5"]).await;
    let gap = r#"{"channels":["a"]}"#;
    // Entries that are read one after the other may be two gaps.
    let mut first = brief(&mut stream).await;
    if first == format!("@gap 3: {gap}") {
        first = brief(&mut stream).await;
    }
    assert_eq!(first, format!("@gap 4: {gap}"));
    assert_eq!(brief(&mut stream).await, "a 5: 5");
    // A reader of the log gets the events before and after the entries.
    let fresh = Node::start(&redis, Hub::builder()).await;
    let query = format!("?channel=a&lastEventId={epoch}-1");
    for node in [&one, &fresh] {
        let mut resumed = node.open(&query).await;
        assert_eq!(brief(&mut resumed).await, "a 2: 2");
        assert_eq!(brief(&mut resumed).await, format!("@gap 4: {gap}"));
        assert_eq!(brief(&mut resumed).await, "a 5: 5");
    }
}

#[tokio::test]
async fn strangers_learn_nothing_of_redis() {
    let mut redis = RedisServer::start().await;
    let node = Node::start(&redis, Hub::builder()).await;
    let head = node.hub.head();
    redis.kill().await;
    let ahead = format!("?channel=a&lastEventId={}-{}", head.epoch(), head.seq() + 1);
    let of_another_node = node.control("0123456789ab.x", 1, &["a"]);
    for request in [node.get(&ahead), of_another_node] {
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), Some("1"));
        let body = answer.whole().await;
        assert!(body.contains("log_unavailable"), "{body}");
        for secret in ["edis", "127.0.0.1", "refused", "os error"] {
            assert!(!body.contains(secret), "{body}");
        }
    }
}

/// Takes longer than all other tests together, so only `cargo xtask soak` runs it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes half a minute"]
async fn a_redis_paused_for_twenty_seconds_makes_no_duplicates_for_a_publisher_that_tries_again() {
    const PAUSED: Duration = Duration::from_secs(20);
    let redis = RedisServer::start().await;
    let nodes = [
        Node::start(&redis, Hub::builder()).await,
        Node::start(&redis, Hub::builder()).await,
    ];
    let mut stream = nodes[0].open("?channel=a").await;
    let hubs = nodes.each_ref().map(|node| node.hub.clone());
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    // As in an application, each event has a key and is published at either node until one confirms it.
    let publishing = tokio::spawn(async move {
        let (mut number, mut retries) = (0, 0);
        while !*stopped.borrow_and_update() {
            for attempt in 0.. {
                let event = Event::new(number.to_string());
                let hub = &hubs[attempt % hubs.len()];
                match hub.publish_once(&format!("n{number}"), "a", event).await {
                    Ok(_) => break,
                    Err(PublishError::Log(_) | PublishError::MayHaveBeenPublished(_)) => {}
                    Err(error) => panic!("{error}"),
                }
                retries += 1;
            }
            number += 1;
        }
        (number, retries)
    });
    let mut got = Vec::new();
    while got.len() < 100 {
        got.push(stream.next().await);
    }
    redis.signal("STOP").await;
    sleep(PAUSED).await;
    redis.signal("CONT").await;
    let so_far = got.len();
    // Publishing is under way again.
    while got.len() < so_far + 1_000 {
        got.push(stream.next().await);
    }
    stop.send_replace(true);
    let (count, retries) = timeout(PATIENCE, publishing).await.unwrap().unwrap();
    let mut numbers: Vec<usize> = Vec::new();
    let mut take = |frame: &str| {
        let event = field(frame, "event").unwrap();
        assert!(!event.starts_with("@gap"), "{frame}");
        if event == "a" {
            numbers.push(field(frame, "data").unwrap().parse().unwrap());
        }
        numbers.len()
    };
    let mut read = got
        .iter()
        .map(|frame| take(frame))
        .last()
        .unwrap_or_default();
    while read < count {
        read = take(&stream.next().await);
    }
    assert!(
        numbers.iter().copied().eq(0..count),
        "each comes once, and in order"
    );
    assert!(retries > 0, "otherwise nothing was tried");
    println!("{count} events, published again {retries} times");
}
