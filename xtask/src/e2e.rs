//! `cargo xtask test --pages`: tests that act on pages from outside, in Chromium. They also cover the
//! examples, and in Firefox too a server-rendered page and sharing tabs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::servers::{self, Server};
use crate::workspace::{WASM, Workspace, copy_files};
use crate::{cargo_tools, demo, example, hydration, node, npm, process};

/// The suite's name in the report.
const NAME: &str = "pages";

pub(crate) const TESTS: &str = "tests/e2e";
const PAGE: &str = "tests/e2e/page";
/// The profile that ships: thirty tabs that read a fast stream keep two cores busy enough.
const PROFILE: &str = "wasm";

/// The variables that tell the tests which programs to start.
pub(crate) const CHROMIUM: &str = "EVERSTREAM_CHROMIUM";
const GECKODRIVER: &str = "EVERSTREAM_GECKODRIVER";

/// The tests to run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tests<'a> {
    All,
    /// Tests whose name contains this.
    Matching(&'a str),
    /// Tests with a variable length, at their longest.
    Soak,
}

/// The files of the soak tests, and the variable that enables them.
const SOAKED: [&str; 3] = [
    "shared-thirty.test.mjs",
    "long-hidden.test.mjs",
    "stood-still.soak.mjs",
];
const SOAK: &str = "EVERSTREAM_SOAK";

/// The time limit of one soak file, in milliseconds.
const SOAK_LIMIT: &str = "--test-timeout=2400000";

/// Makes cargo compile what [`run`] makes wasm-pack compile.
pub(crate) fn compile(cargo: &mut Command) {
    cargo.args(["build", "--lib", "--package", "everstream-e2e-page"]);
    cargo.args(["--target", WASM, "--profile", PROFILE]);
}

/// Builds the tests' pages and the demo, serves them, and runs the tests that drive them.
pub(crate) fn run(workspace: &Workspace, tests: Tests<'_>, report: &mut Report) -> Result<()> {
    println!("\n*** {NAME}");
    let chromium = match set_up(workspace) {
        Ok(chromium) => chromium,
        Err(error) => {
            report.missing(NAME, format!("{error:#}"));
            return Ok(());
        }
    };
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    process::run(
        workspace
            .command("wasm-pack")
            .args(["build", PAGE, "--target", "web", "--profile", PROFILE])
            .args(["--mode", "no-install", "--no-opt", "--no-pack"]),
    )?;
    // The other page needs the package beside it.
    let package = workspace.root.join(PAGE).join("pkg/npm");
    copy_files(&npm::build(workspace)?, &package)?;

    let port = servers::TEST_SERVER.free_port()?;
    let server = Server::everstream(workspace, "server", port, Some(Path::new(PAGE)))?;
    let sites = example::build(workspace, &example::ALL)?;
    hydration::build(workspace, &sites)?;
    let port = servers::EXAMPLES.free_port()?;
    let examples = Server::everstream(workspace, "examples", port, Some(&sites))?;
    demo::build(workspace)?;
    let port = servers::DEMO.free_port()?;
    let demo = Server::everstream(workspace, "demo", port, Some(Path::new(demo::WWW)))?;
    // The directory catches the profiles that a killed browser leaves behind.
    let profiles = tempfile::tempdir()?;
    // Tests run one after the other: a test that takes the server down needs it exclusively.
    let mut node = node::tests(workspace, "node".as_ref(), 1);
    node.current_dir(workspace.root.join(TESTS))
        .env("TMPDIR", profiles.path())
        .env(CHROMIUM, chromium)
        .env(servers::TEST_SERVER.variable, &server.origin)
        .env(servers::EXAMPLES.variable, &examples.origin)
        .env(servers::DEMO.variable, &demo.origin);
    match Browser::Firefox.set_up(workspace) {
        Ok(()) => {
            let geckodriver = workspace.find("geckodriver");
            node.env(GECKODRIVER, geckodriver.unwrap_or_default());
        }
        Err(error) => report.missing("pages: firefox", format!("{error:#}")),
    }
    match tests {
        Tests::All => {}
        Tests::Matching(filter) => {
            node.arg(format!("--test-name-pattern={}", pattern(filter)));
        }
        Tests::Soak => {
            // Node uses the last limit given.
            node.arg(SOAK_LIMIT).args(SOAKED).env(SOAK, "1");
        }
    }
    let (status, output) = process::run_and_read(node)?;
    let is_filtered = matches!(tests, Tests::Matching(_));
    report.ran(NAME, status, &output, is_filtered);
    Ok(())
}

/// Installs what the tests need besides the page. Returns Chromium's path.
fn set_up(workspace: &Workspace) -> Result<PathBuf> {
    browsers::install_missing(workspace, &[Browser::Firefox]);
    set_up_chromium(workspace)
}

/// Sets the tests up without Firefox.
pub(crate) fn set_up_chromium(workspace: &Workspace) -> Result<PathBuf> {
    browsers::install_missing(workspace, &[Browser::Chromium]);
    let chromium = browsers::chromium(workspace)
        .context("not installed: get chromium from your package manager")?;
    node::packages(workspace, TESTS, &workspace.root.join(TESTS))?;
    Ok(chromium)
}

/// Returns a regular expression that matches exactly this text.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn a_filter_is_taken_literally() {
        assert_eq!(pattern("fetch: 10/s (a.b)"), r"fetch\: 10\/s \(a\.b\)");
    }
}
