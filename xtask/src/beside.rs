//! Suites beside each other: tests in browsers mostly wait, so one suite leaves a machine idle.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

use crate::process;
use crate::report::Report;

/// A suite with its name, and the function that runs it and adds it to the report.
pub(crate) type Suite<'a> = (
    &'static str,
    Box<dyn FnOnce(&mut Report) -> Result<()> + Send + 'a>,
);

/// Runs suites in their order, at most this many at once, and reports them in their order.
///
/// A suite that breaks off is reported as failed, and the next one runs.
pub(crate) fn run(report: &mut Report, suites: Vec<Suite<'_>>, at_once: usize) {
    if suites.len() < 2 || at_once < 2 {
        for suite in suites {
            one(suite, report);
        }
        return;
    }
    let workers = at_once.min(suites.len());
    let waiting: Mutex<VecDeque<_>> = Mutex::new(suites.into_iter().enumerate().collect());
    let next = || {
        lock(&waiting)
            .pop_front()
            .filter(|_| !process::interrupted())
    };
    let ended = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((at, suite)) = next() {
                    let mut beside = Report::beside_others();
                    one(suite, &mut beside);
                    lock(&ended).push((at, beside));
                }
            });
        }
    });
    let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.sort_by_key(|(at, _)| *at);
    for (_, beside) in ended {
        report.append(beside);
    }
}

fn one((name, suite): Suite<'_>, report: &mut Report) {
    if let Err(error) = suite(report) {
        report.failed(name, format!("{error:#}"));
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use anyhow::bail;

    use super::*;

    #[test]
    fn suites_run_at_the_same_time() {
        let both = Barrier::new(2);
        let waits = || -> Suite<'_> {
            let wait = |_: &mut Report| {
                both.wait();
                Ok(())
            };
            ("waits", Box::new(wait))
        };
        run(&mut Report::new(), vec![waits(), waits()], 2);
    }

    #[test]
    fn no_more_run_at_once_than_allowed() {
        for at_once in [1, 2] {
            let running = AtomicUsize::new(0);
            let counted = || -> Suite<'_> {
                let counted = |_: &mut Report| {
                    assert!(running.fetch_add(1, Ordering::SeqCst) < at_once);
                    thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                };
                ("counted", Box::new(counted))
            };
            let suites = (0..20).map(|_| counted()).collect();
            run(&mut Report::new(), suites, at_once);
        }
    }

    #[test]
    fn a_suite_that_breaks_off_is_reported_and_the_next_one_runs() {
        for at_once in [1, 2, 3] {
            let mut report = Report::new();
            let fails = |report: &mut Report| {
                report.failed("second", "as well");
                Ok(())
            };
            let suites: Vec<Suite<'_>> = vec![
                ("first", Box::new(|_| bail!("out of paper"))),
                ("second", Box::new(fails)),
            ];
            run(&mut report, suites, at_once);
            let text = report.to_string();
            let [first, second] =
                ["first", "second"].map(|name| text.find(&format!("\n{name} ")).expect("a row"));
            assert!(first < second, "{text}");
            assert!(text.contains("FAILED: out of paper"), "{text}");
            assert!(text.ends_with("0 passed, 2 failed"), "{text}");
        }
    }
}
