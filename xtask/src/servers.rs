//! The servers that the browser tests and the demo talk to, on loopback.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::fastapi::Python;
use crate::process;
use crate::service::Service;
use crate::workspace::Workspace;

/// The addresses are compiled into the browser tests, so they had better stay the same.
const TEST_SERVER_PORT: u16 = 38471;
const FASTAPI_PORT: u16 = 38472;

/// Which variable tells the browser tests, at compile time, where the test server is.
pub(crate) const TEST_SERVER: &str = "EVERSTREAM_TEST_SERVER";
/// Which variable tells the browser tests, at compile time, where the Python app is.
pub(crate) const FASTAPI: &str = "EVERSTREAM_FASTAPI";

/// A running server and the origin it answers at.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) origin: String,
    pub(crate) service: Service,
}

impl Server {
    fn start(workspace: &Workspace, name: &str, command: Command, port: u16) -> Result<Self> {
        let origin = origin(port);
        let announced = origin.clone();
        let (service, _) = Service::start(workspace, name, command, move |line| {
            line.split_whitespace().any(|word| word == announced)
        })?;
        Ok(Self { origin, service })
    }

    /// Builds and starts the project's own server, which serves `www` too if asked to.
    pub(crate) fn everstream(workspace: &Workspace, port: u16, www: Option<&Path>) -> Result<Self> {
        process::run(
            workspace
                .cargo()
                .args(["build", "--package", "everstream-server"]),
        )?;
        // The binary is run directly: behind `cargo run` it would be cargo's child, not ours.
        let mut command = workspace.command(workspace.target.join("debug/everstream-server"));
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        if let Some(www) = www {
            command.arg("--www").arg(www);
        }
        Self::start(workspace, "server", command, port)
    }

    /// The project's own server, for the tests.
    pub(crate) fn for_tests(workspace: &Workspace) -> Result<Self> {
        Self::everstream(workspace, preferred_or_free(TEST_SERVER_PORT)?, None)
    }

    /// The Python app, for the tests.
    pub(crate) fn fastapi(workspace: &Workspace, python: &Python) -> Result<Self> {
        let port = preferred_or_free(FASTAPI_PORT)?;
        let mut command = workspace.command(&python.interpreter);
        command
            .args(["-m", "uvicorn", "app:app", "--app-dir", "tests/fastapi"])
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            // Streams have no end of their own that a shutdown could wait for.
            .args(["--timeout-graceful-shutdown", "0"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1");
        Self::start(workspace, "fastapi", command, port)
    }
}

/// Where the servers usually are, as variables for commands that only compile the tests.
pub(crate) fn usual_addresses() -> [(&'static str, String); 2] {
    [
        (TEST_SERVER, origin(TEST_SERVER_PORT)),
        (FASTAPI, origin(FASTAPI_PORT)),
    ]
}

fn origin(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Whether nothing listens on a port.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn preferred_or_free(preferred: u16) -> Result<u16> {
    if is_free(preferred) {
        return Ok(preferred);
    }
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!is_free(port));
        assert_ne!(preferred_or_free(port).unwrap(), port);
    }
}
