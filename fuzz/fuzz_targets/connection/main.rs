//! Any inputs in any order at any time: the connection core never panics, and its outputs make sense.

#![no_main]

mod delivery;
mod edge;
#[path = "../../../core/tests/parse/reference.rs"]
mod reference;
mod rules;
#[path = "../../../core/tests/parse/run.rs"]
#[expect(
    dead_code,
    reason = "the reference model needs no more of it than the outcome"
)]
mod run;
mod schedule;

use libfuzzer_sys::fuzz_target;

use edge::Edge;
use schedule::Schedule;

fuzz_target!(|schedule: Schedule<'_>| {
    let mut edge = Edge::new(&schedule);
    for step in &schedule.steps {
        edge.take(step);
    }
});
