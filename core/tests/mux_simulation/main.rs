//! A session of many channels against a model of hubs and plain servers, on a virtual clock.
//!
//! Each schedule is drawn from a seed: which server it meets, when channels are subscribed to and given up,
//! how its subscribers keep up, and what goes wrong when. The session is driven as a browser edge drives it:
//! it gets the bytes of event streams, cut anywhere, and the answers to its requests. The deliveries to each
//! subscriber are checked against the events that the server has published.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_FIRST_SEED=n` from which seed on,
//! and `EVERSTREAM_SEED=n` runs the one of that seed and prints what happens.

#[macro_use]
#[path = "../simulation/coverage.rs"]
mod coverage;
mod disturbance;
#[path = "../hub/mod.rs"]
#[allow(dead_code)] // Shared; some variants never occur here.
mod hub;
mod life;
mod marks;
mod plan;
#[path = "../simulation/queue.rs"]
mod queue;
#[allow(dead_code)] // Shared; some fields are never drawn here.
#[path = "../simulation/random.rs"]
mod random;
#[path = "../simulation/runner.rs"]
mod runner;
mod world;

/// Marks that can't come up here.
const OUT_OF_REACH: [coverage::Mark; 0] = [];

/// The default number of schedules of a test run.
const SCHEDULES: u64 = 100_000;

#[test]
fn the_rules_hold_on_every_schedule() {
    runner::check(SCHEDULES, SCHEDULES);
}

#[test]
fn a_seed_is_a_schedule() {
    runner::check_seeds();
}
