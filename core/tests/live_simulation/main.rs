//! A live state against a model of a database, a log, a network and a writer, on a virtual clock.
//!
//! Each schedule is drawn from a seed: what the server knows about the order of its events, when it writes,
//! how long everything takes, and what goes wrong when: connections are cut, logs are lost, loads fail, hang
//! or answer with older data, and events can't be applied. What is shown is compared with what the server has
//! written.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_FIRST_SEED=n` from which seed on,
//! and `EVERSTREAM_SEED=n` runs the one of that seed and prints what happens.

#[macro_use]
#[path = "../simulation/coverage.rs"]
mod coverage;
mod marks;
mod plan;
#[path = "../simulation/queue.rs"]
mod queue;
#[allow(dead_code)] // Shared; some functions are never called here.
#[path = "../simulation/random.rs"]
mod random;
#[path = "../simulation/runner.rs"]
mod runner;
mod server;
mod world;

/// Marks that can't come up here.
const OUT_OF_REACH: [coverage::Mark; 0] = [];

/// The default number of schedules of a test run.
const SCHEDULES: u64 = 200_000;

#[test]
fn the_rules_hold_on_every_schedule() {
    runner::check(SCHEDULES, SCHEDULES);
}

#[test]
fn a_seed_is_a_schedule() {
    runner::check_seeds();
}
