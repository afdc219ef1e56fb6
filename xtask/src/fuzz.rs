//! `cargo xtask fuzz`: the parser, the machines of the core and the hub on arbitrary input.

use std::env;
use std::fs;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{cargo_tools, process, system};

/// The targets, which run one after the other so that each has its full time.
const TARGETS: [&str; 5] = ["parser", "connection", "mux", "tabs", "hub"];

/// The duration and the target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Campaign {
    pub(crate) seconds: u32,
    /// The target; all if `None`.
    pub(crate) target: Option<&'static str>,
}

impl Default for Campaign {
    fn default() -> Self {
        Self {
            seconds: 300,
            target: None,
        }
    }
}

/// Returns the target of that name.
pub(crate) fn target(name: &str) -> Result<&'static str, String> {
    TARGETS
        .into_iter()
        .find(|target| *target == name)
        .ok_or_else(|| format!("there is no such target, only {}", TARGETS.join(", ")))
}

/// Fuzzes until the time is over. A finding is an error.
pub(crate) fn run(workspace: &Workspace, campaign: &Campaign) -> Result<ExitCode> {
    cpp_compiler(workspace)?;
    cargo_tools::cargo_fuzz(workspace)?;
    for target in TARGETS {
        if campaign.target.is_none_or(|only| only == target) {
            fuzz(workspace, target, campaign.seconds)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn fuzz(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    println!("\n*** {target}, {seconds} s");
    // libFuzzer adds to the first corpus only, so the one in the repository stays small.
    let build = workspace.target.join("fuzz");
    let corpus = build.join("corpus").join(target);
    fs::create_dir_all(&corpus)?;
    process::run(
        workspace
            .cargo()
            // In safe Rust, a sanitizer would find little and cost much speed. Without one, the stable
            // toolchain suffices.
            .args(["fuzz", "run", "--sanitizer", "none", "--target-dir"])
            .arg(build)
            .arg(target)
            .arg(corpus)
            .arg(workspace.root.join("fuzz/corpus").join(target))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            // Short inputs run faster, and longer ones show nothing new.
            .arg("-max_len=512")
            .arg(format!("-dict={}", dictionary(target)))
            .arg("-print_final_stats=1"),
    )
}

/// Returns the dictionary of the target's input format.
fn dictionary(target: &str) -> &'static str {
    match target {
        "parser" | "connection" => "fuzz/event-stream.dict",
        _ => "fuzz/multiplexer.dict",
    }
}

/// Ensures a C++ compiler, since libFuzzer is compiled from C++.
fn cpp_compiler(workspace: &Workspace) -> Result<()> {
    let is_present = || env::var_os("CXX").is_some() || workspace.find("c++").is_some();
    if !is_present() {
        system::install(workspace, &["g++"]);
    }
    if !is_present() {
        bail!("a C++ compiler is missing: install one as `c++`, or name it in CXX");
    }
    Ok(())
}
