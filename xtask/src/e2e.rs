//! `cargo xtask test --pages`: tests that act on pages from outside, in Chromium. They also cover the
//! examples, and in Firefox too a server-rendered page and sharing tabs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::servers::{self, Address, Server};
use crate::workspace::{WASM, Workspace, copy_files};
use crate::{cargo_tools, demo, example, hydration, node, npm, process};

pub(crate) const TESTS: &str = "tests/e2e";
const PAGE: &str = "tests/e2e/page";
/// The profile that ships: thirty tabs that read a fast stream keep two cores busy enough.
const PROFILE: &str = "wasm";

/// The variables that tell the tests which programs to start.
pub(crate) const CHROMIUM: &str = "EVERSTREAM_CHROMIUM";
const GECKODRIVER: &str = "EVERSTREAM_GECKODRIVER";

/// A part of the tests, which has servers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All but the contract.
    Pages,
    /// The contract that both edges keep.
    Contract,
    /// Tests with a variable length, at their longest.
    Soak,
}

impl Part {
    /// The parts of `cargo xtask test`.
    pub(crate) const ALL: [Self; 2] = [Self::Pages, Self::Contract];

    /// Returns the name of the suite in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Contract => "contract",
            Self::Soak => "soak",
        }
    }

    /// Returns the files of the tests.
    fn files(self, folder: &Path) -> Result<Vec<String>> {
        match self {
            Self::Pages => pages(folder),
            Self::Contract => Ok(vec![CONTRACT.to_owned()]),
            Self::Soak => Ok(SOAKED.map(str::to_owned).to_vec()),
        }
    }
}

const CONTRACT: &str = "contract.test.mjs";

/// Returns all test files but the contract's.
fn pages(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") && name != CONTRACT {
            files.push(name);
        }
    }
    files.sort_unstable();
    Ok(files)
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

/// Builds the pages of a part, serves them, and runs the tests that drive them.
pub(crate) fn run(
    workspace: &Workspace,
    part: Part,
    filter: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    let name = part.name();
    let chromium = match set_up(workspace) {
        Ok(chromium) => chromium,
        Err(error) => {
            report.missing(name, format!("{error:#}"));
            return Ok(());
        }
    };
    build(workspace)?;
    let mut servers = vec![serve(
        workspace,
        name,
        servers::TEST_SERVER,
        Path::new(PAGE),
    )?];
    if part != Part::Contract {
        let sites = example::build(workspace, &example::ALL)?;
        hydration::build(workspace, &sites)?;
        servers.push(serve(workspace, "examples", servers::EXAMPLES, &sites)?);
        demo::build(workspace)?;
        servers.push(serve(
            workspace,
            "demo",
            servers::DEMO,
            Path::new(demo::WWW),
        )?);
    }
    // The directory catches the profiles that a killed browser leaves behind.
    let profiles = tempfile::tempdir()?;
    // Tests run one after the other: a test that takes the server down needs it exclusively.
    let mut node = node::tests(workspace, "node".as_ref(), 1);
    node.current_dir(workspace.root.join(TESTS))
        .env("TMPDIR", profiles.path())
        .env(CHROMIUM, chromium);
    // Servers that a part doesn't need have addresses, too.
    node.envs(servers::usual_addresses());
    for (address, server) in &servers {
        node.env(address.variable, &server.origin);
    }
    match Browser::Firefox.set_up(workspace) {
        Ok(()) => {
            let geckodriver = workspace.find("geckodriver");
            node.env(GECKODRIVER, geckodriver.unwrap_or_default());
        }
        Err(error) => report.missing(&format!("{name}: firefox"), format!("{error:#}")),
    }
    if part == Part::Soak {
        // Node uses the last limit given.
        node.arg(SOAK_LIMIT).env(SOAK, "1");
    }
    if let Some(filter) = filter {
        node.arg(format!("--test-name-pattern={}", pattern(filter)));
    }
    node.args(part.files(&workspace.root.join(TESTS))?);
    report.run(name, node, filter.is_some())
}

/// Builds the tests' own pages, of the crate and of the package, once for all parts.
fn build(workspace: &Workspace) -> Result<()> {
    static BUILT: Mutex<bool> = Mutex::new(false);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if *built {
        return Ok(());
    }
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
    *built = true;
    Ok(())
}

/// Starts the project's own server with a folder of pages. Its output goes to `<log>.log`.
fn serve(
    workspace: &Workspace,
    log: &str,
    address: Address,
    pages: &Path,
) -> Result<(Address, Server)> {
    let port = address.free_port()?;
    let server = Server::everstream(workspace, log, port, Some(pages))?;
    Ok((address, server))
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
