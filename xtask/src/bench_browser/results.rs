//! The results of the measurements.

use serde::Deserialize;

use super::cpu::Cpu;
use super::plan::{Kind, NATIVE, Reader, Workload};

/// The page's report of one run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sample {
    pub(super) milliseconds: f64,
    pub(super) count: u32,
    pub(super) sum: f64,
    /// The greatest lateness of the page's ticker, in milliseconds.
    pub(super) latest: f64,
    /// The size of WebAssembly's memory in bytes; 0 without WebAssembly.
    pub(super) memory: u32,
    /// The CPU time, which the page can't measure.
    #[serde(skip)]
    pub(super) cpu: Cpu,
}

impl Sample {
    /// Returns the compared figure, in milliseconds.
    fn cost(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Burst => self.milliseconds,
            Kind::Paced => self.cpu.pages.as_secs_f64() * 1000.0,
        }
    }
}

/// All the runs in one browser.
#[derive(Debug, Default)]
pub(super) struct Results(Vec<(&'static Workload, Reader, Sample)>);

/// One reader's runs of one workload.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) median: f64,
    pub(super) fastest: f64,
    pub(super) slowest: f64,
    /// The median of the rounds' greatest latenesses. The maximum says more about the machine.
    pub(super) latest: f64,
    pub(super) latest_of_all: f64,
    pub(super) memory: u32,
    /// The CPU time of all the browser's processes, in milliseconds.
    pub(super) browser_cpu: f64,
}

impl Results {
    pub(super) fn add(&mut self, workload: &'static Workload, reader: Reader, sample: Sample) {
        self.0.push((workload, reader, sample));
    }

    pub(super) fn summary(&self, workload: &Workload, reader: Reader) -> Summary {
        let runs = || {
            let matching =
                |run: &&(&Workload, Reader, Sample)| run.0 == workload && run.1 == reader;
            self.0.iter().filter(matching).map(|(_, _, sample)| sample)
        };
        let costs = sorted(runs().map(|sample| sample.cost(workload.kind)));
        let latest = sorted(runs().map(|sample| sample.latest));
        let cpu = sorted(runs().map(|sample| sample.cpu.browser.as_secs_f64() * 1000.0));
        Summary {
            median: median(&costs),
            fastest: costs.first().copied().unwrap_or(f64::NAN),
            slowest: costs.last().copied().unwrap_or(f64::NAN),
            latest: median(&latest),
            latest_of_all: latest.last().copied().unwrap_or(f64::NAN),
            memory: runs().map(|sample| sample.memory).max().unwrap_or(0),
            browser_cpu: median(&cpu),
        }
    }

    /// Returns a reader's median as a multiple of the native one.
    pub(super) fn ratio(&self, workload: &Workload, reader: Reader) -> f64 {
        self.summary(workload, reader).median / self.summary(workload, NATIVE).median
    }
}

pub(super) fn mebibytes(bytes: u32) -> f64 {
    f64::from(bytes) / f64::from(1 << 20)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{OURS, SMALL, WORKLOADS};
    use super::*;

    fn sample(milliseconds: f64) -> Sample {
        Sample {
            milliseconds,
            count: 1,
            sum: 1.0,
            latest: milliseconds,
            memory: 0,
            cpu: Cpu::default(),
        }
    }

    #[test]
    fn medians_are_compared_and_the_extremes_kept() {
        let mut results = Results::default();
        for (native, ours) in [(100.0, 10.0), (90.0, 30.0), (500.0, 20.0)] {
            results.add(&WORKLOADS[0], NATIVE, sample(native));
            results.add(&WORKLOADS[0], OURS, sample(ours));
        }
        let ours = results.summary(&SMALL, OURS);
        assert!((results.ratio(&SMALL, OURS) - 0.2).abs() < 1e-9);
        assert!((ours.fastest - 10.0).abs() < 1e-9);
        assert!((ours.latest - 20.0).abs() < 1e-9);
        assert!((ours.latest_of_all - 30.0).abs() < 1e-9);
    }

    #[test]
    fn an_even_number_of_runs_has_its_median_between_two() {
        assert!((median(&[1.0, 2.0, 4.0, 8.0]) - 3.0).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }
}
