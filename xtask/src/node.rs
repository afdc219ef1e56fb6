//! Node, and what runs on it in `tests`.

use std::env::consts;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;
use crate::{process, system};

const LOCK: &str = "package-lock.json";

/// How long the tests of one file may take, in milliseconds, with what they leave open, as a browser's driver.
const FILE_LIMIT: u32 = 15 * 60 * 1000;

/// A Node that runs tests, in so many files at once, and says how they went.
pub(crate) fn tests(workspace: &Workspace, program: &OsStr, concurrency: usize) -> Command {
    let reporter = workspace.root.join("tests/e2e/support/reporter.mjs");
    let mut node = workspace.command(program);
    node.args(["--test", &format!("--test-concurrency={concurrency}")])
        // What hangs is to be a failure with a name.
        .arg(format!("--test-timeout={FILE_LIMIT}"))
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg(format!("--test-reporter={}", reporter.display()))
        .arg("--test-reporter-destination=stdout");
    node
}

/// What serves the app in `tests/express`.
pub(crate) fn express(workspace: &Workspace, port: u16) -> Result<Command> {
    serve(workspace, "express", "app.js", port)
}

/// What serves the other multiplex protocols, in `tests/protocols`.
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
        // Node would look for them beside the app.
        .env("NODE_PATH", directory.join("node_modules"));
    Ok(node)
}

/// Installs what `app` requires in a directory, unless it is there already. The directory may be
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
    // Written last, so what it says has been installed.
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
            // Not `ci`: it demands of the lock the binaries of all platforms, which a registry that
            // mirrors but some of them can't have written into it.
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

/// Another version of Node than the one that is installed, from where npm has its programs.
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
