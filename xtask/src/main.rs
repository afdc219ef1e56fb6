//! The project's commands, each of which sets up what it needs: `cargo xtask --help`.
//!
//! The commands end their children by process group, so they need a Unix.

mod ahead;
mod bench;
mod bench_browser;
mod bench_hub;
mod beside;
mod browser_tests;
mod browsers;
mod cargo_tools;
mod cli;
mod demo;
mod docs;
mod e2e;
mod example;
mod fuzz;
mod hooks;
mod hydration;
mod java;
mod lint;
mod mutants;
mod nginx;
mod node;
mod npm;
mod output;
mod process;
mod published;
mod python;
mod readme;
mod redis;
mod release;
mod report;
mod servers;
mod service;
mod size;
mod soak;
mod stopwatch;
mod system;
mod test;
mod test_servers;
mod workspace;
mod xvfb;

use std::process::ExitCode;

use anyhow::Result;

use cli::Task;
use workspace::Workspace;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(_) if process::interrupted() => {
            eprintln!("interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let task = match cli::parse(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("error: {error}\n\n{}", cli::HELP);
            return Ok(ExitCode::from(2));
        }
    };
    if let Task::Help = task {
        print!("{}", cli::HELP);
        return Ok(ExitCode::SUCCESS);
    }

    process::end_children_on_interrupt()?;
    let workspace = Workspace::locate()?;
    match task {
        Task::Help => Ok(ExitCode::SUCCESS),
        Task::Demo { port } => demo::run(&workspace, port),
        Task::Example { name, port } => example::run(&workspace, name, port),
        Task::Build => npm::build(&workspace).map(|_| ExitCode::SUCCESS),
        Task::Test(selection) => test::run(&workspace, &selection),
        Task::Bench { check } => bench::run(&workspace, check),
        Task::BenchHub { check } => bench_hub::run(&workspace, check),
        Task::BenchTabs(options) => bench_browser::run_tabs(&workspace, &options),
        Task::BenchBrowser(options) => bench_browser::run(&workspace, &options),
        Task::BenchNpm {
            part,
            rounds,
            check,
        } => npm::bench(&workspace, part, rounds, check),
        Task::Size => size::run(&workspace),
        Task::Soak => soak::run(&workspace),
        Task::Mutants(filter) => mutants::run(&workspace, filter.as_deref()),
        Task::Lint => lint::run(&workspace),
        Task::Docs => docs::run(&workspace),
        Task::Package => published::package(&workspace),
        Task::Semver { baseline } => published::semver(&workspace, &baseline),
        Task::Release => release::rehearse(&workspace),
        Task::Fuzz(campaign) => fuzz::run(&workspace, &campaign),
    }
}
