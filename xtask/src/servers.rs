//! The servers that the browser tests and the demo use, on loopback.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::process;
use crate::service::Service;
use crate::workspace::Workspace;

/// The address at which the browser tests expect a server.
///
/// Addresses are compiled into the tests, so changing one would recompile them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    /// The variable that tells the tests the origin at compile time.
    pub(crate) variable: &'static str,
    scheme: &'static str,
    usual_port: u16,
}

/// The project's own server, whose paths decide what it does.
pub(crate) const TEST_SERVER: Address = Address::new("EVERSTREAM_TEST_SERVER", "http", 38471);
/// The project's own server with the demo's page, which `tests/e2e` opens.
pub(crate) const DEMO: Address = Address::new("EVERSTREAM_DEMO", "http", 38478);
/// The app in `tests/fastapi`.
pub(crate) const FASTAPI: Address = Address::new("EVERSTREAM_FASTAPI", "http", 38472);
/// The app in `tests/flask`.
pub(crate) const FLASK: Address = Address::new("EVERSTREAM_FLASK", "http", 38473);
/// The app in `tests/express`.
pub(crate) const EXPRESS: Address = Address::new("EVERSTREAM_EXPRESS", "http", 38474);
/// The app in `tests/spring`.
pub(crate) const SPRING: Address = Address::new("EVERSTREAM_SPRING", "http", 38480);
/// The servers of other multiplex protocols, in `tests/protocols`.
pub(crate) const PROTOCOLS: Address = Address::new("EVERSTREAM_PROTOCOLS", "http", 38477);
/// nginx before the project's own server and the app in `tests/fastapi`.
pub(crate) const NGINX: Address = Address::new("EVERSTREAM_NGINX", "http", 38475);
/// nginx as [`NGINX`], over TLS and HTTP/2.
pub(crate) const NGINX_H2: Address = Address::new("EVERSTREAM_NGINX_H2", "https", 38476);
/// A second instance of the project's own server, which serves the examples.
pub(crate) const EXAMPLES: Address = Address::new("EVERSTREAM_EXAMPLES", "http", 38479);

const ADDRESSES: [Address; 10] = [
    TEST_SERVER,
    DEMO,
    FASTAPI,
    FLASK,
    EXPRESS,
    SPRING,
    PROTOCOLS,
    NGINX,
    NGINX_H2,
    EXAMPLES,
];

/// The ports that were returned for servers of this run.
static PROMISED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

impl Address {
    const fn new(variable: &'static str, scheme: &'static str, usual_port: u16) -> Self {
        Self {
            variable,
            scheme,
            usual_port,
        }
    }

    /// Returns the server's usual origin.
    pub(crate) fn usual(self) -> String {
        self.origin(self.usual_port)
    }

    /// Returns the server's origin at this port.
    pub(crate) fn origin(self, port: u16) -> String {
        format!("{}://127.0.0.1:{port}", self.scheme)
    }

    /// Returns the usual port or, if that is taken, another. No port is returned twice: another suite's server
    /// may be about to listen there.
    pub(crate) fn free_port(self) -> Result<u16> {
        let mut promised = PROMISED.lock().unwrap_or_else(PoisonError::into_inner);
        if is_free(self.usual_port) && promised.insert(self.usual_port) {
            return Ok(self.usual_port);
        }
        loop {
            let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
            let port = listener.local_addr()?.port();
            if promised.insert(port) {
                return Ok(port);
            }
        }
    }
}

/// Returns the usual origins as variables, for commands that only compile the tests.
pub(crate) fn usual_addresses() -> impl Iterator<Item = (&'static str, String)> {
    ADDRESSES
        .into_iter()
        .map(|address| (address.variable, address.usual()))
}

/// Returns whether nothing listens on a port.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// A running server and its origin.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) origin: String,
    pub(crate) service: Service,
}

impl Server {
    /// Starts a server that reports its address once it listens.
    pub(crate) fn start(
        workspace: &Workspace,
        name: &str,
        command: Command,
        port: u16,
    ) -> Result<Self> {
        let origin = format!("http://127.0.0.1:{port}");
        let announced = origin.clone();
        let (service, _) = Service::start(workspace, name, command, move |line| {
            line.split_whitespace().any(|word| word == announced)
        })?;
        Ok(Self { origin, service })
    }

    /// Builds and starts the project's own server, which also serves `www` if given. Its output goes to
    /// `<name>.log`.
    pub(crate) fn everstream(
        workspace: &Workspace,
        name: &str,
        port: u16,
        www: Option<&Path>,
    ) -> Result<Self> {
        process::run(
            workspace
                .cargo()
                .args(["build", "--package", "everstream-testbed"]),
        )?;
        // The binary runs directly, since behind `cargo run` it would be cargo's child rather than ours.
        let mut command = workspace.command(workspace.target.join("debug/everstream-testbed"));
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        if let Some(www) = www {
            command.arg("--www").arg(www);
        }
        Self::start(workspace, name, command, port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!is_free(port));
        let address = Address::new("EVERSTREAM_TAKEN", "http", port);
        assert_ne!(address.free_port().unwrap(), port);
    }

    #[test]
    fn a_port_is_promised_once() {
        // Nothing listens there between the calls.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = Address::new("EVERSTREAM_PROMISED", "http", port);
        assert_ne!(address.free_port().unwrap(), address.free_port().unwrap());
    }

    #[test]
    fn no_two_servers_share_a_variable_or_a_port() {
        for (index, one) in ADDRESSES.iter().enumerate() {
            for other in &ADDRESSES[index + 1..] {
                assert_ne!(one.variable, other.variable);
                assert_ne!(one.usual_port, other.usual_port);
            }
        }
    }

    #[test]
    fn an_origin_names_scheme_and_port() {
        assert_eq!(FASTAPI.origin(1234), "http://127.0.0.1:1234");
        assert_eq!(NGINX_H2.usual(), "https://127.0.0.1:38476");
    }
}
