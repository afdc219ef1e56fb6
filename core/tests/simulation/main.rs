//! A session of one connection against a model of browsers, servers and networks, on a virtual clock.
//!
//! Each schedule is drawn from a seed: how the session is set up, which browser and server it meets, how
//! its subscribers keep up, and what goes wrong when. The session is driven as a browser edge drives it,
//! through [`Session`](everstream_core::session::Session) alone, and after each step the [`rules`] are
//! checked. At the end the world is healthy, and the session has to be open, or closed for a reason.
//!
//! `EVERSTREAM_SCHEDULES=n` sets how many schedules are run, `EVERSTREAM_FIRST_SEED=n` from which seed on,
//! and `EVERSTREAM_SEED=n` runs the one of that seed and prints what happens.

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

/// Marks that can't come up here.
const OUT_OF_REACH: [coverage::Mark; 0] = [];

/// The default number of schedules of a test run.
const SCHEDULES: u64 = 100_000;

#[test]
fn the_rules_hold_on_every_schedule() {
    runner::check(SCHEDULES, 10_000);
}

#[test]
fn a_seed_is_a_schedule() {
    runner::check_seeds();
}
