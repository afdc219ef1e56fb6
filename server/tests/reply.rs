//! Answers to a single subscriber.

mod support;

use everstream_server::{
    hub::{Hub, HubBuilder, PublishError, Subscribed},
    sse::Event,
};
use support::{Served, field};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Adds a hook that reports each subscription and does no more.
fn told(builder: HubBuilder) -> (HubBuilder, UnboundedReceiver<Subscribed>) {
    let (tell, told) = unbounded_channel();
    let builder = builder.on_subscribe(move |_, subscribed| {
        tell.send(subscribed).unwrap();
        async {}
    });
    (builder, told)
}

#[tokio::test]
async fn an_answer_reaches_the_subscriber_and_nobody_else() {
    let builder = Hub::builder().on_subscribe(|hub, subscribed| async move {
        for channel in &subscribed.channels {
            let state = Event::new(format!("state for {}", subscribed.connection));
            hub.reply(&subscribed, channel, state).await.unwrap();
        }
    });
    let served = Served::start(builder).await;
    let mut one = served.open("?channel=a").await;
    let state = |connection: &str, seq: u32| format!("a {seq}: state for {connection}");
    assert_eq!(one.brief().await, state(&one.connection(), 1));
    let mut other = served.open("?channel=a").await;
    assert_eq!(other.brief().await, state(&other.connection(), 2));
    served.publish("a", &["for all"]).await;
    assert_eq!(one.brief().await, "a 3: for all");
    assert_eq!(other.brief().await, "a 3: for all");
    // A subscriber that reads the past must not get the answer either, in whatever way it reads.
    let epoch = served.hub.head().epoch().to_owned();
    let mut resumed = served
        .open(&format!("?channel=a&lastEventId={epoch}-0"))
        .await;
    assert_eq!(resumed.brief().await, "a 3: for all");
    assert_eq!(resumed.brief().await, state(&resumed.connection(), 4));
    let mut replayed = served.open(&format!("?channel=a&from={epoch}-0%20a")).await;
    assert_eq!(replayed.brief().await, "a 3: for all");
    assert_eq!(replayed.brief().await, state(&replayed.connection(), 5));
}

#[tokio::test]
async fn an_answer_has_its_place_also_for_a_client_that_is_behind() {
    let (builder, mut told) = told(Hub::builder().client_queue(1, 1 << 20));
    let served = Served::start(builder).await;
    let mut stream = served.open("?channel=a").await;
    let subscribed = told.recv().await.unwrap();
    let bystander = served.open("?channel=a").await;
    told.recv().await.unwrap();
    for n in 0..20 {
        served.publish("a", &[&*format!("before {n}")]).await;
    }
    let position = served
        .hub
        .reply(&subscribed, "a", Event::new("answer"))
        .await
        .unwrap();
    served.publish("a", &["after"]).await;
    for n in 0..20 {
        assert_eq!(
            field(&stream.next().await, "data"),
            Some(&*format!("before {n}"))
        );
    }
    let answer = stream.next().await;
    assert_eq!(field(&answer, "data"), Some("answer"));
    assert_eq!(field(&answer, "id"), Some(&*position.to_string()));
    assert_eq!(field(&stream.next().await, "data"), Some("after"));
    let mut bystander = bystander;
    for _ in 0..20 {
        bystander.next().await;
    }
    assert_eq!(field(&bystander.next().await, "data"), Some("after"));
}

#[tokio::test]
async fn there_may_be_nobody_to_answer() {
    let (builder, mut told) = told(Hub::builder());
    let served = Served::start(builder).await;
    let stream = served.open("?channel=a").await;
    let subscribed = told.recv().await.unwrap();
    let reply = async |channel: &str| {
        let replied = served
            .hub
            .reply(&subscribed, channel, Event::new("x"))
            .await;
        replied.unwrap_err()
    };
    assert!(matches!(reply("b").await, PublishError::NobodyToAnswer));
    assert!(matches!(reply("@b").await, PublishError::Channel(_)));
    drop(stream);
    while !served.hub.connections().is_empty() {
        tokio::task::yield_now().await;
        served.publish("a", &["notice"]).await;
    }
    let head = served.hub.head();
    assert!(matches!(reply("a").await, PublishError::NobodyToAnswer));
    assert_eq!(served.hub.head(), head, "it takes no place in the log");
}
