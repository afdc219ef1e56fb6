//! `cargo xtask bench`: the same benchmarks natively and as wasm.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, process};

const PACKAGE: &str = "everstream-bench";

/// Runs the benchmarks, first natively, then under Node.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    if workspace.find("node").is_none() {
        bail!("Node is missing: install Node 20 or later");
    }
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;

    process::run(
        workspace
            .cargo()
            .args(["run", "--release", "--package", PACKAGE]),
    )?;

    // What is measured is the profile that ships.
    process::run(
        workspace
            .cargo()
            .args(["build", "--lib", "--package", PACKAGE])
            .args(["--profile", "wasm", "--target", WASM]),
    )?;
    let module = workspace
        .target
        .join(WASM)
        .join("wasm/everstream_bench.wasm");
    let bindings = workspace.target.join("bench");
    process::run(
        workspace
            .command("wasm-bindgen")
            .args(["--target", "nodejs", "--out-dir"])
            .arg(&bindings)
            .arg(module),
    )?;
    process::run(
        workspace
            .command("node")
            .arg("benches/run.mjs")
            .arg(bindings.join("everstream_bench.js")),
    )?;
    Ok(ExitCode::SUCCESS)
}
