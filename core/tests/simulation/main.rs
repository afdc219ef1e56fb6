//! The connection against a model of browsers, servers and networks, on a virtual clock.
//!
//! Each schedule is drawn from a seed: how the connection is set up, which browser and server it
//! meets, and what goes wrong when. It is driven exactly as a browser edge drives it, and after
//! each step the [`rules`] are checked; at the end the world is healthy and the connection has to be
//! as well, or closed for a reason.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_SEED=n` runs the one of
//! that seed and prints what happens.

#[macro_use]
mod coverage;
mod disturbance;
mod marks;
mod native;
mod page;
mod plan;
mod queue;
mod random;
mod rules;
mod runner;
mod server;
mod wire;
mod world;

/// How many schedules a test run goes through unless told otherwise.
const SCHEDULES: u64 = 100_000;

#[test]
fn the_rules_hold_on_every_schedule() {
    runner::check(SCHEDULES, 10_000);
}

#[test]
fn a_seed_is_a_schedule() {
    runner::check_seeds();
}
