//! The Java app in `tests/spring`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{process, system};

/// The packages to install: only libraries, so none adds a service to the system.
const PACKAGES: [&str; 3] = [
    "default-jdk-headless",
    "libspring-web-servlet-java",
    "libjetty9-java",
];

/// The directory of Debian's Java libraries.
const LIBRARIES: &str = "/usr/share/java";

/// The libraries that the app needs, without `.jar`.
const NEEDED: [&str; 15] = [
    "commons-logging",
    "jetty9-http",
    "jetty9-io",
    "jetty9-security",
    "jetty9-server",
    "jetty9-servlet",
    "jetty9-util",
    "servlet-api",
    "spring3-aop",
    "spring3-beans",
    "spring3-context",
    "spring3-core",
    "spring3-expression",
    "spring3-web",
    "spring3-web.servlet",
];

/// Returns the command that serves the app in `tests/spring`.
pub(crate) fn spring(workspace: &Workspace, port: u16) -> Result<Command> {
    if !is_installed(workspace) {
        system::install(workspace, &PACKAGES);
    }
    if !is_installed(workspace) {
        bail!(
            "Java with Spring and Jetty is missing: install {}",
            PACKAGES.join(", ")
        );
    }
    let classes = workspace.target.join("spring");
    fs::create_dir_all(&classes)?;
    let libraries: Vec<_> = NEEDED.iter().map(|name| library(name)).collect();
    let libraries = libraries.join(":");
    process::run(
        workspace
            .command("javac")
            // This version of Spring reads class files at run time and supports no newer format.
            .args(["--release", "8", "-Xlint:-options"])
            .args(["-classpath", &libraries, "-d"])
            .arg(&classes)
            .arg("tests/spring/Prices.java"),
    )
    .context("tests/spring does not compile")?;
    let mut java = workspace.command("java");
    java.arg("-classpath")
        .arg(format!("{}:{libraries}", classes.display()))
        .arg("Prices")
        .env("PORT", port.to_string());
    Ok(java)
}

fn is_installed(workspace: &Workspace) -> bool {
    workspace.find("javac").is_some()
        && NEEDED
            .iter()
            .all(|name| Path::new(&library(name)).is_file())
}

fn library(name: &str) -> String {
    format!("{LIBRARIES}/{name}.jar")
}
