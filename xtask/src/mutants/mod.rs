//! `cargo xtask mutants`: deliberate breaks of the core, each of which a native test must notice.

mod list;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;
use list::Mutant;

/// How many schedules of each simulation to run. They notice the mutants within seconds.
const SCHEDULES: &str = "1000";

/// The time limit of the tests for one mutant. A hang counts as noticed.
const LIMIT: Duration = Duration::from_mins(5);

/// The tests, the fastest first. A mutant that the first set notices skips the second.
const TESTS: [&[&str]; 2] = [
    &["--lib"],
    &[
        "--test",
        "tabs_gaps",
        "--test",
        "simulation",
        "--test",
        "mux_simulation",
        "--test",
        "tabs_simulation",
        "--test",
        "tabs_mux_simulation",
        "--test",
        "live_simulation",
    ],
];

/// The outcome of a mutant.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The tests that noticed the mutant.
    Noticed(Vec<String>),
    Hangs,
    DoesNotCompile,
    Survives,
}

/// Applies each mutant whose file or texts contain `filter`, runs the tests, and prints which noticed it.
///
/// Fails if a mutant survives without a reason, or if the list no longer fits the sources.
pub(crate) fn run(workspace: &Workspace, filter: Option<&str>) -> Result<ExitCode> {
    let all = list::read()?;
    let mutants: Vec<&Mutant> = all.iter().filter(|it| it.matches(filter)).collect();
    if mutants.is_empty() {
        bail!("no break matches: see `xtask/src/mutants/list.txt`");
    }
    for mutant in &all {
        mutant.apply(&fs::read_to_string(workspace.root.join(mutant.file))?)?;
    }
    let copy = tempfile::tempdir().context("cannot make a temporary folder")?;
    copy_to(workspace, copy.path())?;
    let mut lines = Vec::new();
    let mut is_fine = true;
    for (at, mutant) in mutants.iter().enumerate() {
        println!("\n*** {} of {}: {mutant}", at + 1, mutants.len());
        let began = Instant::now();
        let outcome = try_out(workspace, copy.path(), mutant)?;
        let (is_expected, what) = judge(mutant, &outcome);
        is_fine &= is_expected;
        let took = began.elapsed().as_secs();
        lines.push(format!("{mutant}\n    {what} ({took} s)"));
    }
    println!();
    for line in lines {
        println!("{line}");
    }
    Ok(if is_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn judge(mutant: &Mutant, outcome: &Outcome) -> (bool, String) {
    match (outcome, mutant.reason) {
        (Outcome::Noticed(by), None) => (true, format!("noticed by {}", by.join(", "))),
        (Outcome::Hangs, None) => (true, "noticed: the tests do not end".to_owned()),
        (Outcome::Survives, Some(reason)) => (true, format!("survives: {reason}")),
        (Outcome::Survives, None) => (false, "SURVIVES".to_owned()),
        (Outcome::DoesNotCompile, _) => (false, "DOES NOT COMPILE".to_owned()),
        (Outcome::Noticed(_) | Outcome::Hangs, Some(_)) => (
            false,
            "IS NOTICED, and is named as one that survives".to_owned(),
        ),
    }
}

/// Runs the tests on the copy with one mutant, and reverts it.
fn try_out(workspace: &Workspace, copy: &Path, mutant: &Mutant) -> Result<Outcome> {
    let file = copy.join(mutant.file);
    let whole = fs::read_to_string(&file)?;
    fs::write(&file, mutant.apply(&whole)?)?;
    let outcome = run_tests(workspace, copy);
    fs::write(&file, whole)?;
    outcome
}

fn run_tests(workspace: &Workspace, copy: &Path) -> Result<Outcome> {
    for tests in TESTS {
        let began = Instant::now();
        let (status, output) = process::run_within(LIMIT, "", cargo_test(workspace, copy, tests))?;
        if status.success() {
            continue;
        }
        let failed: Vec<String> = failed(&output).map(str::to_owned).collect();
        return Ok(if !failed.is_empty() {
            Outcome::Noticed(failed)
        } else if began.elapsed() >= LIMIT {
            Outcome::Hangs
        } else if output.contains("running ") {
            // The test process itself has died, as in a stack overflow.
            Outcome::Noticed(vec!["a crash".to_owned()])
        } else {
            Outcome::DoesNotCompile
        });
    }
    Ok(Outcome::Survives)
}

fn cargo_test(workspace: &Workspace, copy: &Path, tests: &[&str]) -> Command {
    let mut cargo = workspace.cargo();
    cargo
        .current_dir(copy)
        .args(["test", "--quiet", "--package", "everstream-core"])
        // Compiling takes most of the time.
        .args([
            "--config",
            "profile.dev.package.everstream-core.opt-level=0",
        ])
        .arg("--target-dir")
        .arg(workspace.target.join("mutants"))
        .args(tests)
        .env("EVERSTREAM_SCHEDULES", SCHEDULES)
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("RUST_BACKTRACE", "0")
        .env_remove("EVERSTREAM_SEED");
    cargo
}

/// Returns the failed tests in the output.
fn failed(output: &str) -> impl Iterator<Item = &str> {
    output
        .lines()
        .filter_map(|line| line.strip_suffix(" --- FAILED"))
}

/// Copies the files that are under version control, or would be.
fn copy_to(workspace: &Workspace, to: &Path) -> Result<()> {
    let files = workspace
        .command("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .context("cannot run git")?;
    let files = String::from_utf8(files.stdout).context("a file's name is not UTF-8")?;
    for file in files.split_terminator('\0') {
        let from = workspace.root.join(file);
        // Git lists a deleted file until the deletion is committed.
        if from.is_file() {
            let to = to.join(file);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_failed_is_read_from_quiet_output() {
        let output =
            "running 3 tests\n. 1/3\na::b --- FAILED\n.\nfailures:\n\n---- a::b stdout ----\n";
        assert_eq!(failed(output).collect::<Vec<_>>(), ["a::b"]);
    }

    #[test]
    fn a_survivor_needs_a_reason_and_a_reason_a_survivor() {
        let mut mutant = Mutant {
            file: "a.rs",
            behind: None,
            before: "a",
            after: "b",
            reason: None,
        };
        let noticed = Outcome::Noticed(vec!["a_test".to_owned()]);
        assert!(judge(&mutant, &noticed).0);
        assert!(!judge(&mutant, &Outcome::Survives).0);
        assert!(!judge(&mutant, &Outcome::DoesNotCompile).0);
        mutant.reason = Some("it does the same");
        assert!(judge(&mutant, &Outcome::Survives).0);
        assert!(!judge(&mutant, &noticed).0);
    }
}
