//! `cargo xtask example`: builds an example and serves it, with the streams that it reads.
//!
//! The examples are made for trunk, which may not be installed, so this module does the little that trunk
//! does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::demo;
use crate::servers::Server;
use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, process};

/// The examples, by folder name.
pub(crate) const ALL: [&str; 4] = ["dioxus-prices", "leptos-chat", "plain", "yew-dashboard"];

/// Returns the example of a name from the command line.
pub(crate) fn named(name: &str) -> Result<&'static str, String> {
    let found = ALL.into_iter().find(|example| *example == name);
    found.ok_or_else(|| format!("the examples are {}", ALL.join(", ")))
}

/// Serves an example until the user stops it.
pub(crate) fn run(workspace: &Workspace, name: &str, port: Option<u16>) -> Result<ExitCode> {
    let port = demo::port(port)?;
    let site = build(workspace, &[name])?.join(name);
    let server = Server::everstream(workspace, "server", port, Some(&site))?;
    println!("\n{name} is at {} (ctrl-c ends it)", server.origin);
    demo::serve(server)
}

/// Builds examples. Returns the directory that holds a site for each.
pub(crate) fn build(workspace: &Workspace, names: &[&str]) -> Result<PathBuf> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    let mut cargo = workspace.cargo();
    compile(&mut cargo, names);
    process::run(&mut cargo)?;

    let sites = workspace.target.join("examples");
    for name in names {
        let site = sites.join(name);
        lay_out(&workspace.root.join("examples").join(name), &site, name)?;
        let wasm = workspace.target.join(WASM).join("wasm").join(package(name));
        process::run(
            workspace
                .command("wasm-bindgen")
                .args(["--target", "web", "--out-dir"])
                .arg(site.join("pkg"))
                .arg(wasm.with_extension("wasm")),
        )?;
    }
    Ok(sites)
}

/// Makes cargo compile examples.
pub(crate) fn compile(cargo: &mut Command, names: &[&str]) {
    cargo.args(["build", "--target", WASM, "--profile", "wasm"]);
    for name in names {
        cargo.arg("--package").arg(package(name));
    }
}

/// Returns the package of an example.
pub(crate) fn package(name: &str) -> String {
    format!("everstream-example-{name}")
}

/// Puts the page and its style where the server finds them.
fn lay_out(example: &Path, site: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(site)?;
    fs::copy(example.join("style.css"), site.join("style.css"))?;
    let page = fs::read_to_string(example.join("index.html"))?;
    let page = without_trunk(&page, name).context("the page of an example has trunk's links")?;
    fs::write(site.join("index.html"), page)?;
    Ok(())
}

/// Processes a page as trunk does: its links become the style sheet and the program.
fn without_trunk(page: &str, name: &str) -> Result<String> {
    const STYLE: &str = r#"<link data-trunk rel="css""#;
    const PROGRAM: &str = r#"<link data-trunk rel="rust">"#;
    if !page.contains(STYLE) || !page.contains(PROGRAM) {
        bail!("`{STYLE}` or `{PROGRAM}` is missing");
    }
    let script = format!(
        r#"<script type="module">import start from "./pkg/{}.js"; await start();</script>"#,
        package(name)
    );
    let page = page.replace(STYLE, r#"<link rel="stylesheet""#);
    Ok(page.replace(PROGRAM, &script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunks_links_are_replaced() {
        let page = r#"<link data-trunk rel="css" href="style.css"><link data-trunk rel="rust">"#;
        let page = without_trunk(page, "plain").unwrap();
        assert!(
            page.contains(r#"<link rel="stylesheet" href="style.css">"#),
            "{page}"
        );
        assert!(
            page.contains(r#""./pkg/everstream-example-plain.js""#),
            "{page}"
        );
        assert!(!page.contains("data-trunk"), "{page}");
        assert!(without_trunk("<p>", "plain").is_err());
    }

    #[test]
    fn examples_have_names() {
        assert_eq!(named("plain"), Ok("plain"));
        assert!(named("fancy").unwrap_err().contains("yew-dashboard"));
    }
}
