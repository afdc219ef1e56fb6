//! Programs from the system's package manager.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// Installs Debian packages where this program may do so: on Debian, as root.
///
/// Elsewhere the system is left alone. Callers look for the programs afterwards and report what is missing,
/// so a failure is only printed here.
pub(crate) fn install(workspace: &Workspace, packages: &[&str]) {
    if !may_install() {
        return;
    }
    println!("installing {}", packages.join(" "));
    if let Err(error) = apt_get(workspace, packages) {
        eprintln!("{error:#}");
    }
}

/// Finds openssl, which makes the certificates, and installs it if missing.
pub(crate) fn need_openssl(workspace: &Workspace) -> Result<()> {
    const NAME: &str = "openssl";
    if workspace.find(NAME).is_none() {
        install(workspace, &[NAME]);
    }
    workspace
        .find(NAME)
        .context("openssl is missing: get it from your package manager")?;
    Ok(())
}

/// Unpacks a Debian package into a directory, under the same conditions as [`install`].
///
/// Installing such a package would add a service to the system; unpacked, it is only a program. Its
/// dependencies must be installed already.
pub(crate) fn unpack(workspace: &Workspace, package: &str, directory: &Path) {
    if !may_install() {
        return;
    }
    println!("unpacking {package}");
    if let Err(error) = download_and_extract(workspace, package, directory) {
        eprintln!("{error:#}");
    }
}

fn may_install() -> bool {
    is_debian() && rustix::process::geteuid().is_root()
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

fn download_and_extract(workspace: &Workspace, package: &str, directory: &Path) -> Result<()> {
    let downloads = tempfile::tempdir()?;
    process::run(workspace.command("apt-get").arg("update"))?;
    process::run(
        workspace
            .command("apt-get")
            .args(["download", package])
            .current_dir(downloads.path()),
    )?;
    let mut files = fs::read_dir(downloads.path())?;
    let archive = files.next().context("apt-get downloaded nothing")??;
    process::run(
        workspace
            .command("dpkg-deb")
            .arg("--extract")
            .arg(archive.path())
            .arg(directory),
    )
}
