//! Clients that do not read.

mod support;

use everstream_server::{hub::Hub, sse::Event};
use support::{Served, data, field, position};

const EVENT: usize = 1 << 10;

/// Publishes so much that no socket buffers it.
async fn flood(served: &Served, events: usize) {
    let data = "x".repeat(EVENT);
    for _ in 0..events {
        served
            .hub
            .publish("a", Event::new(data.clone()))
            .await
            .unwrap();
    }
}

fn seq(frame: &str) -> usize {
    position(frame).rsplit_once('-').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn a_slow_client_is_served_from_the_log() {
    let served = Served::start(Hub::builder().client_queue(4, 1 << 20)).await;
    let mut slow = served.open("?channel=a").await;
    flood(&served, 9_000).await;
    for expected in 1..=9_000 {
        assert_eq!(seq(&slow.next().await), expected, "none lost, none twice");
    }
    flood(&served, 1).await;
    assert_eq!(seq(&slow.next().await), 9_001);
}

#[tokio::test]
async fn where_the_log_has_moved_on_there_is_a_gap() {
    let builder = Hub::builder()
        .client_queue(4, 1 << 20)
        .log_capacity(100, 1 << 30);
    let served = Served::start(builder).await;
    let mut slow = served.open("?channel=a&channel=b").await;
    flood(&served, 20_000).await;
    let (mut last, mut gaps) = (0, 0);
    while last < 20_000 {
        let frame = slow.next().await;
        if field(&frame, "event") == Some("@gap") {
            assert_eq!(data(&frame)["channels"], serde_json::json!(["a", "b"]));
            assert!(seq(&frame) > last);
            gaps += 1;
        } else {
            assert_eq!(seq(&frame), last + 1, "what is missing was announced");
        }
        last = seq(&frame);
    }
    assert!(gaps > 0, "20 MB do not fit between the two");
}

#[tokio::test]
async fn a_slow_client_holds_up_nobody() {
    let served = Served::start(Hub::builder().client_queue(4, 1 << 20)).await;
    let _slow = served.open("?channel=a").await;
    let mut quick = served.open("?channel=b").await;
    flood(&served, 20_000).await;
    served.publish("b", &["in time"]).await;
    assert_eq!(quick.brief().await, "b 20001: in time");
}
