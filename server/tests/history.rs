//! The history of each channel: what a noisy channel leaves of the others.

mod support;

use std::time::Duration;

use everstream_server::hub::{Hub, HubBuilder};
use support::{Served, field};

const AGE: Duration = Duration::from_secs(3600);

/// Starts a hub whose log takes ten events.
async fn start(set: impl FnOnce(HubBuilder) -> HubBuilder) -> Served {
    Served::start(set(Hub::builder().log_capacity(10, 1 << 20))).await
}

/// Publishes more events of a channel than the log takes.
async fn fill(served: &Served, channel: &str) {
    for number in 0..50 {
        served.publish(channel, &[&format!("noise {number}")]).await;
    }
}

async fn resume(served: &Served, seq: u64, channels: &[&str]) -> support::Stream {
    let channels = channels.join("&channel=");
    let epoch = served.hub.head().epoch().to_owned();
    let query = format!("?channel={channels}&lastEventId={epoch}-{seq}");
    served.open(&query).await
}

#[tokio::test]
async fn a_noisy_channel_causes_no_gap_on_a_quiet_one() {
    let served = start(|builder| builder).await;
    served.publish("quiet", &["1", "2", "3"]).await;
    fill(&served, "noisy").await;
    served.publish("quiet", &["54"]).await;
    let mut stream = resume(&served, 1, &["quiet"]).await;
    let missed = ["quiet 2: 2", "quiet 3: 3", "quiet 54: 54"];
    assert_eq!(stream.briefs(3).await, missed);
    // The noisy channel has a gap, before everything that follows.
    let mut both = resume(&served, 1, &["quiet", "noisy"]).await;
    let gap = r#"@gap 1: {"channels":["noisy"]}"#;
    assert_eq!(both.briefs(3).await, [gap, "quiet 2: 2", "quiet 3: 3"]);
    let mut seqs = Vec::new();
    loop {
        let frame = both.next().await;
        let event = field(&frame, "event").unwrap();
        assert_ne!(event, "@gap", "{frame}");
        if event == "quiet" {
            break;
        }
        seqs.push(support::brief(&frame));
    }
    let last = seqs.last().map(String::as_str);
    assert_eq!(last, Some("noisy 53: noise 49"));
    assert!((10..50).contains(&seqs.len()), "{seqs:?}");
    let consecutive = (54 - seqs.len()..54).zip(&seqs);
    for (seq, brief) in consecutive {
        assert!(brief.starts_with(&format!("noisy {seq}: ")), "{seqs:?}");
    }
}

#[tokio::test]
async fn a_channel_whose_events_are_gone_has_a_gap_and_no_other() {
    let served = start(|builder| builder.channel_history(2, 1 << 20, AGE)).await;
    served.publish("a", &["1", "2", "3"]).await;
    served.publish("b", &["4"]).await;
    fill(&served, "noisy").await;
    let mut stream = resume(&served, 0, &["a", "b", "silent"]).await;
    let gap = r#"@gap 1: {"channels":["a"]}"#;
    assert_eq!(stream.briefs(4).await, [gap, "a 2: 2", "a 3: 3", "b 4: 4"]);
    // A channel may also begin there on a connection that is further.
    let mut live = served.open("?channel=silent").await;
    let epoch = served.hub.head().epoch().to_owned();
    let from = serde_json::json!({ "a": format!("{epoch}-0"), "b": format!("{epoch}-0") });
    let control = served.control_from(&live, 1, &["a", "b"], &from);
    assert_eq!(control.status().await, 202);
    assert!(live.next().await.starts_with("event: @subscribed"));
    let gap = r#"@gap 54: {"channels":["a"]}"#;
    assert_eq!(live.briefs(4).await, [gap, "a 2: 2", "a 3: 3", "b 4: 4"]);
}

#[tokio::test]
async fn many_noisy_channels_leave_a_quiet_one_its_own() {
    let served = start(|builder| builder.channel_history(1_000, 1 << 20, AGE)).await;
    served.publish("quiet", &["1"]).await;
    for channel in ["x", "y", "z"] {
        fill(&served, channel).await;
    }
    let mut stream = resume(&served, 0, &["quiet"]).await;
    assert_eq!(stream.brief().await, "quiet 1: 1");
}

#[tokio::test]
async fn an_event_that_is_too_old_is_a_gap() {
    let served = start(|builder| builder.channel_history(100, 1 << 20, Duration::ZERO)).await;
    served.publish("quiet", &["1"]).await;
    fill(&served, "noisy").await;
    let mut stream = resume(&served, 0, &["quiet", "silent"]).await;
    let gap = stream.next().await;
    assert_eq!(
        field(&gap, "data"),
        Some(r#"{"channels":["quiet"]}"#),
        "{gap}"
    );
}

#[tokio::test]
async fn the_end_of_a_quiet_channel_is_told_behind_the_noise() {
    let served = start(|builder| builder).await;
    served.publish("quiet", &["1"]).await;
    served.hub.complete("quiet").await.unwrap();
    fill(&served, "noisy").await;
    let mut stream = resume(&served, 0, &["quiet"]).await;
    let told = ["quiet 1: 1", "@complete quiet 2: {}"];
    assert_eq!(stream.briefs(2).await, told);
}

#[tokio::test]
async fn a_client_slower_than_its_queue_gets_all_of_a_long_history() {
    let builder = Hub::builder().client_queue(2, 1 << 20);
    let served = Served::start(builder.log_capacity(3_000, 1 << 20)).await;
    let hub = &served.hub;
    for number in 0..2_000_u32 {
        let channel = format!("channel:{}", number % 40);
        let event = everstream_server::sse::Event::new(number.to_string());
        hub.publish(&channel, event).await.unwrap();
    }
    for _ in 0..80 {
        fill(&served, "noisy").await;
    }
    let names: Vec<String> = (0..40).map(|number| format!("channel:{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut stream = resume(&served, 0, &names).await;
    for number in 0..2_000 {
        let expected = format!("channel:{} {}: {number}", number % 40, number + 1);
        assert_eq!(stream.brief().await, expected);
    }
}
