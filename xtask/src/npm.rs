//! The npm package: `cargo xtask build` makes it, `cargo xtask test --npm` tests its tarball.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::browsers::{self, Browser};
use crate::report::Report;
use crate::servers::{self, Server};
use crate::workspace::Workspace;
use crate::{cargo_tools, node, process, python};

/// The suite's name in the report.
const NAME: &str = "npm";

/// The source of the package, besides the crate.
const TEMPLATE: &str = "pkg-template";
/// The crate of the package's cores.
const CORE: &str = "pkg-template/core";

const TESTS: &str = "tests/npm";
/// The server and the conformance tests of MCP.
const MCP: &str = "tests/mcp";
/// The third-party packages that ours is tested with.
const NEIGHBOURS: &str = "tests/npm/neighbours";

/// The versions of Node that test the package, besides the one that runs the tests.
const NODES: [&str; 2] = ["22.23.3", "24.21.0"];

/// The features of the cores: without the multiplexer, with it, and with sharing too.
pub(crate) const CORES: [&str; 3] = ["plain", "mux", "tabs"];

/// The cargo profile of the cores.
const PROFILE: &str = "npm";

/// The package that this run has made.
static MADE: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Makes the package in `pkg`, ready to be packed and published, or returns the one that this run has made.
///
/// wasm-pack makes the cores. `build.mjs` takes only the WebAssembly of its output: the exports use numbers
/// alone, so the package needs no glue.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(package) = &*made {
        return Ok(package.clone());
    }
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::std_source(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    let template = workspace.root.join(TEMPLATE);
    node::packages(workspace, TEMPLATE, &template)?;

    let mut build = workspace.command("node");
    build.arg(template.join("build.mjs"));
    for feature in CORES {
        let mut wasm_pack = workspace.command(WASM_PACK);
        process::run(core(workspace, &mut wasm_pack, feature))?;
        build.arg(bound(workspace, feature).join("everstream_npm_bg.wasm"));
    }
    let pkg = workspace.root.join("pkg");
    process::run(build.arg(&pkg))?;
    *made = Some(pkg.clone());
    Ok(pkg)
}

/// The program that builds a core. Its `--mode no-install` takes the `wasm-bindgen` on `PATH` and downloads
/// nothing.
const WASM_PACK: &str = "wasm-pack";

/// The options that make cargo compile the cores and the standard library for size. A panic is just a trap,
/// without a message, since nothing would show it. These options of cargo and rustc aren't stable yet, so
/// `RUSTC_BOOTSTRAP` allows them for this build; see `docs/decisions.md`.
const FOR_SIZE: [&str; 2] = [
    "-Zbuild-std=core,alloc,std",
    "-Zbuild-std-features=optimize_for_size",
];
const TRAPPING: &str = "-Zunstable-options\u{1f}-Cpanic=immediate-abort";

/// Makes wasm-pack build the core of a feature.
pub(crate) fn core<'c>(
    workspace: &Workspace,
    wasm_pack: &'c mut Command,
    feature: &str,
) -> &'c mut Command {
    wasm_pack
        .args(["build", "--mode", "no-install", "--target", "web"])
        .args(["--no-typescript", "--no-pack", "--no-opt"])
        .args(["--profile", PROFILE, "--out-dir"])
        .arg(bound(workspace, feature))
        .arg(workspace.root.join(CORE))
        .args(["--features", feature])
        .args(FOR_SIZE)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", TRAPPING)
}

/// Returns the directory of wasm-pack's output for the core of a feature.
fn bound(workspace: &Workspace, feature: &str) -> PathBuf {
    workspace.target.join("npm").join(feature)
}

/// The parts of the benchmark.
const PARTS: [&str; 3] = ["sizes", "start", "speed"];

/// Returns the part of the benchmark with that name.
pub(crate) fn part(name: &str) -> Result<&'static str, String> {
    let part = PARTS.into_iter().find(|part| *part == name);
    part.ok_or_else(|| format!("the parts of the benchmark are {}", PARTS.join(", ")))
}

/// Measures the package beside others, as a whole or in one part. With `check`, a broken promise is a
/// failure.
pub(crate) fn bench(
    workspace: &Workspace,
    part: Option<&str>,
    rounds: usize,
    check: bool,
) -> Result<ExitCode> {
    let tests = workspace.root.join(TESTS);
    node::packages(workspace, TESTS, &tests)?;
    let tarball = pack(workspace, &build(workspace)?)?;
    let temporary = tempfile::tempdir()?;
    let mut node = workspace.command("node");
    node.args(["bench/run.mjs", "--rounds", &rounds.to_string()])
        .args(part)
        .current_dir(&tests)
        .env("TMPDIR", temporary.path())
        .env("EVERSTREAM_TARBALL", &tarball);
    if check {
        node.arg("--check");
    }
    process::run(&mut node)?;
    Ok(ExitCode::SUCCESS)
}

/// Packs the package, installs the tarball and runs the tests of `tests/npm` on it.
pub(crate) fn test(workspace: &Workspace, filter: Option<&str>, report: &mut Report) -> Result<()> {
    let tests = workspace.root.join(TESTS);
    if let Err(error) = node::packages(workspace, TESTS, &tests) {
        report.missing(NAME, format!("{error:#}"));
        return Ok(());
    }
    let pkg = build(workspace)?;
    let tarball = pack(workspace, &pkg)?;
    let port = servers::TEST_SERVER.free_port()?;
    let server = Server::everstream(workspace, "npm-server", port, None)?;

    // The directory catches the profiles that a killed browser leaves behind.
    let temporary = tempfile::tempdir()?;
    let runner = |program: &OsStr| {
        let mut node = node::tests(workspace, program, 2);
        node.current_dir(&tests)
            .env("TMPDIR", temporary.path())
            .env("EVERSTREAM_TARBALL", &tarball)
            .env(servers::TEST_SERVER.variable, &server.origin);
        node
    };
    let wanted = filter.map(crate::e2e::pattern);

    let mut node = runner("node".as_ref());
    tell_browsers(workspace, report, &mut node);
    tell_servers(workspace, report, &mut node);
    tell_neighbours(workspace, report, &mut node);
    if let Some(wanted) = &wanted {
        node.arg(format!("--test-name-pattern={wanted}"));
    }
    report.run(NAME, node, filter.is_some())?;

    let versions = if wanted.is_none() { &NODES[..] } else { &[] };
    for version in versions {
        let name = format!("{NAME}: Node {version}");
        let program = match node::version(workspace, version) {
            Ok(program) => program,
            Err(error) => {
                report.missing(&name, format!("{error:#}"));
                continue;
            }
        };
        let mut node = runner(program.as_ref());
        // The tests that run in Node itself.
        node.arg("--test-name-pattern=^node: ").args([
            "conformance.test.mjs",
            "channels.test.mjs",
            "tools.test.mjs",
        ]);
        report.run(&name, node, filter.is_some())?;
    }
    Ok(())
}

/// Packs the tarball that a user would install.
fn pack(workspace: &Workspace, pkg: &Path) -> Result<PathBuf> {
    let directory = workspace.target.join("npm");
    process::run(
        workspace
            .command("npm")
            .args(["pack", "--silent", "--pack-destination"])
            .arg(&directory)
            .current_dir(pkg),
    )?;
    let version = workspace.locked_version("everstream")?;
    let tarball = directory.join(format!("everstream-{version}.tgz"));
    tarball
        .is_file()
        .then_some(tarball)
        .context("npm packed under another name: the versions of crate and package differ")
}

/// Tells the tests how to run the third-party servers. The tests of a missing one are skipped.
fn tell_servers(workspace: &Workspace, report: &mut Report, node: &mut Command) {
    match node::packages(workspace, MCP, &workspace.root.join(MCP)) {
        Ok(()) => {
            node.env("EVERSTREAM_MCP", "1");
        }
        Err(error) => report.missing("npm: MCP", format!("{error:#}")),
    }
    match node::version(workspace, NODES[0]) {
        Ok(program) => {
            node.env("EVERSTREAM_NODE_22", program);
        }
        Err(error) => report.missing("npm: Node 22", format!("{error:#}")),
    }
    match node::express_modules(workspace) {
        Ok(modules) => {
            node.env("EVERSTREAM_EXPRESS_MODULES", modules);
        }
        Err(error) => report.missing("npm: Express", format!("{error:#}")),
    }
    match python::interpreter_of_fastapi(workspace) {
        Ok(program) => {
            node.env("EVERSTREAM_PYTHON", program);
        }
        Err(error) => report.missing("npm: FastAPI", format!("{error:#}")),
    }
}

/// Tells the tests whether the third-party packages are installed. Without them, their tests are skipped.
fn tell_neighbours(workspace: &Workspace, report: &mut Report, node: &mut Command) {
    match node::packages(workspace, NEIGHBOURS, &workspace.root.join(NEIGHBOURS)) {
        Ok(()) => {
            node.env("EVERSTREAM_NEIGHBOURS", "1");
        }
        Err(error) => report.missing("npm: neighbours", format!("{error:#}")),
    }
}

/// Tells the tests where the browsers are. The tests of a missing one are skipped.
fn tell_browsers(workspace: &Workspace, report: &mut Report, node: &mut Command) {
    browsers::install_missing(workspace, &[Browser::Chromium, Browser::Firefox]);
    match browsers::chromium(workspace) {
        Some(chromium) => {
            node.env("EVERSTREAM_CHROMIUM", chromium);
        }
        None => report.missing("npm: chromium", "not installed"),
    }
    match Browser::Firefox.set_up(workspace) {
        Ok(()) => {
            let geckodriver = workspace.find("geckodriver");
            node.env("EVERSTREAM_GECKODRIVER", geckodriver.unwrap_or_default());
        }
        Err(error) => report.missing("npm: firefox", format!("{error:#}")),
    }
}
