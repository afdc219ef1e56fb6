//! The Python that runs the app in `tests/fastapi`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{process, system};

const REQUIREMENTS: &str = "tests/fastapi/requirements.txt";

/// A virtual environment that has what the app requires.
#[derive(Debug)]
pub(crate) struct Python {
    pub(crate) interpreter: PathBuf,
}

impl Python {
    /// Sets the environment up in the target directory, unless it is there already.
    pub(crate) fn set_up(workspace: &Workspace) -> Result<Self> {
        let directory = workspace.target.join("fastapi");
        let interpreter = directory.join("bin/python");
        let requirements = fs::read_to_string(workspace.root.join(REQUIREMENTS))?;
        // Written last, so what it says has been installed.
        let installed = directory.join("installed.txt");
        if fs::read_to_string(&installed).is_ok_and(|had| had == requirements) {
            return Ok(Self { interpreter });
        }

        if !has_venv(workspace) {
            system::install(workspace, &["python3-venv"]);
        }
        if !has_venv(workspace) {
            bail!("Python with venv is missing: install python3 and python3-venv");
        }
        install(workspace, &directory, &interpreter)
            .context("FastAPI is missing: pip could not install it")?;
        fs::write(installed, requirements)?;
        Ok(Self { interpreter })
    }
}

/// Debian keeps `ensurepip` apart from Python, and `venv` cannot do without.
fn has_venv(workspace: &Workspace) -> bool {
    let mut python = workspace.command("python3");
    python.args(["-c", "import ensurepip, venv"]);
    python.output().is_ok_and(|output| output.status.success())
}

fn install(workspace: &Workspace, directory: &Path, interpreter: &Path) -> Result<()> {
    println!("installing FastAPI");
    process::run(
        workspace
            .command("python3")
            .args(["-m", "venv", "--clear"])
            .arg(directory),
    )?;
    process::run(
        workspace
            .command(interpreter)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--requirement", REQUIREMENTS]),
    )
}
