//! `cargo xtask lint`: formatting, clippy and documentation, with warnings as errors.

use std::fmt::{self, Display, Formatter};
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::stopwatch::{Lap, Stopwatch};
use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, example, hooks, hydration, process, published, servers, size};

/// The features enabled besides the defaults where a whole crate is checked.
const FEATURES: &str = "everstream/serde-wasm-bindgen,everstream/testing,everstream-npm/tabs,everstream-server/redis-tls";

/// Checks formatting, then clippy for both targets, then the documentation.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::lint_components(workspace)?;

    let mut lint = Lint::new(workspace);
    lint.run(
        "format",
        workspace.cargo().args(["fmt", "--all", "--check"]),
    )?;
    // `fuzz` is no member of the workspace: it needs a nightly compiler, but no formatter of its own.
    lint.run(
        "format fuzz",
        workspace
            .cargo()
            .args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]),
    )?;
    lint.clippy("native", |cargo| {
        cargo.args(["--workspace", "--all-targets", "--features", FEATURES]);
        exclude_programs(cargo);
    })?;
    // The hub without optional features.
    lint.clippy("hub, plain", |cargo| {
        cargo.args(["--package", "everstream-server", "--all-targets"]);
    })?;
    // Each framework alone, as users enable it.
    for feature in ["dioxus", "leptos", "yew"] {
        lint.clippy(feature, |cargo| {
            cargo.args(["--target", WASM, "--package", "everstream"]);
            cargo.args(["--features", feature]);
        })?;
    }
    // The smallest and the largest core of the npm package.
    for feature in ["plain", "tabs"] {
        lint.clippy(&format!("npm, {feature}"), |cargo| {
            cargo.args(["--target", WASM, "--package", "everstream-npm"]);
            cargo.args(["--features", feature]);
        })?;
    }
    for source in size::SOURCES {
        lint.clippy(&format!("programs, {source}"), |cargo| {
            programs(cargo, source);
        })?;
    }
    let mut doc = workspace.cargo();
    doc.args(["doc", "--workspace", "--no-deps"]);
    doc.args(["--features", FEATURES]);
    exclude_programs(&mut doc);
    doc.envs(servers::usual_addresses())
        .env("RUSTDOCFLAGS", "-D warnings");
    lint.run("documentation", &mut doc)?;
    // docs.rs builds for the target of browsers, with every feature.
    let mut doc = workspace.cargo();
    doc.args(["doc", "--package", "everstream", "--no-deps"]);
    doc.args(["--target", WASM, "--all-features"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    lint.run("docs.rs", &mut doc)?;

    check_published(workspace, &mut lint)?;
    println!("\n{lint}");
    Ok(ExitCode::SUCCESS)
}

/// Checks the contents of the published packages, and that the oldest compiler builds them.
fn check_published(workspace: &Workspace, lint: &mut Lint<'_>) -> Result<()> {
    published::check_contents(workspace)?;
    lint.passed("packages");
    let version = published::rust_version(workspace)?;
    match published::oldest_toolchain(workspace, &version) {
        Ok(()) => {
            for (name, mut check) in ["browser", "server"]
                .into_iter()
                .zip(published::oldest_checks(workspace, &version))
            {
                lint.run(&format!("Rust {version}, {name}"), &mut check)?;
            }
        }
        Err(error) => lint.skipped(format!("Rust {version}: {error:#}")),
    }
    Ok(())
}

/// The parts that have passed, and the time of each.
struct Lint<'a> {
    workspace: &'a Workspace,
    stopwatch: Stopwatch,
    passed: Vec<(String, Lap)>,
    /// The checks that couldn't run here, and the reasons.
    skipped: Vec<String>,
}

impl<'a> Lint<'a> {
    fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            stopwatch: Stopwatch::start(),
            passed: Vec::new(),
            skipped: Vec::new(),
        }
    }

    fn run(&mut self, name: &str, command: &mut Command) -> Result<()> {
        process::run(command)?;
        self.passed(name);
        Ok(())
    }

    fn passed(&mut self, name: &str) {
        self.passed.push((name.to_owned(), self.stopwatch.lap()));
    }

    fn skipped(&mut self, what: String) {
        eprintln!("SKIPPED {what}");
        self.skipped.push(what);
    }

    fn clippy(&mut self, name: &str, select: impl FnOnce(&mut Command)) -> Result<()> {
        let mut cargo = self.workspace.cargo();
        cargo.arg("clippy").envs(servers::usual_addresses());
        select(&mut cargo);
        self.run(name, cargo.args(["--", "-D", "warnings"]))
    }
}

impl Display for Lint<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, lap) in &self.passed {
            writeln!(f, "{name:<18} {lap:>6}")?;
        }
        for what in &self.skipped {
            writeln!(f, "SKIPPED {what}")?;
        }
        f.write_str("nothing to complain about")
    }
}

/// Selects all programs for browsers, with one of the sources in those of the size comparison.
///
/// They are checked together: each selection has its own set of features, so that each would compile the
/// frameworks anew. With the last source goes the hydration of islands, which excludes that of whole pages.
fn programs(cargo: &mut Command, source: &str) {
    cargo.args(["--target", WASM, "--all-targets"]);
    let own = [
        "everstream-demo",
        "everstream-e2e-page",
        "everstream-browser-tests",
        hooks::TESTS,
        hydration::PACKAGE,
    ];
    for package in own {
        cargo.args(["--package", package]);
    }
    for package in example::ALL.map(example::package) {
        cargo.args(["--package", &package]);
    }
    for package in size::FRAMEWORKS.map(size::package) {
        cargo.args(["--package", &package]);
        cargo.args(["--features", &format!("{package}/{source}")]);
    }
    if Some(&source) == size::SOURCES.last() {
        let islands = format!("{}/{}", hydration::PACKAGE, hydration::ISLANDS);
        cargo.args(["--features", &islands]);
    }
}

/// Excludes the examples and the programs of the size comparison, which run only in a browser.
fn exclude_programs(cargo: &mut Command) {
    let examples = example::ALL.map(example::package);
    let weighed = size::FRAMEWORKS.map(size::package);
    for package in examples.iter().chain(&weighed) {
        cargo.args(["--exclude", package]);
    }
}
