//! The project's directories, and commands that run inside them.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

/// The target that everything for browsers is built for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The project's directories, and the `PATH` that its commands see.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    path: OsString,
}

impl Workspace {
    /// Asks cargo for the project's and its target directory.
    pub(crate) fn locate() -> Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version=1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        let metadata: Value =
            serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
        let directory = |key: &str| {
            let path = metadata[key].as_str();
            path.map(PathBuf::from)
                .with_context(|| format!("cargo metadata has no `{key}`"))
        };
        let root = directory("workspace_root")?;
        let target = directory("target_directory")?;
        let inherited = env::var_os("PATH").unwrap_or_default();
        let tools = target.join("tools/bin");
        let path = env::join_paths([tools].into_iter().chain(env::split_paths(&inherited)))?;
        Ok(Self { root, target, path })
    }

    /// Returns the directory in which cargo installs tools that are missing on the user's `PATH`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Returns a command that runs in the project's root and prefers the project's own tools.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", &self.path);
        command
    }

    /// Returns the cargo that runs this program.
    pub(crate) fn cargo(&self) -> Command {
        self.command(cargo())
    }

    /// Returns that cargo at the lowest priority.
    pub(crate) fn cargo_in_background(&self) -> Command {
        self.in_background(cargo())
    }

    /// Returns a command at the lowest priority.
    pub(crate) fn in_background(&self, program: impl AsRef<OsStr>) -> Command {
        let mut nice = self.command("nice");
        nice.args(["-n", "19"]).arg(program);
        nice
    }

    /// Returns the file that `command(name)` would run.
    pub(crate) fn find(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.path)
            .map(|directory| directory.join(name))
            .find(|file| is_executable(file))
    }

    /// Returns the version of `package` in `Cargo.lock`.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let lock = fs::read_to_string(self.root.join("Cargo.lock"))?;
        locked_version(&lock, package)
            .map(str::to_owned)
            .with_context(|| format!("`{package}` is not in Cargo.lock"))
    }
}

fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Finds a version: cargo writes each package as a `name` line with its `version` line right below.
fn locked_version<'lock>(lock: &'lock str, package: &str) -> Option<&'lock str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

/// Copies the files of a directory, but no subdirectories.
pub(crate) fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let files = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for file in files {
        let file = file?;
        if file.file_type()?.is_file() {
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    const LOCK: &str = r#"version = 4

[[package]]
name = "serde-wasm-bindgen"
version = "0.6.5"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"
dependencies = [
 "wasm-bindgen-macro",
]
"#;

    #[test]
    fn a_package_is_found_by_its_whole_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "serde-wasm-bindgen"), Some("0.6.5"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-macro"), None);
    }
}
