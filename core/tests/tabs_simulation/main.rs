//! Tabs that share one connection against a model of a browser and a server, on a virtual clock.
//!
//! Each schedule is drawn from a seed: how many tabs come and when, which of them close, crash, hang, are
//! frozen or hidden, how long messages are under way, and what the server does. Each tab is a session of its
//! own, driven as a browser edge drives it, and the one that leads has a real connection below it. What is said
//! reaches each tab in the order in which it was said, at a time of its own; with a tab that crashes, what it has
//! said last may be lost for some of the others. What each tab is handed is checked against what the server has
//! published.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_SEED=n` runs the one of that
//! seed and prints what happens.

#[macro_use]
#[path = "../simulation/coverage.rs"]
mod coverage;
mod disturbance;
#[path = "../hub/mod.rs"]
#[allow(dead_code)] // Shared; not everything happens here.
mod hub;
mod life;
mod lock;
mod marks;
mod plan;
#[path = "../simulation/queue.rs"]
mod queue;
#[allow(dead_code)] // Shared; not everything is drawn here.
#[path = "../simulation/random.rs"]
mod random;
#[path = "../simulation/runner.rs"]
mod runner;
mod world;

use coverage::Mark;

/// One stream is shared, and not channels.
const HAS_CHANNELS: bool = false;

/// What can't come up here.
const OUT_OF_REACH: [Mark; 6] = [
    Mark::ChannelEnded,
    Mark::Restarted,
    Mark::Successor,
    Mark::SetByControl,
    Mark::LeaderHadRequest,
    Mark::RequestHung,
];

/// How many schedules a test run goes through unless told otherwise.
const SCHEDULES: u64 = 200_000;

#[test]
fn the_rules_hold_on_every_schedule() {
    runner::check(SCHEDULES, SCHEDULES);
}

#[test]
fn a_seed_is_a_schedule() {
    runner::check_seeds();
}
