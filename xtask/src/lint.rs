//! `cargo xtask lint`: what the compiler's companions have to say, as errors.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, process, servers};

/// Checks formatting, then clippy for both targets, then the documentation.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::lint_components(workspace)?;

    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    clippy(workspace, |cargo| {
        cargo.args(["--workspace", "--all-targets"]);
    })?;
    // The library's own tests are native, and so are the crates that only they use.
    clippy(workspace, |cargo| {
        cargo.args([
            "--target",
            WASM,
            "--package",
            "everstream",
            "--package",
            "everstream-demo",
            "--package",
            "everstream-e2e-page",
        ]);
    })?;
    clippy(workspace, |cargo| {
        cargo.args([
            "--target",
            WASM,
            "--package",
            "everstream-browser-tests",
            "--all-targets",
        ]);
    })?;
    process::run(
        workspace
            .cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .envs(servers::usual_addresses())
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn clippy(workspace: &Workspace, select: impl FnOnce(&mut Command)) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.arg("clippy").envs(servers::usual_addresses());
    select(&mut cargo);
    process::run(cargo.args(["--", "-D", "warnings"]))
}
