//! `cargo xtask bench`: the same benchmarks natively and as wasm.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, process};

const PACKAGE: &str = "everstream-bench";

/// The profile that ships, then one for applications that prefer speed to size. Each applies to all libraries
/// in the comparison.
const PROFILES: [&str; 2] = ["wasm", FAST];
const FAST: &str = "wasm-fast";

/// Runs the benchmarks natively, then under Node. With `check`, a broken promise is an error. The promises
/// concern speed, so they don't apply to the profile built for size.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<ExitCode> {
    if workspace.find("node").is_none() {
        bail!("Node is missing: install Node 20 or later");
    }
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;

    println!("Natively:\n");
    let mut native = workspace.cargo();
    native.args(["run", "--release", "--package", PACKAGE]);
    if check {
        native.args(["--", "--check"]);
    }
    process::run(&mut native)?;
    for profile in PROFILES {
        println!("As WebAssembly, built with the profile `{profile}`:\n");
        under_node(workspace, profile, check && profile == FAST)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn under_node(workspace: &Workspace, profile: &str, check: bool) -> Result<()> {
    process::run(
        workspace
            .cargo()
            .args(["build", "--lib", "--package", PACKAGE])
            .args(["--profile", profile, "--target", WASM]),
    )?;
    let built = workspace.target.join(WASM).join(profile);
    let bindings = workspace.target.join("bench").join(profile);
    process::run(
        workspace
            .command("wasm-bindgen")
            .args(["--target", "nodejs", "--out-dir"])
            .arg(&bindings)
            .arg(built.join("everstream_bench.wasm")),
    )?;
    let mut node = workspace.command("node");
    node.arg("benches/run.mjs")
        .arg(bindings.join("everstream_bench.js"));
    if check {
        node.arg("--check");
    }
    process::run(&mut node)
}
