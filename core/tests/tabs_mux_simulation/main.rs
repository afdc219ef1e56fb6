//! Tabs that share channels over one connection against a model of a browser and a hub, on a virtual clock.
//!
//! Each schedule is drawn from a seed: when tabs open, which of them close, crash, hang, are frozen or
//! hidden, and which channels they request. The seed also draws how long messages take, and what the hub
//! does. Each tab drives a session of its own as a browser edge does. The leader has a real multiplexer below
//! it, with its connections and control requests. Messages reach each tab in the order of sending, at a time
//! of its own. The last messages of a crashing tab may be lost for some of the others. The deliveries to each
//! tab are checked against the events that the server has published.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_FIRST_SEED=n` from which seed on,
//! and `EVERSTREAM_SEED=n` runs the one of that seed and prints what happens.

#[macro_use]
#[path = "../simulation/coverage.rs"]
mod coverage;
#[path = "../tabs_simulation/disturbance.rs"]
mod disturbance;
#[path = "../hub/mod.rs"]
#[allow(dead_code)] // Shared; some variants never occur here.
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
#[allow(dead_code)] // Shared; some fields are never drawn here.
#[path = "../simulation/random.rs"]
mod random;
#[path = "../simulation/runner.rs"]
mod runner;
#[path = "../tabs_simulation/world/mod.rs"]
mod world;

use coverage::Mark;

/// The tabs share channels rather than one stream.
const HAS_CHANNELS: bool = true;

/// Marks that can't come up here: channels have no position of their own to begin behind.
const OUT_OF_REACH: [Mark; 1] = [Mark::BegunBehind];

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
