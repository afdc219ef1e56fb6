//! Sets of many channels that are swapped while events go on. A client gets each event of the set in
//! force, and no other.

mod support;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use everstream_server::{hub::Hub, sse::Event};
use support::{Served, data, field, position};

const CHANNELS: usize = 500;
const SWAPS: u64 = 60;

/// Returns the channels of a revision; the first half is in every set.
fn set(revision: u64) -> Vec<String> {
    let common = (0..CHANNELS / 2).map(|n| format!("common{n}"));
    let own = (0..CHANNELS / 2).map(|n| format!("{}-{n}", revision % 3));
    common.chain(own).collect()
}

fn seq(frame: &str) -> usize {
    position(frame).rsplit_once('-').unwrap().1.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_lies_between_two_events() {
    let builder = Hub::builder().log_capacity(1_000_000, 1 << 30);
    let builder = builder.limits(|limits| limits.control_requests = 10_000);
    let served = Arc::new(Served::start(builder).await);
    let mut stream = served.open("").await;
    let swapping = Arc::new(AtomicBool::new(true));
    let (hub, goes_on) = (served.hub.clone(), Arc::clone(&swapping));
    let publishing = tokio::spawn(async move {
        let mut log = Vec::new();
        while goes_on.load(Ordering::Relaxed) {
            let n = log.len() % (CHANNELS / 2);
            for channel in [
                format!("common{n}"),
                format!("0-{n}"),
                format!("1-{n}"),
                format!("2-{n}"),
            ] {
                hub.publish(&channel, Event::new("x")).await.unwrap();
                log.push(channel);
            }
            tokio::task::yield_now().await;
        }
        hub.publish("common0", Event::new("end")).await.unwrap();
        log.push("common0".to_owned());
        log
    });
    let (hub_of_it, connection) = (Arc::clone(&served), stream.connection());
    let controlling = tokio::spawn(async move {
        for revision in 1..=SWAPS {
            let order = serde_json::json!({
                "connection": connection, "revision": revision, "channels": set(revision),
            });
            let control = hub_of_it.post_control(&order.to_string());
            assert_eq!(control.status().await, 202);
        }
        swapping.store(false, Ordering::Relaxed);
    });
    let mut frames = Vec::new();
    loop {
        let frame = stream.next().await;
        let is_end = field(&frame, "data") == Some("end");
        frames.push(frame);
        if is_end {
            break;
        }
    }
    controlling.await.unwrap();
    let log = publishing.await.unwrap();
    let (mut in_force, mut at, mut swaps) = (BTreeSet::new(), 0, 0);
    for frame in frames {
        let seq = seq(&frame);
        let is_swap = field(&frame, "event") == Some("@subscribed");
        // No event of the set in force may be missing up to this frame.
        let last = if is_swap { seq } else { seq - 1 };
        for missed in &log[at..last] {
            assert!(
                !in_force.contains(missed),
                "{missed} is missing before {frame}"
            );
        }
        if is_swap {
            swaps += 1;
            in_force = set(data(&frame)["revision"].as_u64().unwrap())
                .into_iter()
                .collect();
        } else {
            assert_eq!(field(&frame, "event"), Some(&*log[seq - 1]));
            assert!(
                in_force.contains(&log[seq - 1]),
                "{frame} is of another set"
            );
        }
        at = seq;
    }
    assert_eq!(at, log.len());
    assert!(swaps > 1, "{swaps}");
}
