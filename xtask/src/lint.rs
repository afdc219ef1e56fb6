//! `cargo xtask lint`: what the compiler's companions have to say, as errors.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, example, hooks, process, servers};

/// Checks formatting, then clippy for both targets, then the documentation.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::lint_components(workspace)?;

    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    // No member of the workspace: it needs a nightly compiler, but no formatter of its own.
    process::run(
        workspace
            .cargo()
            .args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]),
    )?;
    clippy(workspace, |cargo| {
        cargo.args(["--workspace", "--all-targets"]);
        cargo.args(["--features", "everstream/npm-mux"]);
        exclude_examples(cargo);
    })?;
    // Each framework by itself, as its users have it.
    for feature in ["leptos", "yew"] {
        clippy(workspace, |cargo| {
            cargo.args(["--target", WASM, "--package", "everstream"]);
            cargo.args(["--features", feature]);
        })?;
    }
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
            "--features",
            "everstream/npm",
        ]);
        for name in example::ALL {
            cargo.arg("--package").arg(example::package(name));
        }
    })?;
    clippy(workspace, |cargo| {
        cargo.args([
            "--target",
            WASM,
            "--package",
            "everstream-browser-tests",
            "--package",
            hooks::TESTS,
            "--all-targets",
        ]);
    })?;
    let mut doc = workspace.cargo();
    doc.args(["doc", "--workspace", "--no-deps"]);
    exclude_examples(&mut doc);
    process::run(
        doc.envs(servers::usual_addresses())
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing of the examples runs outside of a browser.
fn exclude_examples(cargo: &mut Command) {
    for name in example::ALL {
        cargo.arg("--exclude").arg(example::package(name));
    }
}

fn clippy(workspace: &Workspace, select: impl FnOnce(&mut Command)) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.arg("clippy").envs(servers::usual_addresses());
    select(&mut cargo);
    process::run(cargo.args(["--", "-D", "warnings"]))
}
