//! The servers that run during the browser tests.

use std::process::Command;

use anyhow::Result;

use crate::nginx::{Nginx, Settings};
use crate::report::Report;
use crate::servers::{self, Address, Server};
use crate::service::Service;
use crate::workspace::Workspace;
use crate::{java, node, python};

/// Sets an app up. Returns the command that serves it at a port.
type SetUp = fn(&Workspace, u16) -> Result<Command>;

/// The apps in other languages than the project's own server.
const APPS: [(&str, Address, SetUp); 5] = [
    ("fastapi", servers::FASTAPI, python::fastapi),
    ("flask", servers::FLASK, python::flask),
    ("express", servers::EXPRESS, node::express),
    ("spring", servers::SPRING, java::spring),
    ("protocols", servers::PROTOCOLS, node::protocols),
];

/// The running servers, which end when this value is dropped.
#[must_use = "dropping the servers ends them"]
#[derive(Debug, Default)]
pub(crate) struct TestServers {
    origins: Vec<(Address, String)>,
    services: Vec<Service>,
}

impl TestServers {
    /// Starts the servers. Reports those whose requirements are missing.
    pub(crate) fn start(workspace: &Workspace, report: &mut Report) -> Result<Self> {
        let mut running = Self::default();
        let port = servers::TEST_SERVER.free_port()?;
        let server = Server::everstream(workspace, "server", port, None)?;
        running.add(servers::TEST_SERVER, server);

        for (name, address, set_up) in APPS {
            let port = address.free_port()?;
            match set_up(workspace, port) {
                Ok(command) => {
                    let server = Server::start(workspace, name, command, port)?;
                    running.add(address, server);
                }
                Err(error) => report.missing(name, format!("{error:#}")),
            }
        }
        match Nginx::set_up(workspace) {
            Ok(nginx) => running.add_nginx(workspace, &nginx)?,
            Err(error) => report.missing("nginx", format!("{error:#}")),
        }
        Ok(running)
    }

    fn add(&mut self, address: Address, server: Server) {
        self.origins.push((address, server.origin));
        self.services.push(server.service);
    }

    fn add_nginx(&mut self, workspace: &Workspace, nginx: &Nginx) -> Result<()> {
        let settings = Settings {
            http_port: servers::NGINX.free_port()?,
            https_port: servers::NGINX_H2.free_port()?,
            test_server: &self.origin(servers::TEST_SERVER),
            fastapi: &self.origin(servers::FASTAPI),
        };
        let service = nginx.start(workspace, &settings)?;
        for (address, port) in [
            (servers::NGINX, settings.http_port),
            (servers::NGINX_H2, settings.https_port),
        ] {
            self.origins.push((address, address.origin(port)));
        }
        self.services.push(service);
        Ok(())
    }

    /// Returns a server's origin or, if it is missing, its usual one.
    fn origin(&self, wanted: Address) -> String {
        let found = self
            .origins
            .iter()
            .find(|(address, _)| address.variable == wanted.variable);
        found.map_or_else(|| wanted.usual(), |(_, origin)| origin.clone())
    }

    /// Tells a command that compiles the tests the servers' origins, and which servers are missing.
    pub(crate) fn tell(&self, command: &mut Command) {
        for (variable, _) in servers::usual_addresses() {
            command.env_remove(variable);
        }
        for (address, origin) in &self.origins {
            command.env(address.variable, origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_missing_server_is_not_inherited() {
        let running = TestServers {
            origins: vec![(servers::FLASK, "http://127.0.0.1:1".into())],
            services: Vec::new(),
        };
        let mut command = Command::new("true");
        running.tell(&mut command);
        let told = |wanted: Address| {
            let mut variables = command.get_envs();
            let (_, value) = variables
                .find(|(name, _)| *name == wanted.variable)
                .unwrap();
            value
        };
        assert_eq!(told(servers::FLASK), Some(OsStr::new("http://127.0.0.1:1")));
        assert_eq!(told(servers::EXPRESS), None);
    }
}
