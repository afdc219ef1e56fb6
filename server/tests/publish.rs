//! Publishing: once by a key, several events at once, and values as JSON.

mod support;

use everstream_server::{
    hub::{Hub, Position, PublishError},
    sse::{Event, LineError, OneLine},
};
use support::Served;

#[tokio::test]
async fn what_has_the_same_key_is_published_once() {
    let served = Served::start(Hub::builder()).await;
    let mut stream = served.open("?channel=a").await;
    let publish = |key, text: &'static str| served.hub.publish_once(key, "a", Event::new(text));
    let first = publish("k1", "1").await.unwrap();
    assert_eq!(publish("k1", "again").await.unwrap(), first);
    let second = publish("k2", "2").await.unwrap();
    assert_eq!(second.seq(), first.seq() + 1);
    assert_eq!(publish("k1", "again").await.unwrap(), first);
    served.publish("a", &["3"]).await;
    assert_eq!(stream.briefs(3).await, ["a 1: 1", "a 2: 2", "a 3: 3"]);
}

#[tokio::test]
async fn a_refused_event_does_not_use_up_its_key() {
    let served = Served::start(Hub::builder().limits(|limits| limits.event = 10)).await;
    let long = Event::new("far too long a text");
    let refused = served.hub.publish_once("k", "a", long).await.unwrap_err();
    assert!(matches!(refused, PublishError::TooLarge { .. }));
    let short = Event::new("short");
    let position = served.hub.publish_once("k", "a", short).await.unwrap();
    assert_eq!(position.seq(), 1);
    for key in ["", &"k".repeat(256)] {
        let event = Event::new("short");
        let refused = served.hub.publish_once(key, "a", event).await.unwrap_err();
        assert!(matches!(refused, PublishError::Key), "{refused}");
    }
}

#[tokio::test]
async fn publishers_at_the_same_time_publish_once() {
    let served = Served::start(Hub::builder()).await;
    let publishers = (0..20).map(|_| {
        let hub = served.hub.clone();
        tokio::spawn(async move { hub.publish_once("k", "a", Event::new("x")).await.unwrap() })
    });
    for position in futures_util::future::join_all(publishers).await {
        assert_eq!(position.unwrap().seq(), 1);
    }
    assert_eq!(served.hub.head().seq(), 1);
}

#[tokio::test]
async fn a_batch_is_published_as_a_whole_or_not_at_all() {
    let served = Served::start(Hub::builder()).await;
    let mut stream = served.open("?channel=a&channel=b").await;
    let event = |text: &str| Event::new(text);
    let batch = [("a", event("1")), ("b", event("2")), ("a", event("3"))];
    let positions = served.hub.publish_batch(batch).await.unwrap();
    let seqs: Vec<u64> = positions.iter().map(Position::seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
    assert_eq!(stream.briefs(3).await, ["a 1: 1", "b 2: 2", "a 3: 3"]);

    let bad = [("a", event("4")), ("b c", event("5"))];
    let refused = served.hub.publish_batch(bad).await.unwrap_err();
    assert!(matches!(refused, PublishError::Channel(_)));
    assert_eq!(served.hub.publish_batch([]).await.unwrap(), []);
    assert_eq!(served.hub.head().seq(), 3);
}

#[test]
fn values_are_written_as_json() {
    let event = Event::json(&serde_json::json!({ "text": "two\nlines" })).unwrap();
    assert_eq!(event.data(), r#"{"text":"two\nlines"}"#, "on one line");
    let pairs = std::collections::HashMap::from([((1, 2), 3)]);
    assert!(Event::json(&pairs).is_err(), "its keys are no texts");
}

#[test]
fn a_text_becomes_an_event_type() {
    let kind: OneLine = "trade".try_into().unwrap();
    assert_eq!(Event::new("").with_type(kind).event_type(), Some("trade"));
    assert_eq!(OneLine::try_from("a\nb"), Err(LineError));
}

#[tokio::test]
async fn the_application_is_told_who_subscribes() {
    let (told, mut subscribed) = tokio::sync::mpsc::unbounded_channel();
    let builder = Hub::builder().on_subscribe(move |hub, subscribed| {
        let told = told.clone();
        async move {
            for channel in &subscribed.channels {
                hub.publish(channel, Event::new("state")).await.unwrap();
            }
            told.send(subscribed).unwrap();
        }
    });
    let served = Served::start(builder).await;
    let mut stream = served.open("?channel=a").await;
    assert_eq!(stream.brief().await, "a 1: state");
    let first = subscribed.recv().await.unwrap();
    assert_eq!(first.connection, stream.connection());
    assert_eq!(
        (&*first.channels, first.is_resumed),
        (&["a".to_owned()][..], false)
    );

    let control = served.control(&stream, 1, &["a", "b"]);
    assert_eq!(control.status().await, 202);
    let expected = [r#"@subscribed 1: {"revision":1}"#, "b 2: state"];
    assert_eq!(stream.briefs(2).await, expected);
    assert_eq!(
        subscribed.recv().await.unwrap().channels,
        ["b"],
        "only what is new"
    );
    // The hook must be called neither for a set that adds no channel, nor for a late one.
    for revision in [2, 1] {
        let control = served.control(&stream, revision, &["a"]);
        assert_eq!(control.status().await, 202);
    }
    let query = format!("?channel=a&lastEventId={}", served.hub.head());
    let mut resumed = served.open(&query).await;
    let next = subscribed.recv().await.unwrap();
    assert_eq!(
        (&*next.connection, next.is_resumed),
        (&*resumed.connection(), true)
    );
    assert_eq!(resumed.brief().await, "a 3: state");
}

#[tokio::test]
async fn a_hub_with_a_hook_is_dropped_with_its_last_handle() {
    let kept = std::sync::Arc::new(());
    let of_hook = std::sync::Arc::clone(&kept);
    let hub = Hub::builder()
        .on_subscribe(move |_, _| {
            let _ = &of_hook;
            async {}
        })
        .build();
    assert_eq!(std::sync::Arc::strong_count(&kept), 2);
    drop(hub);
    assert_eq!(std::sync::Arc::strong_count(&kept), 1);
}
