//! `cargo xtask test`: the native tests, then the same browser tests in each browser, then the tests that act
//! on a page from outside.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::ahead::Ahead;
use crate::browsers::Browser;
use crate::report::Report;
use crate::workspace::Workspace;
use crate::{
    browser_tests, cargo_tools, e2e, example, hooks, hydration, npm, process, readme, redis, size,
};

/// The crates that only make sense in a browser.
const APART: [&str; 2] = ["everstream-browser-tests", hydration::PACKAGE];

/// The tests to run; all if none are selected.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // One for each suite.
pub(crate) struct Selection {
    pub(crate) native: bool,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) pages: bool,
    pub(crate) hooks: bool,
    pub(crate) npm: bool,
    pub(crate) readme: bool,
    pub(crate) filter: Option<String>,
}

impl Selection {
    fn is_everything(&self) -> bool {
        *self
            == Self {
                filter: self.filter.clone(),
                ..Self::default()
            }
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

    /// Returns the tests that run in the browsers. With `--hooks`, only those of the hooks run, in the named
    /// browsers or in all.
    fn browser_tests(&self) -> &[browser_tests::Tests] {
        if self.hooks {
            &browser_tests::HOOKS
        } else {
            &browser_tests::ALL
        }
    }

    fn includes_npm(&self) -> bool {
        self.npm || self.is_everything()
    }

    fn includes_readme(&self) -> bool {
        self.readme || self.is_everything()
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
    let filter = selection.filter.as_deref();
    if selection.includes_native() {
        native(workspace, selection, &mut report)?;
    } else if selection.includes_hooks() {
        hooks::native(workspace, filter, &mut report)?;
    }
    let browsers = if selection.browsers().is_empty() {
        Ok(())
    } else {
        cargo_tools::wasm_target(workspace)?;
        let (pages, npm) = (selection.includes_pages(), selection.includes_npm());
        let ahead = Ahead::start(workspace, pages, npm);
        let browsers = browser_tests::run(
            workspace,
            selection.browsers(),
            selection.browser_tests(),
            filter,
            &mut report,
        );
        ahead.wait();
        browsers
    };
    let pages = if selection.includes_pages() {
        let tests = filter.map_or(e2e::Tests::All, e2e::Tests::Matching);
        e2e::run(workspace, tests, &mut report)
    } else {
        Ok(())
    };
    let npm = if selection.includes_npm() {
        npm::test(workspace, filter, &mut report)
    } else {
        Ok(())
    };
    let readme = if selection.includes_readme() {
        readme::run(workspace, filter, &mut report)
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
    if let Err(error) = readme {
        report.failed("readme", format!("{error:#}"));
    }
    println!("\n{report}");
    Ok(report.exit_code())
}

/// Runs the native tests in one go, so that their common dependencies are compiled once.
fn native(workspace: &Workspace, selection: &Selection, report: &mut Report) -> Result<()> {
    // `tests/mistakes` compiles programs for wasm.
    cargo_tools::wasm_target(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    cargo.args([
        "--features",
        "everstream/serde-wasm-bindgen,everstream/testing",
    ]);
    cargo.args(["--features", "everstream-npm/tabs"]);
    cargo.args(["--features", "everstream-server/metrics"]);
    cargo.args(["--features", "everstream-server/tracing"]);
    if !redis::include(workspace, &mut cargo, report) {
        cargo.args(["--exclude", redis::HUB]);
    }
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
