//! Hubs on a shared log, with everything that may go wrong, in every order.
//!
//! Each schedule is made from its seed: nodes, clients and a log of one of several kinds ([`schedule`]). The
//! nodes are what ships, from the request to the frames: the routes' own functions, the switchboard, the
//! stream of a connection. Only two parts are models: the log behind them ([`world`]), and the clients, which
//! check each frame ([`client`]). Every future is polled by hand, so that anything may happen between two of
//! its steps.
//!
//! `EVERSTREAM_SEED` runs one schedule and prints what happens. `EVERSTREAM_SCHEDULES` sets how many are run,
//! `EVERSTREAM_FIRST_SEED` with which the first begins.

mod client;
mod fault;
mod log;
mod node;
mod player;
mod random;
mod schedule;
mod track;
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;

use self::schedule::{Schedule, Weather};

/// How many schedules are run unless it is set, and how many a runtime lasts for.
const SCHEDULES: usize = 100_000;
const BATCH: usize = 100;

/// Counts of what was done in all schedules, so that schedules that do nothing are noticed.
#[derive(Debug, Default)]
struct Coverage {
    delivered: AtomicUsize,
    gaps: AtomicUsize,
    opens: AtomicUsize,
    changes: AtomicUsize,
    forwarded: AtomicUsize,
    revocations: AtomicUsize,
    restores: AtomicUsize,
    poisons: AtomicUsize,
    replies: AtomicUsize,
    kills: AtomicUsize,
    calm: AtomicUsize,
    noisy: AtomicUsize,
    noisy_gaps: AtomicUsize,
    archived: AtomicUsize,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn run_batch(seeds: impl Iterator<Item = u64>, is_looked_at: bool, coverage: &Coverage) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let all = async {
        for seed in seeds {
            let schedule = std::panic::AssertUnwindSafe(async {
                let mut schedule = Schedule::new(seed);
                schedule.common.world.lock().is_looked_at = is_looked_at;
                match schedule.weather {
                    Weather::Calm => count(&coverage.calm),
                    Weather::Noisy => count(&coverage.noisy),
                    Weather::Rough => {}
                }
                schedule.run(coverage).await;
            });
            let ran = schedule.catch_unwind().await;
            if let Err(panic) = ran {
                eprintln!("EVERSTREAM_SEED={seed} fails");
                std::panic::resume_unwind(panic);
            }
        }
    };
    runtime.block_on(tokio::task::unconstrained(all));
}

#[test]
fn nothing_is_lost_repeated_or_shown_to_others_whatever_happens() {
    let variable = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|value| value.parse::<u64>().unwrap())
    };
    let coverage = Coverage::default();
    if let Some(seed) = variable("EVERSTREAM_SEED") {
        return run_batch(std::iter::once(seed), true, &coverage);
    }
    // Each run begins at another seed, which is printed, unless it is named.
    let first = variable("EVERSTREAM_FIRST_SEED")
        .unwrap_or_else(|| u64::from_str_radix(&crate::random::name()[..12], 16).unwrap());
    let schedules =
        variable("EVERSTREAM_SCHEDULES").map_or(SCHEDULES, |n| usize::try_from(n).unwrap());
    println!("{schedules} schedules from EVERSTREAM_FIRST_SEED={first} on");
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let begin = next.fetch_add(BATCH, Ordering::Relaxed);
                    if begin >= schedules {
                        return;
                    }
                    let seeds = begin..(begin + BATCH).min(schedules);
                    run_batch(
                        seeds.map(|seed| first.wrapping_add(seed as u64)),
                        false,
                        &coverage,
                    );
                }
            });
        }
    });
    println!("{coverage:?}");
    // The least counts are those of a thousand schedules.
    for (name, counter, least) in [
        ("delivered", &coverage.delivered, 5_000),
        ("gaps", &coverage.gaps, 200),
        ("opens", &coverage.opens, 2_000),
        ("changes", &coverage.changes, 1_000),
        ("forwarded", &coverage.forwarded, 100),
        ("revocations", &coverage.revocations, 100),
        ("restores", &coverage.restores, 50),
        ("poisons", &coverage.poisons, 50),
        ("replies", &coverage.replies, 200),
        ("kills", &coverage.kills, 50),
        ("calm", &coverage.calm, 100),
        ("noisy", &coverage.noisy, 100),
        ("noisy_gaps", &coverage.noisy_gaps, 10),
        ("archived", &coverage.archived, 500),
    ] {
        let counted = counter.load(Ordering::Relaxed);
        assert!(counted * 1_000 >= least * schedules, "{name}: {counted}");
    }
}
