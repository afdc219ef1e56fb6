//! The Python apps in `tests`, each with a virtual environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{process, system};

/// Returns the command that serves the app in `tests/fastapi`.
pub(crate) fn fastapi(workspace: &Workspace, port: u16) -> Result<Command> {
    let mut python = environment(workspace, "fastapi")?;
    python
        .args(["-m", "uvicorn", "app:app", "--app-dir", "tests/fastapi"])
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        // A shutdown would wait for streams, which never end on their own.
        .args(["--timeout-graceful-shutdown", "0"]);
    Ok(python)
}

/// Returns the Python that has FastAPI, for tests that start and kill the app themselves.
pub(crate) fn interpreter_of_fastapi(workspace: &Workspace) -> Result<PathBuf> {
    let python = environment(workspace, "fastapi")?;
    Ok(python.get_program().into())
}

/// Returns the command that serves the app in `tests/flask`.
pub(crate) fn flask(workspace: &Workspace, port: u16) -> Result<Command> {
    let mut python = environment(workspace, "flask")?;
    python
        .args(["-m", "flask", "--app", "tests/flask/app.py", "run"])
        .args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    Ok(python)
}

/// Returns a Python with the app's requirements, installed in the target directory if needed.
fn environment(workspace: &Workspace, app: &str) -> Result<Command> {
    let directory = workspace.target.join(app);
    let requirements = workspace
        .root
        .join("tests")
        .join(app)
        .join("requirements.txt");
    let required = fs::read_to_string(&requirements)?;
    // The file is written last, so it names only finished installations.
    let installed = directory.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|had| had == required) {
        return Ok(interpreter(workspace, &directory));
    }

    if !has_venv(workspace) {
        system::install(workspace, &["python3-venv"]);
    }
    if !has_venv(workspace) {
        bail!("Python with venv is missing: install python3 and python3-venv");
    }
    println!("installing what {app} requires");
    install(workspace, &directory, &requirements)
        .with_context(|| format!("pip could not install what {app} requires"))?;
    fs::write(installed, required)?;
    Ok(interpreter(workspace, &directory))
}

/// Returns whether `venv` works. Debian packages the `ensurepip` that it needs separately.
fn has_venv(workspace: &Workspace) -> bool {
    let mut python = workspace.command("python3");
    python.args(["-c", "import ensurepip, venv"]);
    python.output().is_ok_and(|output| output.status.success())
}

fn install(workspace: &Workspace, directory: &Path, requirements: &Path) -> Result<()> {
    process::run(
        workspace
            .command("python3")
            .args(["-m", "venv", "--clear"])
            .arg(directory),
    )?;
    process::run(
        interpreter(workspace, directory)
            .args(["-m", "pip", "install", "--quiet"])
            .arg("--disable-pip-version-check")
            .arg("--requirement")
            .arg(requirements),
    )
}

fn interpreter(workspace: &Workspace, directory: &Path) -> Command {
    let mut python = workspace.command(directory.join("bin/python"));
    python
        // Bytecode must not end up in the source tree beside the apps.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Buffering would delay the line that says an app is ready.
        .env("PYTHONUNBUFFERED", "1");
    python
}
