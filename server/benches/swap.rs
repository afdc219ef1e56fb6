//! What clients that swap large sets of channels cost the others: the time from publishing to reading.
//!
//! Three kinds of short turns follow one another, so that whatever else the machine does concerns all of
//! them: without such clients, with them at another hub of the same process, and with them at the same
//! hub. At another hub they cost processor time alone. What they cost beyond that at the same hub is
//! waiting for what its streams share.
//!
//! `cargo bench -p everstream-server --bench swap`; with `-- --check`, either a 99th percentile of more than
//! twice that of the turns compared with is an error, where sets are swapped as often as the limit allows.

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use everstream_server::{hub::Hub, sse::Event};
use support::{Served, Stream, field};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};

const CLIENTS: usize = 4;
const TURN: Duration = Duration::from_millis(200);
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

/// Clients that swap their sets while that is switched on.
struct Swappers {
    switch: watch::Sender<bool>,
    swaps: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Swappers {
    /// Starts the clients in a thread of their own. They are processes of their own elsewhere, so what they
    /// do themselves isn't measured.
    fn start(served: &Arc<Served>, channels: usize, pace: Option<Duration>) -> Self {
        let (switch, on) = watch::channel(false);
        let swaps = Arc::new(AtomicUsize::new(0));
        let (its_swaps, its_served) = (Arc::clone(&swaps), Arc::clone(served));
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let all = (0..CLIENTS).map(|client| {
                    let (served, swaps) = (Arc::clone(&its_served), Arc::clone(&its_swaps));
                    swap(served, client, channels, pace, on.clone(), swaps)
                });
                futures_util::future::join_all(all).await;
            });
        });
        Self {
            switch,
            swaps,
            thread,
        }
    }

    fn end(self) -> usize {
        self.switch.send_replace(false);
        drop(self.switch);
        self.thread.join().unwrap();
        self.swaps.load(Ordering::Relaxed)
    }
}

/// By how much the 99th percentile grows.
struct Growth {
    /// Compared with turns without such clients.
    in_all: f64,
    /// Compared with turns in which such clients are at another hub.
    by_waiting: f64,
}

/// Measures all three kinds of turns, each so often.
async fn measure(channels: usize, pace: Option<Duration>, rounds: u32) -> Growth {
    let builder = || {
        Hub::builder().limits(|limits| {
            limits.channels = channels;
            limits.set = 8 << 20;
            limits.control_requests = u32::MAX;
        })
    };
    let served = Arc::new(Served::start(builder()).await);
    let other = Arc::new(Served::start(builder()).await);
    let swappers = [&other, &served].map(|served| Swappers::start(served, channels, pace));
    let mut stream = served.open("?channel=ticker").await;
    let (begun, mut times) = (Instant::now(), [const { Vec::new() }; 3]);
    for _ in 0..rounds {
        for (kind, times) in times.iter_mut().enumerate() {
            for (number, swappers) in swappers.iter().enumerate() {
                swappers.switch.send_replace(kind == number + 1);
            }
            // Lets the requests end that the turn before has begun.
            sleep(Duration::from_millis(30)).await;
            turn(&served, &mut stream, begun, times).await;
        }
    }
    let swaps = swappers.map(Swappers::end);
    let rate = |swaps| f64::from(u32::try_from(swaps).unwrap()) / (TURN * rounds).as_secs_f64();
    let [without, elsewhere, here] = times.each_mut().map(|times| percentiles(times));
    println!(
        "{CLIENTS} clients swap {channels} channels each, {:.0} and {:.0} times a second:",
        rate(swaps[0]),
        rate(swaps[1]),
    );
    for (name, (p50, p99)) in [
        ("without them", without),
        ("with them at another hub", elsewhere),
        ("with them at the same hub", here),
    ] {
        println!("  {name:<26} p50 {p50:.3} ms, p99 {p99:.3} ms");
    }
    let growth = Growth {
        in_all: here.1 / without.1,
        by_waiting: here.1 / elsewhere.1,
    };
    println!(
        "  p99 at the same hub: ×{:.1} of that without them, ×{:.1} of that with them at another hub",
        growth.in_all, growth.by_waiting
    );
    growth
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
        let Growth { in_all, by_waiting } = measure(1_000, paced, 40).await;
        for channels in [1_000, 10_000] {
            measure(channels, None, 15).await;
        }
        let most = in_all.max(by_waiting);
        assert!(!is_check || most <= MOST, "×{most:.1} is more than ×{MOST}");
    });
}
