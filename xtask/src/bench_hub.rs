//! `cargo xtask bench --hub`: the hub's fan-out, beside better-sse on Node.

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{node, process};

const PACKAGE: &str = "everstream-fanout";

/// The better-sse server and its dependencies.
const APP: &str = "benches/fanout/better-sse";

/// Measures and prints a table. With `check`, a broken promise is an error.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<ExitCode> {
    let packages = workspace.target.join("better-sse");
    node::packages(workspace, APP, &packages)?;
    let mut bench = workspace.cargo();
    bench
        .args(["run", "--release", "--package", PACKAGE, "--"])
        .args(check.then_some("--check"))
        .arg(workspace.root.join(APP).join("server.js"))
        // Node would look for the packages beside the script.
        .env("NODE_PATH", packages.join("node_modules"));
    process::run(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}
