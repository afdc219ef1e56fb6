//! Node, and the programs in `tests` that run on it.

use std::env::consts;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;
use crate::{process, system};

const LOCK: &str = "package-lock.json";

/// The time limit of one test file, in milliseconds, including resources it leaves open, such as a browser's
/// driver.
const FILE_LIMIT: u32 = 15 * 60 * 1000;

/// Returns a Node that runs this many test files at once and reports the results.
pub(crate) fn tests(workspace: &Workspace, program: &OsStr, concurrency: usize) -> Command {
    let reporter = workspace.root.join("tests/e2e/support/reporter.mjs");
    let mut node = workspace.command(program);
    node.args(["--test", &format!("--test-concurrency={concurrency}")])
        // A hanging test must become a failure with a name.
        .arg(format!("--test-timeout={FILE_LIMIT}"))
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg(format!("--test-reporter={}", reporter.display()))
        .arg("--test-reporter-destination=stdout");
    node
}

/// Returns the command that serves the app in `tests/express`.
pub(crate) fn express(workspace: &Workspace, port: u16) -> Result<Command> {
    serve(workspace, "express", "app.js", port)
}

/// Returns the folder of Express, for tests that start servers themselves.
pub(crate) fn express_modules(workspace: &Workspace) -> Result<PathBuf> {
    let directory = workspace.target.join("express");
    packages(workspace, "tests/express", &directory)?;
    Ok(directory.join("node_modules"))
}

/// Returns the command that serves the other multiplex protocols, in `tests/protocols`.
pub(crate) fn protocols(workspace: &Workspace, port: u16) -> Result<Command> {
    serve(workspace, "protocols", "server.js", port)
}

fn serve(workspace: &Workspace, name: &str, script: &str, port: u16) -> Result<Command> {
    let home = Path::new("tests").join(name);
    let directory = workspace.target.join(name);
    packages(workspace, &format!("tests/{name}"), &directory)?;
    let mut node = workspace.command("node");
    node.arg(home.join(script))
        .env("PORT", port.to_string())
        // Node would look for the packages beside the app.
        .env("NODE_PATH", directory.join("node_modules"));
    Ok(node)
}

/// Installs the requirements of `app` in a directory, unless they are installed already. The directory may be
/// the app's own.
pub(crate) fn packages(workspace: &Workspace, app: &str, directory: &Path) -> Result<()> {
    if !has_npm(workspace) {
        system::install(workspace, &["nodejs", "npm"]);
    }
    if !has_npm(workspace) {
        bail!("Node is missing: install Node 20 or later, with npm");
    }
    let home = workspace.root.join(app);
    let locked = fs::read_to_string(home.join(LOCK))?;
    // The file is written last, so it names only finished installations.
    let installed = directory.join("node_modules/installed.json");
    if fs::read_to_string(&installed).is_ok_and(|had| had == locked) {
        return Ok(());
    }

    println!("installing what {app} requires");
    fs::create_dir_all(directory)?;
    if directory != home {
        for file in ["package.json", LOCK] {
            fs::copy(home.join(file), directory.join(file))?;
        }
    }
    process::run(
        workspace
            .command("npm")
            // `npm ci` requires that the lock names the binaries of all platforms. A registry that mirrors
            // only some of them can't provide those.
            .args([
                "install",
                "--no-save",
                "--silent",
                "--no-audit",
                "--no-fund",
            ])
            .arg("--ignore-scripts")
            .current_dir(directory),
    )
    .with_context(|| format!("npm could not install what {app} requires"))?;
    fs::write(installed, locked)?;
    Ok(())
}

/// Installs another version of Node, from the npm package that contains it.
pub(crate) fn version(workspace: &Workspace, version: &str) -> Result<PathBuf> {
    let system = match consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let package = format!("node-{system}-{processor}");
    let directory = workspace.target.join("node").join(version);
    let program = directory.join(format!("node_modules/{package}/bin/node"));
    if !program.is_file() {
        println!("installing Node {version}");
        fs::create_dir_all(&directory)?;
        process::run(
            workspace
                .command("npm")
                .args([
                    "install",
                    "--no-save",
                    "--silent",
                    "--no-audit",
                    "--no-fund",
                ])
                .args(["--ignore-scripts", "--prefix"])
                .arg(&directory)
                .arg(format!("{package}@{version}"))
                .current_dir(&directory),
        )
        .with_context(|| format!("npm could not install Node {version}"))?;
        ensure!(program.is_file(), "{package} has no program in it");
    }
    Ok(program)
}

fn has_npm(workspace: &Workspace) -> bool {
    workspace.find("node").is_some() && workspace.find("npm").is_some()
}
