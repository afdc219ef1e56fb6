//! Tools that rustup and cargo install.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::{WASM, Workspace};

/// The version to install if there is none. Any version on `PATH` is accepted.
const WASM_PACK: &str = "0.15.1";
const GECKODRIVER: &str = "0.37.1";
const CARGO_FUZZ: &str = "0.13.2";
const SEMVER_CHECKS: &str = "0.51.0";

/// Adds the wasm target to the toolchain in use.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    if is_in_toolchain(workspace, &["rustc"], WASM) {
        return Ok(());
    }
    process::run(workspace.command("rustup").args(["target", "add", WASM]))
        .with_context(|| format!("the {WASM} target is missing: install it with rustup"))
}

/// Adds the source of the standard library to the toolchain in use.
pub(crate) fn std_source(workspace: &Workspace) -> Result<()> {
    if is_in_toolchain(workspace, &["rustc"], "src/rust/library/std") {
        return Ok(());
    }
    process::run(workspace.command("rustup").args(["component", "add", "rust-src"]))
        .context("the source of the standard library is missing: install it with `rustup component add rust-src`")
}

/// Returns whether a compiler's toolchain has a directory of its libraries. The words of its command name the
/// compiler.
pub(crate) fn is_in_toolchain(workspace: &Workspace, compiler: &[&str], directory: &str) -> bool {
    let [program, arguments @ ..] = compiler else {
        return false;
    };
    let mut command = workspace.command(program);
    stdout(command.args(arguments).args(["--print", "sysroot"]))
        .map(|sysroot| {
            Path::new(sysroot.trim())
                .join("lib/rustlib")
                .join(directory)
        })
        .is_some_and(|directory| directory.is_dir())
}

/// Adds the formatter and the linter to the toolchain in use.
pub(crate) fn lint_components(workspace: &Workspace) -> Result<()> {
    let works = |name: &str| stdout(workspace.cargo().args([name, "--version"])).is_some();
    if works("fmt") && works("clippy") {
        return Ok(());
    }
    let mut rustup = workspace.command("rustup");
    process::run(rustup.args(["component", "add", "rustfmt", "clippy"]))
        .context("rustfmt or clippy is missing: install them with rustup")
}

/// Installs wasm-pack unless there is one.
pub(crate) fn wasm_pack(workspace: &Workspace) -> Result<()> {
    if workspace.find("wasm-pack").is_some() {
        return Ok(());
    }
    cargo_install(
        workspace,
        &["wasm-pack", "--version", WASM_PACK, "--locked"],
    )
}

/// Installs geckodriver unless there is one.
pub(crate) fn geckodriver(workspace: &Workspace) -> Result<()> {
    if workspace.find("geckodriver").is_some() {
        return Ok(());
    }
    cargo_install(
        workspace,
        &["geckodriver", "--version", GECKODRIVER, "--locked"],
    )
}

/// Installs cargo-fuzz unless there is one.
pub(crate) fn cargo_fuzz(workspace: &Workspace) -> Result<()> {
    if workspace.find("cargo-fuzz").is_some() {
        return Ok(());
    }
    cargo_install(
        workspace,
        &["cargo-fuzz", "--version", CARGO_FUZZ, "--locked"],
    )
}

/// Installs cargo-semver-checks unless there is one.
pub(crate) fn semver_checks(workspace: &Workspace) -> Result<()> {
    const NAME: &str = "cargo-semver-checks";
    if workspace.find(NAME).is_some() {
        return Ok(());
    }
    cargo_install(workspace, &[NAME, "--version", SEMVER_CHECKS, "--locked"])
}

/// Installs the wasm-bindgen tools of the version that the library is built with.
///
/// Each version has a private format, so no other version works.
pub(crate) fn wasm_bindgen(workspace: &Workspace) -> Result<()> {
    let wanted = workspace.locked_version("wasm-bindgen")?;
    let found = stdout(workspace.command("wasm-bindgen").arg("--version"));
    if found.is_some_and(|printed| printed.trim() == format!("wasm-bindgen {wanted}")) {
        return Ok(());
    }
    cargo_install(
        workspace,
        &["wasm-bindgen-cli", "--version", &wanted, "--force"],
    )
}

fn cargo_install(workspace: &Workspace, what: &[&str]) -> Result<()> {
    println!("installing {} {}", what[0], what[2]);
    let mut install = workspace.cargo();
    // The tools run for seconds at a time, and optimising them would take minutes.
    install
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .arg("install")
        .args(what)
        .arg("--root")
        .arg(workspace.tools());
    process::run(&mut install)
}

/// Returns the output of a command that can be run and succeeds.
fn stdout(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let succeeded = output.status.success();
    succeeded.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
