//! Tabs that share channels over one connection against a model of a browser and a hub, on a virtual clock.
//!
//! Each schedule is drawn from a seed: how many tabs come and when, which of them close, crash, hang, are
//! frozen or hidden, which channels they ask for, how long messages are under way, and what the hub does. Each
//! tab is a session of its own, driven as a browser edge drives it, and the one that leads has a real
//! multiplexer below it, with its connections and control requests. What is said
//! reaches each tab in the order in which it was said, at a time of its own; with a tab that crashes, what it has
//! said last may be lost for some of the others. What each tab is handed is checked against what the server has
//! published.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_SEED=n` runs the one of that
//! seed and prints what happens.

#[macro_use]
#[path = "../simulation/coverage.rs"]
mod coverage;
#[path = "../tabs_simulation/disturbance.rs"]
mod disturbance;
#[path = "../hub/mod.rs"]
#[allow(dead_code)] // Shared; not everything happens here.
mod hub;
#[path = "../tabs_simulation/life.rs"]
mod life;
#[path = "../tabs_simulation/lock.rs"]
mod lock;
#[path = "../tabs_simulation/marks.rs"]
mod marks;
#[path = "../tabs_simulation/plan.rs"]
mod plan;
#[path = "../simulation/queue.rs"]
mod queue;
#[allow(dead_code)] // Shared; not everything is drawn here.
#[path = "../simulation/random.rs"]
mod random;
#[path = "../simulation/runner.rs"]
mod runner;
#[path = "../tabs_simulation/world/mod.rs"]
mod world;

use coverage::Mark;

/// Channels are shared, and not one stream.
const HAS_CHANNELS: bool = true;

/// What can't come up here: channels have no position of their own to begin behind.
const OUT_OF_REACH: [Mark; 1] = [Mark::BegunBehind];

/// How many schedules a test run goes through unless told otherwise.
const SCHEDULES: u64 = 100_000;

#[test]
fn the_rules_hold_on_every_schedule() {
    runner::check(SCHEDULES, SCHEDULES);
}

#[test]
fn a_seed_is_a_schedule() {
    runner::check_seeds();
}
