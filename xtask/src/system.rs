//! Programs that come from the system's package manager.

use std::fs;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// Installs Debian packages, where that is this program's to do: on Debian, as root.
///
/// Anywhere else the system is left alone. Whoever needs the packages looks for them afterwards
/// and says what is missing, so a failure is only shown here.
pub(crate) fn install(workspace: &Workspace, packages: &[&str]) {
    if !is_debian() || !rustix::process::geteuid().is_root() {
        return;
    }
    println!("installing {}", packages.join(" "));
    if let Err(error) = apt_get(workspace, packages) {
        eprintln!("{error:#}");
    }
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian")
}

fn apt_get(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    process::run(workspace.command("apt-get").arg("update"))?;
    process::run(
        workspace
            .command("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages),
    )
}
