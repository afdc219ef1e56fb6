//! `cargo xtask test --pages`: what happens to a page from outside, in Chromium; also to the examples,
//! and, in Firefox too, to a page that a server has rendered, and to tabs that share.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::servers::{self, Server};
use crate::workspace::{WASM, Workspace, copy_files};
use crate::{cargo_tools, demo, example, hydration, node, npm, process};

/// What the suite is called in the report.
const NAME: &str = "pages";

pub(crate) const TESTS: &str = "tests/e2e";
const PAGE: &str = "tests/e2e/page";
/// As it ships: thirty tabs with every event of a fast stream keep two cores busy enough.
const PROFILE: &str = "wasm";

/// Which variables tell the tests what to start.
pub(crate) const CHROMIUM: &str = "EVERSTREAM_CHROMIUM";
const GECKODRIVER: &str = "EVERSTREAM_GECKODRIVER";

/// Which tests to run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tests<'a> {
    All,
    /// Those whose name contains this.
    Matching(&'a str),
    /// Those that can take longer than they usually do, at their longest.
    Soak,
}

/// The files of those, and the variable that says so.
const SOAKED: [&str; 3] = [
    "shared-thirty.test.mjs",
    "long-hidden.test.mjs",
    "stood-still.soak.mjs",
];
const SOAK: &str = "EVERSTREAM_SOAK";

/// How long one file of those may take, in milliseconds.
const SOAK_LIMIT: &str = "--test-timeout=2400000";

/// Has cargo compile what [`run`] has wasm-pack compile.
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
    // Beside it, for the other page.
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
    // Also of a browser that is killed nothing is left in here.
    let profiles = tempfile::tempdir()?;
    // One after the other: a test that takes the server down must have it for itself.
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
            // The last one counts.
            node.arg(SOAK_LIMIT).args(SOAKED).env(SOAK, "1");
        }
    }
    let (status, output) = process::run_and_read(node)?;
    let is_filtered = matches!(tests, Tests::Matching(_));
    report.ran(NAME, status, &output, is_filtered);
    Ok(())
}

/// Gets what the tests need besides the page, and says where Chromium is.
fn set_up(workspace: &Workspace) -> Result<PathBuf> {
    browsers::install_missing(workspace, &[Browser::Firefox]);
    set_up_chromium(workspace)
}

/// The same without Firefox.
pub(crate) fn set_up_chromium(workspace: &Workspace) -> Result<PathBuf> {
    browsers::install_missing(workspace, &[Browser::Chromium]);
    let chromium = browsers::chromium(workspace)
        .context("not installed: get chromium from your package manager")?;
    node::packages(workspace, TESTS, &workspace.root.join(TESTS))?;
    Ok(chromium)
}

/// The regular expression that matches just this text.
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
