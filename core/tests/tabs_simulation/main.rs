//! Tabs that share one connection against a model of a browser and a server, on a virtual clock.
//!
//! Each schedule is drawn from a seed: when tabs open, which of them close, crash, hang, are frozen or
//! hidden, how long messages take, and what the server does. Each tab drives a session of its own as a
//! browser edge does. The leader has a real connection below it. Messages reach each tab in the order of
//! sending, at a time of its own. The last messages of a crashing tab may be lost for some of the others. The
//! deliveries to each tab are checked against the events that the server has published.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_SEED=n` runs the one of that seed
//! and prints what happens.

#[macro_use]
#[path = "../simulation/coverage.rs"]
mod coverage;
mod disturbance;
#[path = "../hub/mod.rs"]
#[allow(dead_code)] // Shared; some variants never occur here.
mod hub;
mod life;
mod lock;
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

use coverage::Mark;

/// The tabs share one stream rather than channels.
const HAS_CHANNELS: bool = false;

/// Marks that can't come up here.
const OUT_OF_REACH: [Mark; 10] = [
    Mark::ChannelEnded,
    Mark::Restarted,
    Mark::Successor,
    Mark::SetByControl,
    Mark::LeaderHadRequest,
    Mark::RequestHung,
    Mark::BegunFromOwnLog,
    Mark::BegunFromLeadersLog,
    Mark::BegunWithGap,
    Mark::BegunByServer,
];

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
