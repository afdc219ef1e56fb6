//! What clients that swap large sets of channels cost the others: the time from publishing to reading.
//!
//! `cargo bench -p everstream-server --bench swap`

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use everstream_server::{hub::Hub, sse::Event};
use support::{Served, field};
use tokio::time::{MissedTickBehavior, interval, sleep};

const CLIENTS: usize = 4;
const TIME: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(1);

/// Swaps a set of so many channels for another, over and over.
async fn swap(
    served: Arc<Served>,
    client: usize,
    channels: usize,
    pace: Option<Duration>,
    (stop, swaps): (Arc<AtomicBool>, Arc<AtomicUsize>),
) {
    let sets: Vec<Vec<String>> = (0..2)
        .map(|set| {
            (0..channels)
                .map(|n| format!("channel:{client}:{set}:{n}"))
                .collect()
        })
        .collect();
    let mut stream = served.open("").await;
    let mut ticks = interval(pace.unwrap_or(PAUSE));
    for revision in 1_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        if pace.is_some() {
            ticks.tick().await;
        }
        let set: Vec<&str> = sets[(revision % 2) as usize]
            .iter()
            .map(String::as_str)
            .collect();
        let control = served.control(&stream, revision, &set);
        assert_eq!(control.status().await, 202);
        while !stream.next().await.starts_with("event: @subscribed") {}
        swaps.fetch_add(1, Ordering::Relaxed);
    }
}

/// The times from publishing to reading, in order.
async fn latencies(served: &Served) -> Vec<Duration> {
    let mut stream = served.open("?channel=ticker").await;
    let (begun, hub) = (Instant::now(), served.hub.clone());
    let publishing = tokio::spawn(async move {
        let mut ticks = interval(PAUSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while begun.elapsed() < TIME {
            ticks.tick().await;
            let now = begun.elapsed().as_nanos().to_string();
            hub.publish("ticker", Event::new(now)).await.unwrap();
        }
        hub.publish("ticker", Event::new("end")).await.unwrap();
    });
    let mut times = Vec::new();
    loop {
        let frame = stream.next().await;
        match field(&frame, "data").unwrap().parse() {
            Ok(published) => {
                let published = Duration::from_nanos(published);
                times.push(begun.elapsed().saturating_sub(published));
            }
            Err(_) => break,
        }
    }
    publishing.await.unwrap();
    times.sort_unstable();
    times
}

async fn measure(channels: usize, pace: Option<Duration>) {
    let hub = Hub::builder().limits(|limits| {
        limits.channels = channels.max(1);
        limits.set = 8 << 20;
        limits.control_requests = u32::MAX;
    });
    let served = Arc::new(Served::start(hub).await);
    let (stop, swaps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let clients = if channels == 0 { 0 } else { CLIENTS };
    // They are processes of their own elsewhere: here, a thread, so that what they do isn't measured.
    let (its_stop, its_swaps, its_served) =
        (Arc::clone(&stop), Arc::clone(&swaps), Arc::clone(&served));
    let swapping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let all = (0..clients).map(|client| {
                let (stop, swaps) = (Arc::clone(&its_stop), Arc::clone(&its_swaps));
                swap(
                    Arc::clone(&its_served),
                    client,
                    channels,
                    pace,
                    (stop, swaps),
                )
            });
            futures_util::future::join_all(all).await;
        });
    });
    sleep(Duration::from_millis(200)).await;
    let before = swaps.load(Ordering::Relaxed);
    let times = latencies(&served).await;
    let swapped = swaps.load(Ordering::Relaxed) - before;
    stop.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
    let at = |part: usize| times[(times.len() - 1) * part / 1000];
    println!(
        "{clients} clients swap {channels:>6} channels, {:>5.0} times a second: p50 {:>8.3?}, p99 {:>8.3?}, p99.9 {:>8.3?}",
        f64::from(u32::try_from(swapped).unwrap()) / TIME.as_secs_f64(),
        at(500),
        at(990),
        at(999),
    );
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // As often as the default limit lets one identity, and as often as it can be done.
        let paced = Some(Duration::from_millis(20));
        for (channels, pace) in [(0, None), (1_000, paced), (1_000, None), (10_000, None)] {
            measure(channels, pace).await;
        }
    });
}
