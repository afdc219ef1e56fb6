//! The tests that run inside of browsers, by wasm-pack.

use std::process::{Command, ExitStatus};
use std::thread::{self, ScopedJoinHandle};

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::stopwatch::{Lap, Stopwatch};
use crate::test_servers::TestServers;
use crate::workspace::Workspace;
use crate::{cargo_tools, process};

/// The crates whose tests these are, and what is added to the browser's name in the report.
pub(crate) const ALL: [Tests; 2] = [("tests/browser", ""), ("tests/hooks", " hooks")];
/// Those of the hooks alone.
pub(crate) const HOOKS: [Tests; 1] = [ALL[1]];

pub(crate) type Tests = (&'static str, &'static str);

/// Which of the tests to run, and with whom they talk.
struct Run<'a> {
    workspace: &'a Workspace,
    tests: &'a [Tests],
    filter: Option<&'a str>,
    servers: &'a TestServers,
}

/// What has become of the tests of a crate in a browser.
struct Suite {
    name: String,
    status: ExitStatus,
    output: String,
    lap: Lap,
}

/// Runs them in the browsers that are there.
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
    let Some((first, others)) = present.split_first() else {
        return Ok(());
    };

    let servers = TestServers::start(workspace, report)?;
    let run = Run {
        workspace,
        tests,
        filter,
        servers: &servers,
    };
    // What is compiled for the first is there for the others.
    for tests in run.tests {
        println!("\n*** {}{}", first.name(), tests.1);
        let suite = run.one(*first, *tests, process::run_and_read)?;
        run.add_to(report, &suite);
    }
    for suite in run.at_once(others) {
        let suite = suite?;
        println!("\n*** {}\n{}", suite.name, suite.output);
        run.add_to(report, &suite);
    }
    Ok(())
}

impl Run<'_> {
    /// They wait more than they work.
    fn at_once(&self, browsers: &[Browser]) -> Vec<Result<Suite>> {
        if !browsers.is_empty() {
            let names: Vec<_> = browsers.iter().map(|browser| browser.name()).collect();
            println!("\n*** {}, at once", names.join(" and "));
        }
        thread::scope(|scope| {
            let in_each = browsers.iter().map(|browser| {
                let suites = self.tests.iter();
                let suites = suites.map(|tests| self.one(*browser, *tests, process::run_silently));
                scope.spawn(|| suites.collect::<Vec<_>>())
            });
            // All of them have to be started before one is waited for.
            let threads: Vec<_> = in_each.collect();
            let suites = threads.into_iter().map(ScopedJoinHandle::join);
            let suites = suites.map(|suites| suites.expect("running does not panic"));
            suites.flatten().collect()
        })
    }

    fn add_to(&self, report: &mut Report, suite: &Suite) {
        let Suite {
            name,
            status,
            output,
            lap,
        } = suite;
        report.ran_for(*lap, name, *status, output, self.filter.is_some());
    }

    /// Runs the tests of a crate in a browser, by a function that returns what they print.
    fn one(
        &self,
        browser: Browser,
        (tests, suffix): Tests,
        run: fn(Command) -> Result<(ExitStatus, String)>,
    ) -> Result<Suite> {
        let workspace = self.workspace;
        let mut stopwatch = Stopwatch::start();
        let mut wasm_pack = workspace.command("wasm-pack");
        wasm_pack.args(["test", "--headless", "--mode", "no-install"]);
        // The runner kills the drivers before they can remove the browsers' profiles.
        let profiles = tempfile::tempdir()?;
        wasm_pack.env("TMPDIR", profiles.path());
        let display = browser.drive(workspace, &mut wasm_pack)?;
        read_capabilities(workspace, browser, &mut wasm_pack);
        // wasm-pack builds before it tests: in one profile, so that this compiles once.
        wasm_pack.args([tests, "--profile", "test"]);
        if let Some(filter) = self.filter {
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
        self.servers.tell(&mut wasm_pack);
        let (status, output) = run(wasm_pack)?;
        drop((display, profiles));
        Ok(Suite {
            name: format!("{}{suffix}", browser.name()),
            status,
            output,
            lap: stopwatch.lap(),
        })
    }
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
