//! `cargo xtask size`: what the library adds to the size of a small program in each framework, beside
//! `gloo-net` with `serde_json` in the same program.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, node, process};

/// The frameworks, after which the programs' packages are named.
pub(crate) const FRAMEWORKS: [&str; 3] = ["dioxus", "leptos", "yew"];

/// The sources that a program may have, by feature name.
pub(crate) const SOURCES: [&str; 2] = ["gloo-net", "everstream"];

/// The name of the program without a source.
const NOTHING: &str = "nothing";

/// The cargo profile, by its name and by its directory.
const PROFILE: &str = "wasm-size";

/// The project's Node package that has wasm-opt.
const OPTIMIZER: &str = "pkg-template";

/// Builds the programs, shrinks them, and prints their sizes.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    let optimizer = workspace.root.join(OPTIMIZER);
    node::packages(workspace, OPTIMIZER, &optimizer)?;

    let mut weigh = workspace.command("node");
    weigh
        .arg("benches/size/weigh.mjs")
        .arg(optimizer.join("node_modules/binaryen/bin/wasm-opt"));
    for framework in FRAMEWORKS {
        let folder = workspace.target.join("size").join(framework);
        build(workspace, framework, None, &folder)?;
        for source in SOURCES {
            build(workspace, framework, Some(source), &folder)?;
        }
        let version = workspace.locked_version(framework)?;
        weigh.arg(format!("{framework} {version}")).arg(folder);
    }
    println!();
    process::run(&mut weigh)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the package of a framework's program.
pub(crate) fn package(framework: &str) -> String {
    format!("everstream-size-{framework}")
}

/// Builds a framework's program, and puts wasm-bindgen's output into a folder.
fn build(
    workspace: &Workspace,
    framework: &str,
    source: Option<&str>,
    folder: &Path,
) -> Result<()> {
    let package = package(framework);
    process::run(
        workspace
            .cargo()
            .args(["build", "--target", WASM, "--profile", PROFILE])
            .args(["--package", &package])
            .args(source.map(|source| format!("--features={source}"))),
    )?;
    let built = workspace.target.join(WASM).join(PROFILE).join(package);
    process::run(
        workspace
            .command("wasm-bindgen")
            .args(["--target", "web", "--no-typescript"])
            .args(["--out-name", source.unwrap_or(NOTHING), "--out-dir"])
            .args([folder, &built.with_extension("wasm")]),
    )
}
