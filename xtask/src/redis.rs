//! The hub's tests that need a Redis.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::report::Report;
use crate::system;
use crate::workspace::Workspace;

/// The program whose nodes share a Redis. Its tests need one, and its features add the Redis tests of the
/// library.
pub(crate) const HUB: &str = "everstream-hub";

const NAME: &str = "redis-server";

/// The Redis server under another name, from a package that starts no service with the system.
const TWIN: &str = "redis-check-rdb";

/// Adds the Redis tests to a command, or reports that Redis is missing. Returns whether it is there.
pub(crate) fn include(workspace: &Workspace, tests: &mut Command, report: &mut Report) -> bool {
    match set_up(workspace) {
        Ok(server) => {
            tests
                .args(["--features", "everstream-server/redis-tls"])
                .env("EVERSTREAM_REDIS_SERVER", server);
            true
        }
        Err(error) => {
            report.missing("redis", format!("{error:#}"));
            false
        }
    }
}

/// Finds the server, and installs it if missing.
fn set_up(workspace: &Workspace) -> Result<PathBuf> {
    system::need_openssl(workspace)?;
    if let Some(server) = workspace.find(NAME) {
        return Ok(server);
    }
    if workspace.find(TWIN).is_none() {
        system::install(workspace, &["redis-tools"]);
    }
    let twin = workspace
        .find(TWIN)
        .context("not installed: get redis-server from your package manager")?;
    // The program acts according to the name that it is called by.
    let directory = workspace.target.join("redis");
    fs::create_dir_all(&directory)?;
    let server = directory.join(NAME);
    if !server.is_file() {
        symlink(twin, &server)?;
    }
    Ok(server)
}
