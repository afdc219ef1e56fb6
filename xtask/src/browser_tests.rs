//! The tests that wasm-pack runs inside browsers.

use std::process::Command;

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::test_servers::TestServers;
use crate::workspace::Workspace;
use crate::{cargo_tools, process};

/// A crate of browser tests, and the suffix of its suite's name in the report.
pub(crate) type Tests = (&'static str, &'static str);

/// The tests of the library and of the hooks.
pub(crate) const ALL: [Tests; 2] = [("tests/browser", ""), ("tests/hooks", " hooks")];
/// The tests of the hooks alone.
pub(crate) const HOOKS: [Tests; 1] = [ALL[1]];

/// Runs the tests in the browsers that are installed.
pub(crate) fn run(
    workspace: &Workspace,
    browsers: &[Browser],
    tests: &[Tests],
    filter: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    browsers::install_missing(workspace, browsers);

    let mut present = Vec::new();
    for browser in browsers {
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
        for tests in tests {
            in_browser(workspace, browser, *tests, filter, &servers, report)?;
        }
    }
    Ok(())
}

fn in_browser(
    workspace: &Workspace,
    browser: Browser,
    (tests, suffix): Tests,
    filter: Option<&str>,
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
    // wasm-pack builds before it tests. Sharing one profile keeps the crate from being compiled twice.
    wasm_pack.args([tests, "--profile", "test"]);
    if let Some(filter) = filter {
        // The first `--` ends wasm-pack's options, the second one cargo's.
        wasm_pack.args(["--", "--", filter]);
    }
    wasm_pack
        // In seconds: for the start of the driver, and for all tests of one binary.
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // The pages that the library is for have no origin isolation, unlike the runner's default.
        .env("WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION", "1")
        .env_remove("NO_HEADLESS");
    servers.tell(&mut wasm_pack);
    let (status, output) = process::run_and_read(wasm_pack)?;
    drop((display, profiles));
    report.ran(&name, status, &output, filter.is_some());
    Ok(())
}

/// Makes the runner pass the capabilities of `webdriver.json` to the browser's driver.
///
/// The runner passes none to Safari's driver. `WebKitWebDriver` in that role would refuse the tests'
/// certificate. In the role of Firefox' driver, which the runner looks for first, it gets them, and ignores
/// the options of other browsers.
fn read_capabilities(workspace: &Workspace, browser: Browser, wasm_pack: &mut Command) {
    if browser == Browser::WebKit
        && let Some(driver) = workspace.find("WebKitWebDriver")
    {
        wasm_pack.env("GECKODRIVER", driver);
    }
}
