//! The published crates: the contents of their packages, the oldest compiler that builds them, and the
//! changes of their interfaces.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{WASM, Workspace};
use crate::{cargo_tools, process};

/// A published crate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) name: &'static str,
    folder: &'static str,
    /// The package's files besides the manifest, the README, the licences and `src`.
    extra: &'static [&'static str],
    /// Whether the crate is a library, on whose interface others build.
    is_library: bool,
}

/// All published crates, each after those that it depends on.
pub(crate) const ALL: [Published; 5] = [
    Published {
        name: "everstream-core",
        folder: "core",
        extra: &[],
        is_library: true,
    },
    Published {
        name: "everstream",
        folder: ".",
        extra: &["CHANGELOG.md", "docs/protocols.md", "docs/sharing.md"],
        is_library: true,
    },
    Published {
        name: "everstream-server",
        folder: "server",
        extra: &[],
        is_library: true,
    },
    Published {
        name: "everstream-hub",
        folder: "server/hub",
        extra: &["Containerfile", "everstream-hub.toml"],
        is_library: false,
    },
    Published {
        name: "everstream-cli",
        folder: "cli",
        extra: &[],
        is_library: false,
    },
];

/// The files that every package needs.
const NEEDED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// The files that cargo adds to each package.
const BY_CARGO: [&str; 3] = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"];

/// The features that `cargo xtask semver` and the oldest compiler see besides the defaults.
const FEATURES: [(&str, &str); 3] = [
    ("everstream-core", "diagnose"),
    ("everstream", "dioxus,leptos,serde-wasm-bindgen,testing,yew"),
    ("everstream-server", "metrics,redis-tls,tracing"),
];

/// Fails if a package lacks a needed file or has an unexpected one.
pub(crate) fn check_contents(workspace: &Workspace) -> Result<()> {
    for published in ALL {
        let output = workspace
            .cargo()
            .args(["package", "--list", "--allow-dirty", "--quiet"])
            .args(["--package", published.name])
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {errors}", published.name);
        let list = String::from_utf8_lossy(&output.stdout);
        check_list(published, &list).with_context(|| format!("package `{}`", published.name))?;
    }
    Ok(())
}

fn check_list(published: Published, list: &str) -> Result<()> {
    for needed in NEEDED.iter().chain(published.extra) {
        ensure!(
            list.lines().any(|file| file == *needed),
            "`{needed}` is missing from it: see `include` in the manifest"
        );
    }
    for file in list.lines() {
        let is_known = file.starts_with("src/")
            || NEEDED.contains(&file)
            || BY_CARGO.contains(&file)
            || published.extra.contains(&file);
        ensure!(
            is_known,
            "`{file}` is in it: anchor `include` in the manifest, or name the file in `xtask/src/published.rs`"
        );
    }
    Ok(())
}

/// `cargo xtask package`: makes every package and builds it from its contents, as its users do.
///
/// Cargo resolves the packages among each other, so none has to be on a registry yet.
pub(crate) fn package(workspace: &Workspace) -> Result<ExitCode> {
    check_contents(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["publish", "--dry-run", "--allow-dirty"]);
    for published in ALL {
        cargo.args(["--package", published.name]);
    }
    process::run(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the `rust-version` of the workspace's manifest.
pub(crate) fn rust_version(workspace: &Workspace) -> Result<String> {
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml"))?;
    version_in(&manifest)
        .map(str::to_owned)
        .context("the workspace's manifest has no `rust-version`")
}

fn version_in(manifest: &str) -> Option<&str> {
    let mut lines = manifest.lines();
    let line = lines.find_map(|line| line.strip_prefix("rust-version = \""))?;
    line.strip_suffix('"')
}

/// Installs the oldest compiler that the crates promise to build with. An error says why it can't be had.
pub(crate) fn oldest_toolchain(workspace: &Workspace, version: &str) -> Result<()> {
    if workspace.find("rustup").is_none() {
        bail!("rustup is not installed");
    }
    // Installing it again would query the network for updates.
    if cargo_tools::is_in_toolchain(workspace, &["rustup", "run", version, "rustc"], WASM) {
        return Ok(());
    }
    let mut rustup = workspace.command("rustup");
    rustup.args(["toolchain", "install", version, "--profile", "minimal"]);
    process::run(rustup.args(["--target", WASM, "--no-self-update"]))
}

/// Returns the checks of the oldest compiler: the browser crates on their target, and the server's on this
/// one.
pub(crate) fn oldest_checks(workspace: &Workspace, version: &str) -> [Command; 2] {
    let check = |packages: &[&str]| {
        let mut rustup = workspace.command("rustup");
        rustup.args(["run", version, "cargo", "check", "--locked"]);
        for package in packages {
            rustup.args(["--package", package]);
        }
        for (package, features) in FEATURES {
            if packages.contains(&package) {
                for feature in features.split(',') {
                    rustup.args(["--features", &format!("{package}/{feature}")]);
                }
            }
        }
        rustup
    };
    let mut browser = check(&["everstream-core", "everstream"]);
    browser.args(["--target", WASM]);
    [
        browser,
        check(&["everstream-server", "everstream-hub", "everstream-cli"]),
    ]
}

/// `cargo xtask semver`: compares the libraries' interfaces with those of another revision. Fails if a change
/// needs a greater version than the manifests have.
///
/// The interfaces are those of native builds, which equal those in browsers. cargo-semver-checks 0.51 doesn't
/// finish with the target of browsers.
pub(crate) fn semver(workspace: &Workspace, baseline: &str) -> Result<ExitCode> {
    cargo_tools::semver_checks(workspace)?;
    let mut broken = Vec::new();
    for published in ALL.into_iter().filter(|published| published.is_library) {
        let mut checks = workspace.cargo();
        checks.args(["semver-checks", "--baseline-rev", baseline]);
        checks.args(["--package", published.name, "--only-explicit-features"]);
        let manifest = workspace.root.join(published.folder).join("Cargo.toml");
        checks.arg("--manifest-path").arg(manifest);
        for (package, features) in FEATURES {
            if package == published.name {
                checks.args(["--features", features]);
            }
        }
        if process::run(&mut checks).is_err() {
            broken.push(published.name);
        }
    }
    ensure!(
        broken.is_empty(),
        "{} changed more than the version says, or could not be compared with `{baseline}`",
        broken.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "Cargo.toml\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\nsrc/lib.rs\n";

    #[test]
    fn a_package_has_its_licences_and_nothing_strange() {
        let [core, everstream, ..] = ALL;
        check_list(core, LIST).unwrap();
        let without = check_list(core, &LIST.replace("LICENSE-MIT\n", "")).unwrap_err();
        assert!(without.to_string().contains("`LICENSE-MIT`"), "{without}");
        let without = check_list(everstream, LIST).unwrap_err();
        assert!(without.to_string().contains("`CHANGELOG.md`"), "{without}");
        let strange = format!("{LIST}tests/npm/node_modules/acorn/README.md\n");
        let strange = check_list(core, &strange).unwrap_err();
        assert!(strange.to_string().contains("acorn"), "{strange}");
    }

    #[test]
    fn the_manifest_says_how_old_the_compiler_may_be() {
        let manifest = "[workspace.package]\nrust-version = \"1.88\"\n";
        assert_eq!(version_in(manifest), Some("1.88"));
        assert_eq!(version_in("[workspace]\n"), None);
    }

    #[test]
    fn no_published_crate_installs_an_allocator() {
        let workspace = Workspace::locate().unwrap();
        let libraries = ALL.into_iter().filter(|published| published.is_library);
        let mut files = 0;
        for published in libraries {
            let mut folders = vec![workspace.root.join(published.folder).join("src")];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                        continue;
                    }
                    let source = fs::read_to_string(&path).unwrap();
                    assert!(!source.contains("global_allocator"), "{}", path.display());
                    files += 1;
                }
            }
        }
        assert!(files > 100, "only {files} files were looked at");
    }
}
