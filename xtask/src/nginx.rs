//! nginx before the other servers, as a process of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::report::Report;
use crate::service::Service;
use crate::system;
use crate::workspace::Workspace;

const TEMPLATE: &str = "tests/nginx/nginx.conf";

/// The settings that the book recommends, which the configuration includes.
const EVENTS: &str = "tests/nginx/events.conf";

/// Debian's path of nginx, which only root's `PATH` contains.
const DEBIAN: &str = "usr/sbin/nginx";

/// The program whose tests need an nginx.
pub(crate) const CLI: &str = "everstream-cli";

/// Tells a command where nginx is, or reports that it is missing. Returns whether it is there.
pub(crate) fn include(workspace: &Workspace, tests: &mut Command, report: &mut Report) -> bool {
    match Nginx::set_up(workspace) {
        Ok(nginx) => {
            tests.env("EVERSTREAM_NGINX", nginx.program);
            true
        }
        Err(error) => {
            report.missing("nginx", format!("{error:#}"));
            false
        }
    }
}

/// The values that the template leaves open.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
    pub(crate) test_server: &'a str,
    pub(crate) fastapi: &'a str,
}

impl Settings<'_> {
    fn fill_in(&self, template: &str) -> String {
        let listen = |port| format!("127.0.0.1:{port}");
        template
            .replace("@HTTP@", &listen(self.http_port))
            .replace("@HTTPS@", &listen(self.https_port))
            .replace("@TEST_SERVER@", self.test_server)
            .replace("@FASTAPI@", self.fastapi)
            .replace("@FASTAPI_HOST@", self.fastapi.trim_start_matches("http://"))
    }
}

/// An installed nginx.
#[derive(Debug)]
pub(crate) struct Nginx {
    program: PathBuf,
}

impl Nginx {
    /// Finds nginx and openssl, and installs them if missing.
    pub(crate) fn set_up(workspace: &Workspace) -> Result<Self> {
        system::need_openssl(workspace)?;
        let own = workspace.target.join("nginx");
        let found = || {
            let places = [Path::new("/"), &own].map(|root| root.join(DEBIAN));
            let there = || places.into_iter().find(|program| program.is_file());
            workspace.find("nginx").or_else(there)
        };
        if found().is_none() {
            // A regular installation would also start a web server with the system.
            system::unpack(workspace, "nginx", &own);
        }
        let program = found().context("not installed: get nginx from your package manager")?;
        Ok(Self { program })
    }

    /// Runs nginx with a configuration and a certificate made for this run.
    pub(crate) fn start(&self, workspace: &Workspace, settings: &Settings) -> Result<Service> {
        let directory = workspace.target.join("xtask/nginx");
        fs::create_dir_all(&directory)?;
        let template = fs::read_to_string(workspace.root.join(TEMPLATE))?;
        let configuration = directory.join("nginx.conf");
        fs::write(&configuration, settings.fill_in(&template))?;
        fs::copy(workspace.root.join(EVENTS), directory.join("events.conf"))?;
        certify(workspace, &directory)?;

        let mut command = workspace.command(&self.program);
        // The output must include errors from before the configuration is read.
        command
            .args(["-e", "stderr", "-p"])
            .arg(&directory)
            .arg("-c")
            .arg(configuration);
        let is_ready = |line: &str| line.contains(": start worker process ");
        let (service, _) = Service::start(workspace, "nginx", command, is_ready)?;
        Ok(service)
    }
}

/// Makes a self-signed certificate, which the browsers are told to accept.
fn certify(workspace: &Workspace, directory: &Path) -> Result<()> {
    let output = workspace
        .command("openssl")
        .current_dir(directory)
        .args(["req", "-x509", "-nodes", "-days", "7"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .args(["-subj", "/CN=everstream tests"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .output()
        .context("cannot run openssl")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("openssl made no certificate:\n{said}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_open() {
        let settings = Settings {
            http_port: 80,
            https_port: 443,
            test_server: "http://127.0.0.1:1",
            fastapi: "http://127.0.0.1:2",
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let template = fs::read_to_string(root.join(TEMPLATE)).unwrap();
        let filled_in = settings.fill_in(&template);
        assert!(!filled_in.contains('@'), "{filled_in}");
        for line in [
            "listen 127.0.0.1:80;",
            "listen 127.0.0.1:443 ssl http2;",
            "proxy_pass http://127.0.0.1:1;",
            "proxy_pass http://127.0.0.1:2/;",
            "server 127.0.0.1:2;",
        ] {
            assert!(filled_in.contains(line), "{line} is not in:\n{filled_in}");
        }
    }
}
