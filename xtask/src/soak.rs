//! `cargo xtask soak`: long tests for faults that appear only after a long time.

use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use anyhow::Result;

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{e2e, redis};

/// At least five times as many schedules as `cargo xtask test` runs.
const SCHEDULES: &str = "1000000";

/// The simulations: of a connection, of channels, and of tabs that share either.
const SIMULATIONS: [&str; 4] = [
    "simulation",
    "mux_simulation",
    "tabs_simulation",
    "tabs_mux_simulation",
];

/// The hub's simulation and a long test, which are among its own tests and need a Redis.
const HUB: [&str; 2] = ["hub::simulation", "a_redis_paused_for_twenty_seconds"];

/// Returns a seed that no earlier run has begun at, so that each run tries other schedules.
fn first_seed() -> Result<String> {
    let now = UNIX_EPOCH.elapsed()?;
    Ok(now.as_millis().to_string())
}

/// Runs all soak tests and reports.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut report = Report::new();
    let first = first_seed()?;
    println!("the first seed is {first}");
    for simulation in SIMULATIONS {
        let mut cargo = workspace.cargo();
        cargo
            .args(["test", "--package", "everstream-core", "--test", simulation])
            .env("EVERSTREAM_FIRST_SEED", &first)
            .env("EVERSTREAM_SCHEDULES", SCHEDULES);
        report.run(simulation, cargo, false)?;
    }
    for tests in HUB {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--package", "everstream-server"]);
        if !redis::include(workspace, &mut cargo, &mut report) {
            break;
        }
        cargo
            .args(["--", "--include-ignored", tests])
            .env("EVERSTREAM_SCHEDULES", SCHEDULES);
        report.run(tests, cargo, false)?;
    }
    e2e::run(workspace, e2e::Part::Soak, None, &mut report)?;
    println!("\n{report}");
    Ok(report.exit_code())
}
