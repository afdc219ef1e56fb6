//! `cargo xtask test`: the native tests, then the same browser tests in the browsers beside each other, then the
//! tests that act on a page from outside, those of the npm package, and the projects that the documents print.

use std::process::ExitCode;
use std::thread;

use anyhow::{Result, bail};

use crate::ahead::Ahead;
use crate::beside::{self, Suite};
use crate::browser_tests::{Ready, Tests};
use crate::browsers::Browser;
use crate::report::Report;
use crate::workspace::Workspace;
use crate::{
    browser_tests, cargo_tools, e2e, example, hooks, hydration, nginx, npm, process, readme, redis,
    size,
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
    in_browsers(workspace, selection, &mut report);
    if process::interrupted() {
        bail!("interrupted");
    }
    println!("\n{report}");
    Ok(report.exit_code())
}

/// Runs the tests in the browsers beside each other, since they mostly wait, then those of pages, of the package
/// and of the printed projects.
///
/// The browsers and their servers are set up first, since no two suites may install the same at once. What pages
/// and package need is compiled in the background meanwhile.
fn in_browsers(workspace: &Workspace, selection: &Selection, report: &mut Report) {
    let filter = selection.filter.as_deref();
    let (pages, npm) = (selection.includes_pages(), selection.includes_npm());
    let ready = match selection.browsers() {
        [] => Ready::default(),
        browsers => browser_tests::prepare(workspace, browsers, report).unwrap_or_else(|error| {
            report.failed("browsers", format!("{error:#}"));
            Ready::default()
        }),
    };
    let ahead = (!ready.browsers.is_empty()).then(|| Ahead::start(workspace, pages, npm));

    let in_each_browser = |tests: Tests| {
        let ready = &ready;
        ready.browsers.iter().map(move |&browser| -> Suite<'_> {
            let run = move |report: &mut Report| {
                browser_tests::run(workspace, browser, tests, filter, ready, report)
            };
            (browser.name(), Box::new(run))
        })
    };
    let of_pages = |part: e2e::Part| -> Suite<'_> {
        let run = move |report: &mut Report| e2e::run(workspace, part, filter, report);
        (part.name(), Box::new(run))
    };

    let mut together: Vec<Suite<'_>> = Vec::new();
    if !selection.hooks {
        together.extend(in_each_browser(Tests::Library));
    }
    together.extend(in_each_browser(Tests::Hooks));
    beside::run(report, together, at_once());
    if let Some(ahead) = ahead {
        ahead.wait();
    }

    // These start browsers themselves, several at a time, and compare durations: each runs alone.
    let mut alone: Vec<Suite<'_>> = Vec::new();
    if pages {
        alone.extend(e2e::Part::ALL.map(of_pages));
    }
    if npm {
        let run = |report: &mut Report| npm::test(workspace, filter, report);
        alone.push(("npm", Box::new(run)));
    }
    if selection.includes_readme() {
        let run = |report: &mut Report| readme::run(workspace, filter, report);
        alone.push(("readme", Box::new(run)));
    }
    beside::run(report, alone, 1);
}

/// Returns how many suites run at once: as many as there are processors, but two at least, since each waits most
/// of the time. More than four would only compete for the ports and the memory of browsers.
fn at_once() -> usize {
    thread::available_parallelism().map_or(2, |processors| processors.get().clamp(2, 4))
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
    if !nginx::include(workspace, &mut cargo, report) {
        cargo.args(["--exclude", nginx::CLI]);
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
    report.run("native", cargo, selection.filter.is_some())
}
