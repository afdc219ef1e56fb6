//! The server of the streams.

use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::service::Service;
use crate::workspace::Workspace;

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) origin: String,
    _service: Service,
}

impl Server {
    /// Builds the server with optimisation, so that it doesn't dominate the measurement, and starts it.
    pub(super) fn start(workspace: &Workspace, site: &Path) -> Result<Self> {
        process::run(workspace.cargo().args([
            "build",
            "--release",
            "--package",
            "everstream-testbed",
        ]))?;
        let mut command = workspace.command(workspace.target.join("release/everstream-testbed"));
        command.args(["--listen", "127.0.0.1:0", "--www"]).arg(site);
        let is_ready = |line: &str| origin(line).is_some();
        let (service, line) = Service::start(workspace, "bench-server", command, is_ready)?;
        let origin = origin(&line).context("the server has no address")?;
        Ok(Self {
            origin: origin.to_owned(),
            _service: service,
        })
    }
}

/// Returns the address in the server's first line.
fn origin(line: &str) -> Option<&str> {
    line.strip_prefix("listening on ")
}
