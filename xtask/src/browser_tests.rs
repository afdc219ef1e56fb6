//! The tests that wasm-pack runs inside browsers.

use std::process::Command;

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::cargo_tools;
use crate::report::Report;
use crate::test_servers::TestServers;
use crate::workspace::Workspace;

/// A crate of browser tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    /// The tests of the library.
    Library,
    /// The tests of the hooks for frameworks.
    Hooks,
}

impl Tests {
    fn folder(self) -> &'static str {
        match self {
            Self::Library => "tests/browser",
            Self::Hooks => "tests/hooks",
        }
    }

    /// Returns the name of the suite in a browser.
    fn suite_in(self, browser: Browser) -> String {
        match self {
            Self::Library => browser.name().to_owned(),
            Self::Hooks => format!("{} hooks", browser.name()),
        }
    }
}

/// The browsers that are installed, and the servers for their tests.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    pub(crate) browsers: Vec<Browser>,
    servers: TestServers,
}

/// Sets the browsers up and starts the servers. Reports the browsers that are missing.
pub(crate) fn prepare(
    workspace: &Workspace,
    browsers: &[Browser],
    report: &mut Report,
) -> Result<Ready> {
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
    let servers = if present.is_empty() {
        TestServers::default()
    } else {
        TestServers::start(workspace, report)?
    };
    Ok(Ready {
        browsers: present,
        servers,
    })
}

/// Runs the tests in a browser.
pub(crate) fn run(
    workspace: &Workspace,
    browser: Browser,
    tests: Tests,
    filter: Option<&str>,
    ready: &Ready,
    report: &mut Report,
) -> Result<()> {
    let mut wasm_pack = workspace.command("wasm-pack");
    wasm_pack.args(["test", "--headless", "--mode", "no-install"]);
    // The runner kills the drivers before they can remove the browsers' profiles.
    let profiles = tempfile::tempdir()?;
    wasm_pack.env("TMPDIR", profiles.path());
    let display = browser.drive(workspace, &mut wasm_pack)?;
    read_capabilities(workspace, browser, &mut wasm_pack);
    // wasm-pack builds before it tests. Sharing one profile keeps the crate from being compiled twice.
    wasm_pack.args([tests.folder(), "--profile", "test"]);
    if let Some(filter) = filter {
        // The first `--` ends wasm-pack's options, the second one cargo's.
        wasm_pack.args(["--", "--", filter]);
    }
    wasm_pack
        // In seconds: for the start of the driver, and for all tests of one binary.
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "900")
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // The pages that the library is for have no origin isolation, unlike the runner's default.
        .env("WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION", "1")
        .env_remove("NO_HEADLESS");
    ready.servers.tell(&mut wasm_pack);
    let result = report.run(&tests.suite_in(browser), wasm_pack, filter.is_some());
    drop((display, profiles));
    result
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
