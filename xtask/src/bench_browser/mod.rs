//! `cargo xtask bench --browser`: the library under load in real browsers, beside others.
//! `cargo xtask bench --tabs`: the cost of sharing a connection.

mod cpu;
mod http;
mod owed;
mod plan;
mod results;
mod server;
mod site;
mod table;
mod tabs;
mod webdriver;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::browsers::{self, Browser};
use crate::workspace::Workspace;
use crate::{cargo_tools, process};

use cpu::Reading;
use plan::{Reader, WORKLOADS, Workload};
use results::{Results, Sample};
use server::Server;
use table::Table;
pub(crate) use tabs::run as run_tabs;
use webdriver::Session;

/// The default number of rounds.
const ROUNDS: NonZeroUsize = NonZeroUsize::new(5).unwrap();

/// The options from the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The browsers to measure in; all if empty.
    pub(crate) browsers: Vec<Browser>,
    /// How often each reader is measured.
    pub(crate) rounds: NonZeroUsize,
    /// Whether a figure that misses its promise is a failure.
    pub(crate) check: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            browsers: Vec::new(),
            rounds: ROUNDS,
            check: false,
        }
    }
}

/// Measures and prints a table for each browser.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let (browsers, server) = set_up(workspace, options)?;
    let mut all_pass = true;
    for &browser in browsers {
        let session = Session::open(workspace, browser)?;
        let results = measure(&session, &server.origin, options.rounds.get())?;
        println!(
            "\n{}, medians of {} rounds\n{}",
            session.browser,
            options.rounds,
            Table(&results)
        );
        for verdict in owed::verdicts(browser, &results) {
            all_pass &= verdict.passes();
            println!("{verdict}");
        }
    }
    Ok(if all_pass || !options.check {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Sets the benchmarks up. Returns the browsers to measure in, and the server.
fn set_up<'o>(workspace: &Workspace, options: &'o Options) -> Result<(&'o [Browser], Server)> {
    let browsers = match &options.browsers[..] {
        [] => &[Browser::Chromium, Browser::Firefox],
        chosen => chosen,
    };
    browsers::install_missing(workspace, browsers);
    for browser in browsers {
        browser.set_up(workspace)?;
    }
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    let site = site::build(workspace)?;
    Ok((browsers, Server::start(workspace, &site)?))
}

fn measure(session: &Session, origin: &str, rounds: usize) -> Result<Results> {
    let mut results = Results::default();
    for round in 0..rounds {
        for workload in &WORKLOADS {
            let mut sum = None;
            for reader in plan::order(round) {
                ensure!(!process::interrupted(), "interrupted");
                let sample = run_once(session, origin, workload, reader)?;
                ensure!(
                    sample.count == workload.events()
                        && *sum.get_or_insert(sample.sum.to_bits()) == sample.sum.to_bits(),
                    "{} has not read everything of {:?}: {sample:?}",
                    reader.0,
                    workload.title,
                );
                results.add(workload, reader, sample);
            }
        }
        eprintln!("{}: round {} of {rounds}", session.browser, round + 1);
    }
    Ok(results)
}

/// Runs a task once in a new page.
fn run_once(
    session: &Session,
    origin: &str,
    workload: &Workload,
    reader: Reader,
) -> Result<Sample> {
    // A visit to another site makes the browser release what the previous page left behind.
    session.go_to("about:blank")?;
    session.go_to(origin)?;
    let before = Reading::of(session.process)?;
    let told = session.call("run", &workload.task(reader))?;
    let cpu = Reading::of(session.process)?.since(&before);
    let sample: Sample = serde_json::from_value(told)?;
    Ok(Sample { cpu, ..sample })
}
