//! Runs many schedules on all cores, or one schedule with a trace.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::coverage::Coverage;
use crate::world::{Outcome, World};

/// How often each mark must come up. A mark that comes up once or twice would be missing from other seeds.
const FLOOR: u64 = 5;

/// Runs the number of schedules that the environment sets, `usual` by default, or prints one. The first seed is
/// 0, so that a test run finds what it found before, unless the environment sets another, as `cargo xtask soak`
/// does at each run.
///
/// From `enough` schedules on, each mark must come up often: a rule that is rarely put to the test holds for the
/// wrong reason.
pub(crate) fn check(usual: u64, enough: u64) {
    if let Some(seed) = number("EVERSTREAM_SEED") {
        replay(seed);
        return;
    }
    let count = number("EVERSTREAM_SCHEDULES").unwrap_or(usual);
    let first = number("EVERSTREAM_FIRST_SEED").unwrap_or(0);
    let coverage = run(first, count);
    println!("{count} schedules from seed {first}: {coverage}");
    if count >= enough {
        assert_eq!(coverage.below(FLOOR), crate::OUT_OF_REACH);
    }
}

/// Checks that a seed draws the same schedule each time.
pub(crate) fn check_seeds() {
    for seed in 0..50 {
        let first = World::new(seed).recording().run();
        let second = World::new(seed).recording().run();
        assert_eq!(first.trace, second.trace);
    }
}

/// Returns a number from the environment.
fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is not a number: {value}")),
    )
}

/// Runs as many schedules, each of the next seed. Panics with the seed of a broken rule.
fn run(first: u64, count: u64) -> Coverage {
    let next = AtomicU64::new(first);
    let stop = AtomicBool::new(false);
    let coverage = Mutex::new(Coverage::default());
    let broken = Mutex::new(None);
    let work = || {
        let mut reached = Coverage::default();
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed - first >= count {
                break;
            }
            match attempt(seed) {
                Ok(of_seed) => reached.add(&of_seed),
                Err(violation) => {
                    stop.store(true, Ordering::Relaxed);
                    *lock(&broken) = Some((seed, violation));
                }
            }
        }
        lock(&coverage).add(&reached);
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    if let Some((seed, violation)) = lock(&broken).take() {
        panic!("seed {seed}: {violation}\n(EVERSTREAM_SEED={seed} shows what happens)");
    }
    coverage
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// Runs one schedule and prints it.
fn replay(seed: u64) {
    let Outcome {
        violation, trace, ..
    } = World::new(seed).recording().run();
    for line in trace {
        println!("{line}");
    }
    if let Some(violation) = violation {
        panic!("seed {seed}: {violation}");
    }
}

/// Runs a schedule. A panic in the connection also counts as a broken rule.
fn attempt(seed: u64) -> Result<Coverage, String> {
    let run = AssertUnwindSafe(|| World::new(seed).run());
    match catch_unwind(run) {
        Ok(Outcome {
            violation: Some(violation),
            ..
        }) => Err(violation),
        Ok(outcome) => Ok(outcome.coverage),
        Err(panic) => Err(format!("a panic: {}", message(&*panic))),
    }
}

fn message(panic: &dyn Any) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
