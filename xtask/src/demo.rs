//! `cargo xtask demo`: builds the demo and serves it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::servers::{self, Server};
use crate::workspace::Workspace;
use crate::{cargo_tools, process};

/// Where the demo looks for a port when none is given.
const PORTS: std::ops::Range<u16> = 8080..8180;

/// Serves the demo until the user has seen enough.
pub(crate) fn run(workspace: &Workspace, port: Option<u16>) -> Result<ExitCode> {
    let port = match port {
        Some(port) if !servers::is_free(port) => bail!("port {port} is taken"),
        Some(port) => port,
        None => PORTS
            .into_iter()
            .find(|port| servers::is_free(*port))
            .context("no port is free: choose one with --port")?,
    };

    cargo_tools::wasm_target(workspace)?;
    cargo_tools::wasm_pack(workspace)?;
    cargo_tools::wasm_bindgen(workspace)?;
    process::run(
        workspace
            .command("wasm-pack")
            .args(["build", "www", "--target", "web", "--profile", "wasm"])
            .args(["--mode", "no-install", "--no-opt", "--no-pack"]),
    )?;

    let server = Server::everstream(workspace, port, Some(Path::new("www")))?;
    println!("\nThe demo is at {} (ctrl-c ends it)", server.origin);
    match server.service.wait() {
        // Ctrl-c is how the demo is meant to end.
        Err(_) if process::interrupted() => Ok(ExitCode::SUCCESS),
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}
