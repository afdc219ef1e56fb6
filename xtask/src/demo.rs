//! `cargo xtask demo`: builds the demo and serves it.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::servers::{self, Server};
use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, process};

/// The ports that the demo tries if none is given.
const PORTS: std::ops::Range<u16> = 8080..8180;

/// The demo's page.
pub(crate) const WWW: &str = "www";

/// Serves the demo until the user stops it.
pub(crate) fn run(workspace: &Workspace, port: Option<u16>) -> Result<ExitCode> {
    let port = self::port(port)?;
    build(workspace)?;
    let server = Server::everstream(workspace, "server", port, Some(Path::new(WWW)))?;
    println!("\nThe demo is at {} (ctrl-c ends it)", server.origin);
    serve(server)
}

/// Returns the requested port, or the first free one.
pub(crate) fn port(wanted: Option<u16>) -> Result<u16> {
    match wanted {
        Some(port) if !servers::is_free(port) => bail!("port {port} is taken"),
        Some(port) => Ok(port),
        None => PORTS
            .into_iter()
            .find(|port| servers::is_free(*port))
            .context("no port is free: choose one with --port"),
    }
}

/// Waits until a server ends, usually by ctrl-c.
pub(crate) fn serve(server: Server) -> Result<ExitCode> {
    match server.service.wait() {
        Err(_) if process::interrupted() => Ok(ExitCode::SUCCESS),
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}

/// Makes cargo compile what [`build`] makes wasm-pack compile.
pub(crate) fn compile(cargo: &mut Command) {
    cargo.args(["build", "--lib", "--package", "everstream-demo"]);
    cargo.args(["--target", WASM, "--profile", "wasm"]);
}

/// Builds the page.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    process::run(
        workspace
            .command("wasm-pack")
            .args(["build", WWW, "--target", "web", "--profile", "wasm"])
            .args(["--mode", "no-install", "--no-opt", "--no-pack"]),
    )
}
