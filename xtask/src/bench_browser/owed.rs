//! The figures that the library promises.

use core::fmt;

use super::plan::{DRIP_1, DRIP_4, LARGE, OURS, PACED, SMALL, TICKER, WORKLOADS, Workload};
use super::results::{Results, mebibytes};
use crate::browsers::Browser;

/// The most time for four times the bytes: a linear parser takes four times as long, plus noise.
const LINEAR: f64 = 5.0;
/// The interval of the page's ticker, in milliseconds. It must never miss a tick.
const LATEST_TICK: f64 = 16.0;
const MEMORY: f64 = 2.0;
const PACED_CPU: f64 = 1.2;

/// A figure, and whether it keeps its promise.
#[derive(Debug)]
pub(super) struct Verdict {
    what: String,
    measured: f64,
    limit: f64,
}

impl Verdict {
    pub(super) fn passes(&self) -> bool {
        self.measured <= self.limit
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passes() { "PASS" } else { "FAIL" };
        let Self {
            what,
            measured,
            limit,
        } = self;
        write!(f, "{verdict}  {what}: {measured:.3}, at most {limit}")
    }
}

/// Judges every promised figure in a browser.
pub(super) fn verdicts(browser: Browser, results: &Results) -> Vec<Verdict> {
    let bursts: [(&Workload, f64); 3] = match browser {
        Browser::Firefox => [(&SMALL, 0.11), (&TICKER, 0.10), (&LARGE, 0.24)],
        _ => [(&SMALL, 0.10), (&TICKER, 0.10), (&LARGE, 0.76)],
    };
    let mut verdicts: Vec<_> = bursts
        .iter()
        .map(|(workload, limit)| Verdict {
            what: format!("{}, ÷ native", workload.title),
            measured: results.ratio(workload, OURS),
            limit: *limit,
        })
        .collect();

    let median = |workload| results.summary(workload, OURS).median;
    verdicts.push(Verdict {
        what: "time of 4 MiB ÷ time of 1 MiB, in pieces of 4 KiB".into(),
        measured: median(&DRIP_4) / median(&DRIP_1),
        limit: LINEAR,
    });
    verdicts.push(Verdict {
        what: format!("{}, page CPU ÷ native", PACED.title),
        measured: results.ratio(&PACED, OURS),
        limit: PACED_CPU,
    });
    for (workload, _) in bursts {
        verdicts.push(Verdict {
            what: format!("{}, latest tick in ms", workload.title),
            measured: results.summary(workload, OURS).latest,
            limit: LATEST_TICK,
        });
    }
    // A single event of 4 MiB, handed over whole, exceeds the limit on its own.
    let memory = WORKLOADS
        .iter()
        .filter(|workload| **workload != DRIP_1 && **workload != DRIP_4)
        .map(|workload| results.summary(workload, OURS).memory)
        .max();
    verdicts.push(Verdict {
        what: "wasm memory in MiB".into(),
        measured: mebibytes(memory.unwrap_or(0)),
        limit: MEMORY,
    });
    verdicts
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    #[test]
    fn what_could_not_be_measured_fails() {
        let verdict = |measured| Verdict {
            what: String::new(),
            measured,
            limit: 0.1,
        };
        assert!(verdict(0.1).passes());
        assert!(!verdict(0.11).passes());
        assert!(!verdict(f64::NAN).passes());
    }
}
