//! `cargo xtask lint`: what the compiler's companions have to say, as errors.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, example, hooks, hydration, process, servers, size};

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
        cargo.args(["--features", "everstream/npm-tabs"]);
        exclude_programs(cargo);
    })?;
    // Each framework by itself, as its users have it, and the smaller of the npm package's cores.
    for feature in ["leptos", "yew", "npm"] {
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
            "everstream/npm-mux",
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
    for features in ["", hydration::ISLANDS] {
        clippy(workspace, |cargo| {
            cargo.args(["--target", WASM, "--package", hydration::PACKAGE]);
            cargo.args(["--features", features]);
        })?;
    }
    for framework in size::FRAMEWORKS {
        let package = size::package(framework);
        for source in size::SOURCES {
            clippy(workspace, |cargo| {
                cargo.args(["--target", WASM, "--package", &package]);
                cargo.args(["--features", source]);
            })?;
        }
    }
    let mut doc = workspace.cargo();
    doc.args(["doc", "--workspace", "--no-deps"]);
    exclude_programs(&mut doc);
    process::run(
        doc.envs(servers::usual_addresses())
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing of the examples, nor of what is only weighed, runs outside of a browser.
fn exclude_programs(cargo: &mut Command) {
    let examples = example::ALL.map(example::package);
    let weighed = size::FRAMEWORKS.map(size::package);
    for package in examples.iter().chain(&weighed) {
        cargo.args(["--exclude", package]);
    }
}

fn clippy(workspace: &Workspace, select: impl FnOnce(&mut Command)) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.arg("clippy").envs(servers::usual_addresses());
    select(&mut cargo);
    process::run(cargo.args(["--", "-D", "warnings"]))
}
