//! What clients that swap large sets of channels cost the others: the time from publishing to reading, with
//! them and without them, in turns of half a second, so that whatever else the machine does concerns both.
//!
//! `cargo bench -p everstream-server --bench swap`; with `-- --check`, a 99th percentile of more than twice
//! that without them is an error, where sets are swapped as often as the limit allows.

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use everstream_server::{hub::Hub, sse::Event};
use support::{Served, Stream, field};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};

const CLIENTS: usize = 4;
const TURN: Duration = Duration::from_millis(500);
const TURNS: usize = 24;
const PAUSE: Duration = Duration::from_millis(1);

/// By how much the 99th percentile may grow.
const MOST: f64 = 2.0;

/// Swaps a set of so many channels for another, over and over, while that is switched on.
async fn swap(
    served: Arc<Served>,
    client: usize,
    channels: usize,
    pace: Option<Duration>,
    mut on: watch::Receiver<bool>,
    swaps: Arc<AtomicUsize>,
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
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for revision in 1_u64.. {
        if on.wait_for(|on| *on).await.is_err() {
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

/// Publishes for a turn, and adds the times from publishing to reading.
async fn turn(served: &Served, stream: &mut Stream, begun: Instant, times: &mut Vec<Duration>) {
    let hub = served.hub.clone();
    let publishing = tokio::spawn(async move {
        let mut ticks = interval(PAUSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let turn = Instant::now();
        while turn.elapsed() < TURN {
            ticks.tick().await;
            let now = begun.elapsed().as_nanos().to_string();
            hub.publish("ticker", Event::new(now)).await.unwrap();
        }
        hub.publish("ticker", Event::new("end")).await.unwrap();
    });
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
}

/// The median and the 99th percentile, in milliseconds.
fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    (at(50), at(99))
}

/// Measures both, and returns by how much the 99th percentile grows.
async fn measure(channels: usize, pace: Option<Duration>) -> f64 {
    let hub = Hub::builder().limits(|limits| {
        limits.channels = channels;
        limits.set = 8 << 20;
        limits.control_requests = u32::MAX;
    });
    let served = Arc::new(Served::start(hub).await);
    let (switch, on) = watch::channel(false);
    let swaps = Arc::new(AtomicUsize::new(0));
    // They are processes of their own elsewhere: here, a thread, so that what they do isn't measured.
    let (its_swaps, its_served) = (Arc::clone(&swaps), Arc::clone(&served));
    let swapping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let all = (0..CLIENTS).map(|client| {
                let served = Arc::clone(&its_served);
                swap(
                    served,
                    client,
                    channels,
                    pace,
                    on.clone(),
                    Arc::clone(&its_swaps),
                )
            });
            futures_util::future::join_all(all).await;
        });
    });
    let mut stream = served.open("?channel=ticker").await;
    let (begun, mut times) = (Instant::now(), [Vec::new(), Vec::new()]);
    for number in 0..TURNS {
        let with = number % 2;
        switch.send_replace(with == 1);
        // What the turn before has begun comes to its end.
        sleep(Duration::from_millis(50)).await;
        turn(&served, &mut stream, begun, &mut times[with]).await;
    }
    switch.send_replace(false);
    drop(switch);
    swapping.join().unwrap();
    let swapped = f64::from(u32::try_from(swaps.load(Ordering::Relaxed)).unwrap());
    let with = TURN.as_secs_f64() * f64::from(u32::try_from(TURNS / 2).unwrap());
    let rate = swapped / with;
    let [without, with] = &mut times;
    let ((p50, p99), (p50_with, p99_with)) = (percentiles(without), percentiles(with));
    let ratio = p99_with / p99;
    println!(
        "{CLIENTS} clients swap {channels:>6} channels, {rate:>5.0} times a second: p50 {p50:.3} ms → {p50_with:.3} ms, p99 {p99:.3} ms → {p99_with:.3} ms: ×{ratio:.1}"
    );
    ratio
}

fn main() {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // As often as the default limit lets one identity, and as often as it can be done.
        let paced = Some(Duration::from_millis(20));
        let owed = measure(1_000, paced).await;
        for channels in [1_000, 10_000] {
            measure(channels, None).await;
        }
        assert!(!is_check || owed <= MOST, "×{owed:.1} is more than ×{MOST}");
    });
}
