//! The page and its files, in one directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::{WASM, Workspace, copy_files};

const PACKAGE: &str = "everstream-bench-browser";
const MODULE: &str = "everstream_bench_browser.wasm";

/// The fastest JavaScript parser, without dependencies.
const EVENTSOURCE_PARSER: &str = "eventsource-parser@4.1.3";

/// Builds the site. Returns its directory.
pub(super) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let site = workspace.target.join("bench-browser");
    // The profile of an application that prefers speed.
    process::run(
        workspace
            .cargo()
            .args(["build", "--package", PACKAGE, "--lib"])
            .args(["--release", "--target", WASM]),
    )?;
    process::run(
        workspace
            .command("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-dir"])
            .arg(site.join("wasm"))
            .arg(workspace.target.join(WASM).join("release").join(MODULE)),
    )?;
    copy_files(&workspace.root.join("benches/browser/page"), &site)?;

    let packages = workspace.target.join("bench-packages");
    install(workspace, &packages)?;
    let parser = packages.join("node_modules/eventsource-parser/dist");
    copy_files(&parser, &site.join("eventsource-parser"))?;
    Ok(site)
}

/// Installs an npm package unless it is installed.
fn install(workspace: &Workspace, packages: &Path) -> Result<()> {
    let installed = packages.join("installed");
    if fs::read_to_string(&installed).is_ok_and(|what| what == EVENTSOURCE_PARSER) {
        return Ok(());
    }
    if workspace.find("npm").is_none() {
        bail!("npm is missing: install Node 20 or later");
    }
    process::run(
        workspace
            .command("npm")
            .args(["install", "--no-save", "--no-package-lock", "--no-audit"])
            .arg("--prefix")
            .arg(packages)
            .arg(EVENTSOURCE_PARSER),
    )?;
    fs::write(installed, EVENTSOURCE_PARSER)?;
    Ok(())
}
