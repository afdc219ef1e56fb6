//! `cargo xtask release --dry-run`: everything that a release does, except for the uploads.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{node, npm, process, published};

const CHANGELOG: &str = "CHANGELOG.md";
const PACKAGE: &str = "pkg-template/package.json";
/// The folder whose packages contain publint.
const TOOLS: &str = "tests/npm";

/// The crates that share the workspace's version.
const OF_ONE_VERSION: [&str; 4] = [
    "everstream",
    "everstream-server",
    "everstream-hub",
    "everstream-cli",
];

/// A check, by the name in the summary.
type Check = (&'static str, fn(&Workspace) -> Result<()>);

/// The checks, in the order of their costs.
const CHECKS: [Check; 8] = [
    ("one version", one_version),
    ("the changelog", changelog),
    ("the manifests", manifests),
    ("no uncommitted change", committed),
    ("the interfaces", interfaces),
    ("the crates", crates),
    ("the npm package", npm_package),
    ("publint", publint),
];

/// Runs all checks, and says of each whether it holds or what is to be done.
pub(crate) fn rehearse(workspace: &Workspace) -> Result<ExitCode> {
    let mut summary = Vec::new();
    for (name, check) in CHECKS {
        println!("--- {name}");
        summary.push((name, check(workspace)));
        if process::interrupted() {
            bail!("interrupted");
        }
    }
    println!();
    let mut code = ExitCode::SUCCESS;
    for (name, outcome) in summary {
        match outcome {
            Ok(()) => println!("ok    {name}"),
            Err(error) => {
                println!("TO DO {name}: {error:#}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// Checks that the crates and the npm package have the same version.
fn one_version(workspace: &Workspace) -> Result<()> {
    let version = workspace.locked_version(OF_ONE_VERSION[0])?;
    for name in OF_ONE_VERSION {
        let other = workspace.locked_version(name)?;
        ensure!(
            other == version,
            "`{name}` is {other}, and the workspace {version}"
        );
    }
    let package = package(workspace)?;
    let other = package["version"].as_str().unwrap_or_default();
    ensure!(
        other == version,
        "`{PACKAGE}` is {other}, and the workspace {version}"
    );
    Ok(())
}

fn changelog(workspace: &Workspace) -> Result<()> {
    let version = workspace.locked_version(OF_ONE_VERSION[0])?;
    let text = fs::read_to_string(workspace.root.join(CHANGELOG)).context(CHANGELOG)?;
    check_changelog(&text, &version)
}

/// Checks that the first section of a changelog is this version's, with its date.
fn check_changelog(text: &str, version: &str) -> Result<()> {
    let section = text.lines().find_map(|line| line.strip_prefix("## "));
    let section = section.context("it has no section")?;
    let date = section.strip_prefix(version).map(str::trim);
    let date = date.and_then(|rest| rest.strip_prefix("- "));
    ensure!(
        date.is_some_and(is_date),
        "its first section is `{section}`: call it `{version} - YEAR-MONTH-DAY`"
    );
    Ok(())
}

/// Returns whether a text has the form of `2026-01-31`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    lengths == [4, 2, 2] && parts.iter().all(is_number)
}

/// Checks that crates.io and npm can link to the source.
fn manifests(workspace: &Workspace) -> Result<()> {
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml"))?;
    let has_repository = manifest
        .lines()
        .any(|line| line.starts_with("repository = "));
    ensure!(has_repository, "set `repository` in `Cargo.toml`");
    let package = package(workspace)?;
    ensure!(
        package["repository"].is_object(),
        "set `repository` in `{PACKAGE}`"
    );
    Ok(())
}

fn package(workspace: &Workspace) -> Result<Value> {
    let text = fs::read_to_string(workspace.root.join(PACKAGE)).context(PACKAGE)?;
    serde_json::from_str(&text).context(PACKAGE)
}

fn committed(workspace: &Workspace) -> Result<()> {
    let changes = git(workspace, &["status", "--porcelain"])?;
    let count = changes.lines().count();
    ensure!(count == 0, "{count} files differ from the commit");
    Ok(())
}

/// Compares the crates' interfaces with those of the last release.
fn interfaces(workspace: &Workspace) -> Result<()> {
    let version = workspace.locked_version(OF_ONE_VERSION[0])?;
    let tags = git(
        workspace,
        &["tag", "--list", "v*", "--sort=-version:refname"],
    )?;
    let Some(last) = last_release(&tags, &version) else {
        println!("no release so far: nothing to compare with");
        return Ok(());
    };
    published::semver(workspace, last).map(|_| ())
}

/// Returns the newest of some tags that isn't this version's own.
fn last_release<'t>(tags: &'t str, version: &str) -> Option<&'t str> {
    let mut tags = tags.lines();
    tags.find(|tag| tag.strip_prefix('v') != Some(version))
}

fn crates(workspace: &Workspace) -> Result<()> {
    published::package(workspace).map(|_| ())
}

fn npm_package(workspace: &Workspace) -> Result<()> {
    let package = npm::build(workspace)?;
    process::run(
        workspace
            .command("npm")
            .args(["publish", "--dry-run"])
            .current_dir(package),
    )
}

fn publint(workspace: &Workspace) -> Result<()> {
    let package = npm::build(workspace)?;
    node::packages(workspace, TOOLS, &workspace.root.join(TOOLS))?;
    process::run(
        workspace
            .command("node")
            .arg("node_modules/publint/src/cli.js")
            .arg("--strict")
            .arg(package)
            .current_dir(workspace.root.join(TOOLS)),
    )
}

fn git(workspace: &Workspace, arguments: &[&str]) -> Result<String> {
    let output = workspace.command("git").args(arguments).output()?;
    ensure!(
        output.status.success(),
        "`git {}`: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changelog_begins_with_the_version_and_its_date() {
        let of = |section: &str| format!("# Changelog\n\nText.\n\n## {section}\n\n### Added\n");
        check_changelog(&of("0.1.0 - 2026-01-31"), "0.1.0").unwrap();
        for wrong in [
            "Unreleased",
            "0.1.0",
            "0.2.0 - 2026-01-31",
            "0.1.0 - soon",
            "0.1.0 - 2026-1-31",
            "0.1.01 - 2026-01-31",
        ] {
            let error = check_changelog(&of(wrong), "0.1.0").unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
        assert!(check_changelog("# Changelog\n", "0.1.0").is_err());
    }

    #[test]
    fn a_release_is_compared_with_the_one_before() {
        assert_eq!(last_release("v0.2.0\nv0.1.0\n", "0.2.0"), Some("v0.1.0"));
        assert_eq!(last_release("v0.1.0\n", "0.2.0"), Some("v0.1.0"));
        assert_eq!(last_release("v0.1.0\n", "0.1.0"), None);
        assert_eq!(last_release("", "0.1.0"), None);
    }

    #[test]
    fn crates_and_package_have_one_version() {
        one_version(&Workspace::locate().unwrap()).unwrap();
    }
}
