//! The report of what ran, what failed and, no less visible, what didn't run.

use std::env;
use std::fmt::{self, Display, Formatter};
use std::iter::Sum;
use std::ops::Add;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::Result;

use crate::process;
use crate::stopwatch::{Lap, Stopwatch};

/// Numbers of tests. A suite that couldn't run counts as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    const ONE_FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    const ONE_SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// Sums the result lines of the test harnesses, one for each binary:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn in_output(output: &str) -> Self {
        let results = output
            .lines()
            .filter_map(|line| line.strip_prefix("test result: "));
        results.map(Self::in_result).sum()
    }

    fn in_result(result: &str) -> Self {
        let mut counts = Self::default();
        let parts = result.split_once(". ").map_or("", |(_, parts)| parts);
        for part in parts.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse() else {
                continue;
            };
            match what {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.skipped = number,
                _ => {}
            }
        }
        counts
    }
}

/// How many lines of a suite's failures are repeated at the end.
const QUOTED_LINES: usize = 80;

/// Returns the failures in the output of the test harnesses: from the line `failures:` to the result.
fn failures_in(output: &str) -> String {
    let mut failures = String::new();
    let mut is_quoted = false;
    let quoted = output.lines().filter(|line| {
        is_quoted = *line == "failures:" || (is_quoted && !line.starts_with("test result: "));
        is_quoted
    });
    for line in quoted.take(QUOTED_LINES) {
        failures.push_str(line);
        failures.push('\n');
    }
    failures
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The suites of one run, with their results.
#[derive(Debug)]
pub(crate) struct Report {
    suites: Vec<Suite>,
    may_skip: bool,
    /// Whether other suites run at the same time, so that each line of output needs the name of its suite.
    is_beside_others: bool,
    stopwatch: Stopwatch,
    whole: Stopwatch,
}

#[derive(Debug)]
struct Suite {
    name: String,
    counts: Counts,
    /// The time since the end of the previous suite, including compilation.
    lap: Lap,
    note: String,
    /// The details of the failed tests.
    failures: String,
}

impl Report {
    /// Returns an empty report. Where `CI` is set, no suite may be missing.
    pub(crate) fn new() -> Self {
        Self {
            suites: Vec::new(),
            may_skip: env::var("CI").as_deref() != Ok("true"),
            is_beside_others: false,
            stopwatch: Stopwatch::start(),
            whole: Stopwatch::start(),
        }
    }

    /// Returns an empty report for suites that run at the same time as others.
    pub(crate) fn beside_others() -> Self {
        Self {
            is_beside_others: true,
            ..Self::new()
        }
    }

    /// Adds the suites of another report.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.suites.append(&mut other.suites);
        // The time of the next suite begins here.
        self.stopwatch.lap();
    }

    /// Announces a suite, runs its command and adds it.
    pub(crate) fn run(&mut self, name: &str, command: Command, filtered: bool) -> Result<()> {
        let label = if self.is_beside_others {
            format!("{name}: ")
        } else {
            String::new()
        };
        println!("\n*** {name}");
        let (status, output) = process::run_and_read(&label, command)?;
        self.ran(name, status, &output, filtered);
        Ok(())
    }

    /// Adds a suite that ran.
    ///
    /// A suite fails if it broke off, or if it ran no test although no filter was given.
    fn ran(&mut self, name: &str, status: ExitStatus, output: &str, filtered: bool) {
        let counts = Counts::in_output(output);
        if !status.success() && counts.failed == 0 {
            self.add(
                name,
                counts + Counts::ONE_FAILED,
                format!("FAILED: broke off ({status})"),
            );
        } else if counts == Counts::default() && !filtered {
            self.add(name, Counts::ONE_FAILED, "FAILED: ran no test".into());
        } else {
            self.add(name, counts, String::new());
        }
        if let Some(suite) = self.suites.last_mut() {
            suite.failures = failures_in(output);
        }
    }

    /// Adds a suite that couldn't run because something installable is missing.
    pub(crate) fn missing(&mut self, name: &str, why: impl Display) {
        if self.may_skip {
            self.add(name, Counts::ONE_SKIPPED, format!("SKIPPED: {why}"));
        } else {
            self.add(
                name,
                Counts::ONE_FAILED,
                format!("FAILED, as CI is set: {why}"),
            );
        }
    }

    /// Adds a suite that couldn't run for another reason.
    pub(crate) fn failed(&mut self, name: &str, why: impl Display) {
        self.add(name, Counts::ONE_FAILED, format!("FAILED: {why}"));
    }

    fn add(&mut self, name: &str, counts: Counts, note: String) {
        if !note.is_empty() {
            println!("\n*** {name}: {note}\n");
        }
        self.suites.push(Suite {
            name: name.to_owned(),
            counts,
            lap: self.stopwatch.lap(),
            note,
            failures: String::new(),
        });
    }

    /// Returns the exit code of the command.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.is_good() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// Returns whether nothing failed.
    fn is_good(&self) -> bool {
        self.total().failed == 0
    }

    fn total(&self) -> Counts {
        self.suites.iter().map(|suite| suite.counts).sum()
    }
}

/// Prints the failures, then a table of the suites, then the totals alone on the last line.
impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for Suite { name, failures, .. } in &self.suites {
            if !failures.is_empty() {
                writeln!(f, "*** {name}, {failures}")?;
            }
        }
        writeln!(
            f,
            "{:<14} {:>7} {:>7} {:>7} {:>7}",
            "suite", "passed", "failed", "skipped", "time"
        )?;
        for Suite {
            name,
            counts,
            lap,
            note,
            ..
        } in &self.suites
        {
            let Counts {
                passed,
                failed,
                skipped,
            } = counts;
            let row = format!("{name:<14} {passed:>7} {failed:>7} {skipped:>7} {lap:>7}  {note}");
            writeln!(f, "{}", row.trim_end())?;
        }
        let whole = self.whole.so_far();
        writeln!(f, "{:<38} {whole:>7}", "together")?;
        write!(f, "\n{}", self.total())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const OK: &str = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s

   Doc-tests everstream
test result: \u{1b}[32mok\u{1b}[m. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
";
    const BAD: &str = "\
test adds ... FAILED

failures:

---- adds stdout ----
one and one is three

failures:
    adds

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out
";

    fn report(may_skip: bool) -> Report {
        Report {
            may_skip,
            ..Report::new()
        }
    }

    fn exit(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn the_results_of_all_binaries_are_summed() {
        assert_eq!(Counts::in_output(OK), counts(7, 0, 1));
        assert_eq!(Counts::in_output(BAD), counts(1, 2, 0));
        assert_eq!(Counts::in_output("no tests to run!"), Counts::default());
    }

    #[test]
    fn the_totals_close_the_report() {
        let mut report = report(true);
        report.ran("native", exit(0), OK, false);
        report.ran("chromium", exit(1), BAD, false);
        let text = report.to_string();
        assert_eq!(text.lines().last(), Some("8 passed, 2 failed, 1 skipped"));
        assert!(!report.is_good());
    }

    #[test]
    fn suites_that_ran_beside_others_count_too() {
        let mut report = report(true);
        let mut beside = Report::beside_others();
        beside.ran("firefox", exit(1), BAD, false);
        report.ran("native", exit(0), OK, false);
        report.append(beside);
        assert_eq!(report.total(), counts(8, 2, 1));
        assert!(!report.is_good());
    }

    #[test]
    fn what_failed_is_said_again() {
        assert_eq!(failures_in(OK), "");
        let mut report = report(true);
        report.ran("native", exit(1), BAD, false);
        let text = report.to_string();
        assert!(
            text.starts_with("*** native, failures:\n\n---- adds"),
            "{text}"
        );
        assert!(!text.contains("FAILED. 1"), "{text}");
    }

    #[test]
    fn breaking_off_is_a_failure() {
        let mut report = report(true);
        report.ran("native", exit(101), OK, false);
        assert_eq!(report.total(), counts(7, 1, 1));
    }

    #[test]
    fn running_nothing_is_a_failure_unless_filtered() {
        let mut filtered = report(true);
        filtered.ran("native", exit(0), "", true);
        assert!(filtered.is_good());
        let mut unfiltered = report(true);
        unfiltered.ran("native", exit(0), "", false);
        assert!(!unfiltered.is_good());
    }

    #[test]
    fn what_is_missing_is_skipped_here_and_fails_in_ci() {
        let mut here = report(true);
        here.missing("webkit", "not installed");
        assert_eq!(here.total(), Counts::ONE_SKIPPED);
        assert!(here.to_string().contains("SKIPPED: not installed"));
        let mut ci = report(false);
        ci.missing("webkit", "not installed");
        assert!(!ci.is_good());
    }
}
