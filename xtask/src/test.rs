//! `cargo xtask test`: the native tests, then the same browser tests in each browser, then what is
//! done to a page from outside.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::ahead::Ahead;
use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::test_servers::TestServers;
use crate::workspace::Workspace;
use crate::{cargo_tools, e2e, example, hooks, hydration, npm, process, redis, size};

/// The crates that only make sense in a browser.
const APART: [&str; 2] = ["everstream-browser-tests", hydration::PACKAGE];

/// The crates whose tests run in browsers, and what is added to the browser's name in the report.
const BROWSER_TESTS: [(&str, &str); 2] = [("tests/browser", ""), ("tests/hooks", " hooks")];

/// Which tests to run; with nothing selected, all of them.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // One for each suite.
pub(crate) struct Selection {
    pub(crate) native: bool,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) pages: bool,
    pub(crate) hooks: bool,
    pub(crate) npm: bool,
    pub(crate) filter: Option<String>,
}

impl Selection {
    fn is_everything(&self) -> bool {
        !self.native && self.browsers.is_empty() && !self.pages && !self.hooks && !self.npm
    }

    fn includes_native(&self) -> bool {
        self.native || self.is_everything()
    }

    fn includes_pages(&self) -> bool {
        self.pages || self.is_everything()
    }

    fn includes_hooks(&self) -> bool {
        self.hooks || self.is_everything()
    }

    /// Where browser tests are selected: `--hooks` alone means those of the hooks, in all browsers.
    fn browser_tests(&self) -> &[(&str, &str)] {
        if self.hooks && self.browsers.is_empty() {
            &BROWSER_TESTS[1..]
        } else {
            &BROWSER_TESTS
        }
    }

    fn includes_npm(&self) -> bool {
        self.npm || self.is_everything()
    }

    fn browsers(&self) -> &[Browser] {
        if self.is_everything() || (self.hooks && self.browsers.is_empty()) {
            &Browser::ALL
        } else {
            &self.browsers
        }
    }
}

/// Runs the selected tests and reports.
pub(crate) fn run(workspace: &Workspace, selection: &Selection) -> Result<ExitCode> {
    let mut report = Report::new();
    if selection.includes_native() {
        native(workspace, selection, &mut report)?;
    } else if selection.includes_hooks() {
        hooks::native(workspace, selection.filter.as_deref(), &mut report)?;
    }
    let browsers = if selection.browsers().is_empty() {
        Ok(())
    } else {
        cargo_tools::wasm_target(workspace)?;
        let (pages, npm) = (selection.includes_pages(), selection.includes_npm());
        let ahead = Ahead::start(workspace, pages, npm);
        let browsers = in_browsers(workspace, selection, &mut report);
        ahead.wait();
        browsers
    };
    let pages = if selection.includes_pages() {
        e2e::run(workspace, selection.filter.as_deref(), &mut report)
    } else {
        Ok(())
    };
    let npm = if selection.includes_npm() {
        npm::test(workspace, selection.filter.as_deref(), &mut report)
    } else {
        Ok(())
    };
    if process::interrupted() {
        bail!("interrupted");
    }
    if let Err(error) = npm {
        report.failed("npm", format!("{error:#}"));
    }
    if let Err(error) = browsers {
        report.failed("browsers", format!("{error:#}"));
    }
    if let Err(error) = pages {
        report.failed("pages", format!("{error:#}"));
    }
    println!("\n{report}");
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// In one go, so that what the tests have in common is compiled once.
fn native(workspace: &Workspace, selection: &Selection, report: &mut Report) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    cargo.args(["--features", "everstream/npm-tabs"]);
    redis::include(workspace, &mut cargo, report);
    if selection.includes_hooks() {
        hooks::include(&mut cargo);
    } else {
        cargo.args(["--exclude", hooks::TESTS]);
    }
    let examples = example::ALL.map(example::package);
    let weighed = size::FRAMEWORKS.map(size::package);
    let in_pages = examples.iter().chain(&weighed).map(String::as_str);
    for package in APART.into_iter().chain(in_pages) {
        cargo.args(["--exclude", package]);
    }
    if let Some(filter) = &selection.filter {
        cargo.arg("--").arg(filter);
    }
    let (status, output) = process::run_and_read(cargo)?;
    report.ran("native", status, &output, selection.filter.is_some());
    Ok(())
}

fn in_browsers(workspace: &Workspace, selection: &Selection, report: &mut Report) -> Result<()> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    browsers::install_missing(workspace, selection.browsers());

    let mut present = Vec::new();
    for browser in selection.browsers() {
        match browser.set_up(workspace) {
            Ok(()) => present.push(*browser),
            Err(error) => report.missing(browser.name(), format!("{error:#}")),
        }
    }
    if present.is_empty() {
        return Ok(());
    }

    let servers = TestServers::start(workspace, report)?;
    for browser in present {
        for tests in selection.browser_tests() {
            in_browser(workspace, browser, *tests, selection, &servers, report)?;
        }
    }
    Ok(())
}

fn in_browser(
    workspace: &Workspace,
    browser: Browser,
    (tests, suffix): (&str, &str),
    selection: &Selection,
    servers: &TestServers,
    report: &mut Report,
) -> Result<()> {
    let name = format!("{}{suffix}", browser.name());
    println!("\n*** {name}");
    let mut wasm_pack = workspace.command("wasm-pack");
    wasm_pack.args(["test", "--headless", "--mode", "no-install"]);
    // The runner kills the drivers before they can remove the browsers' profiles.
    let profiles = tempfile::tempdir()?;
    wasm_pack.env("TMPDIR", profiles.path());
    let display = browser.drive(workspace, &mut wasm_pack)?;
    read_capabilities(workspace, browser, &mut wasm_pack);
    // wasm-pack builds before it tests: in one profile, so that this compiles once.
    wasm_pack.args([tests, "--profile", "test"]);
    if let Some(filter) = &selection.filter {
        // The first `--` ends wasm-pack's options, the second one cargo's.
        wasm_pack.args(["--", "--", filter]);
    }
    wasm_pack
        // Seconds: for the driver to start, and for all the tests of one binary.
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // Like the pages that the library is for, and unlike the runner's default.
        .env("WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION", "1")
        .env_remove("NO_HEADLESS");
    servers.tell(&mut wasm_pack);
    let (status, output) = process::run_and_read(wasm_pack)?;
    drop((display, profiles));
    report.ran(&name, status, &output, selection.filter.is_some());
    Ok(())
}

/// Has the runner hand the capabilities of `webdriver.json` to the browser's driver.
///
/// It hands Safari's driver none, and `WebKitWebDriver` in that role would go on to refuse the tests'
/// certificate. In the role of Firefox's, which the runner looks for first, it is handed them, and
/// passes over the options of other browsers.
fn read_capabilities(workspace: &Workspace, browser: Browser, wasm_pack: &mut Command) {
    if browser == Browser::WebKit
        && let Some(driver) = workspace.find("WebKitWebDriver")
    {
        wasm_pack.env("GECKODRIVER", driver);
    }
}
