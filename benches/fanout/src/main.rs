//! A comparison of the hub with better-sse on Node: how fast each event reaches all connections of a channel,
//! and what a connection costs.
//!
//! Each server is a process of its own, a new one for each number of connections. This process opens the
//! connections, has events published, and counts the arrivals.

mod contender;
mod crowd;
mod figures;
mod hub;
mod measure;
mod process;
#[path = "../../src/table.rs"]
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::runtime;

use contender::Contender;
use figures::Report;

const HELP: &str = "\
Usage: everstream-fanout [--check] SCRIPT
       everstream-fanout --serve-hub

  SCRIPT       The server in `better-sse/server.js`, for which NODE_PATH leads to its package
  --check      Exit with 1 where a promise does not hold
  --serve-hub  Be the hub that is measured
";

/// The numbers of connections.
const SIZES: [usize; 2] = [1_000, 10_000];

/// Open files besides the connections: the executable, the listener, and those of the runtime.
const OTHER_FILES: u64 = 100;

fn main() -> Result<ExitCode> {
    allow_connections()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--serve-hub"] => {
            let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(hub::serve())?;
            Ok(ExitCode::SUCCESS)
        }
        ["--check", script] if !script.starts_with('-') => compare(script, true),
        [script] if !script.starts_with('-') => compare(script, false),
        _ => {
            eprint!("{HELP}");
            Ok(ExitCode::from(2))
        }
    }
}

fn compare(script: &str, check: bool) -> Result<ExitCode> {
    // A single thread leaves the rest of the machine to the servers.
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::default();
    for connections in SIZES {
        for contender in [Contender::Hub, Contender::BetterSse(script)] {
            let figures = runtime.block_on(measure::run(contender, connections));
            let figures = figures
                .with_context(|| format!("{} with {connections} connections", contender.name()))?;
            report.add(connections, contender.name(), figures);
        }
    }
    let holds = report.print(&mut |line| println!("{line}"));
    Ok(if holds || !check {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Raises the number of files that this process and its children may have open.
fn allow_connections() -> Result<()> {
    let most = SIZES.into_iter().max().unwrap_or_default() as u64 + OTHER_FILES;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= most) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|maximum| maximum < most) {
        bail!("a process may have too few files open here: `ulimit -Hn {most}` allows enough");
    }
    limit.current = Some(most);
    setrlimit(Resource::Nofile, limit).context("cannot raise the limit of open files")
}
