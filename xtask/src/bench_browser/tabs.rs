//! `cargo xtask bench --tabs`: the delay of an event that a tab gets from another, and the cost of many tabs
//! with a connection each or with one.

use std::fmt::{self, Display, Formatter};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cpu::Reading;
use super::webdriver::Session;
use super::{Options, set_up};
use crate::browsers::Browser;
use crate::process;
use crate::workspace::Workspace;

/// A stream of a hundred events a second that outlasts the benchmark.
const STREAM: &str = "/bench/stamped?count=1000000";
const RATE: u32 = 100;

/// How many events are timed on each way.
const TIMED: u32 = 1000;

/// How long CPU time is counted.
const WINDOW: Duration = Duration::from_secs(15);

const TABS: usize = 10;

/// The tabs that are open while CPU time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Idle(usize),
    Direct(usize),
    Shared(usize),
}

const LAYOUTS: [Layout; 5] = [
    Layout::Idle(1),
    Layout::Direct(1),
    Layout::Idle(TABS),
    Layout::Direct(TABS),
    Layout::Shared(TABS),
];

/// Measures and prints the figures.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let (browsers, server) = set_up(workspace, options)?;
    for &browser in browsers {
        let (name, latencies) = latencies(workspace, browser, &server.origin)?;
        println!("\n{name}, {RATE} events/s: from the server to the subscriber, {TIMED} events\n");
        println!("  {:<34} {:>8} {:>8}", "", "p50", "p99");
        println!(
            "  {:<34} {}",
            "a connection",
            Percentiles(&latencies.direct)
        );
        println!(
            "  {:<34} {}",
            "another tab's connection",
            Percentiles(&latencies.follower)
        );
        println!(
            "\n  {:<34} {:>17}",
            "CPU time of the whole browser", "per event"
        );
        for layout in LAYOUTS {
            let cpu = cpu(workspace, browser, &server.origin, layout)?;
            let events = WINDOW.as_secs_f64() * f64::from(RATE);
            let microseconds = cpu.as_secs_f64() * 1e6 / events;
            println!("  {:<34} {microseconds:>14.0} µs", layout.to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The latency of each event, in milliseconds.
#[derive(Debug, Deserialize)]
struct Latencies {
    direct: Vec<f64>,
    follower: Vec<f64>,
}

/// Returns the latencies in two tabs. The leader is in the background. The other tab gets the events both
/// from it and directly.
fn latencies(workspace: &Workspace, browser: Browser, origin: &str) -> Result<(String, Latencies)> {
    let session = Session::open(workspace, browser)?;
    let page = page(origin);
    session.go_to(&page)?;
    session.call("join", &json!({ "url": STREAM, "shared": true }))?;
    session.new_tab()?;
    session.go_to(&page)?;
    let told = session.call("compare", &json!({ "url": STREAM, "count": TIMED }))?;
    Ok((session.browser.clone(), serde_json::from_value(told)?))
}

fn cpu(workspace: &Workspace, browser: Browser, origin: &str, layout: Layout) -> Result<Duration> {
    ensure!(!process::interrupted(), "interrupted");
    let session = Session::open(workspace, browser)?;
    let mut tabs = Vec::new();
    for number in 0..layout.tabs() {
        tabs.push(session.new_tab()?);
        session.go_to(&layout.page(origin, number)?)?;
        if let Some(task) = layout.task() {
            session.call("join", &task)?;
        }
    }
    // The cost of opening the tabs isn't counted.
    thread::sleep(Duration::from_secs(2));
    let before = Reading::of(session.process)?;
    thread::sleep(WINDOW);
    let cpu = Reading::of(session.process)?.since(&before);
    if layout.task().is_some() {
        let least = u64::from(RATE) * WINDOW.as_secs();
        for tab in &tabs {
            session.switch_to(tab)?;
            let received = session.call("received", &Value::Null)?;
            ensure!(
                received.as_u64().is_some_and(|received| received >= least),
                "{layout}: a tab has received {received} of {least} events"
            );
        }
    }
    Ok(cpu.browser)
}

fn page(origin: &str) -> String {
    format!("{origin}/tabs.html")
}

impl Layout {
    fn tabs(self) -> usize {
        let (Self::Idle(tabs) | Self::Direct(tabs) | Self::Shared(tabs)) = self;
        tabs
    }

    /// Returns the argument of the page's `join`.
    fn task(self) -> Option<Value> {
        let is_shared = match self {
            Self::Idle(_) => return None,
            Self::Direct(_) => false,
            Self::Shared(_) => true,
        };
        Some(json!({ "url": STREAM, "shared": is_shared }))
    }

    /// Returns the URL of a tab. Browsers allow six connections per host, so each tab with one of its own has
    /// its own host.
    fn page(self, origin: &str, number: usize) -> Result<String> {
        if let Self::Shared(_) = self {
            return Ok(page(origin));
        }
        let (_, port) = origin.rsplit_once(':').context("an origin has a port")?;
        Ok(page(&format!("http://tab-{number}.localhost:{port}")))
    }
}

impl Display for Layout {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle(1) => f.write_str("1 tab, without a source"),
            Self::Idle(tabs) => write!(f, "{tabs} tabs, without a source"),
            Self::Direct(1) => f.write_str("1 tab, with a connection"),
            Self::Direct(tabs) => write!(f, "{tabs} tabs, with a connection each"),
            Self::Shared(tabs) => write!(f, "{tabs} tabs, with one connection"),
        }
    }
}

struct Percentiles<'l>(&'l [f64]);

impl Percentiles<'_> {
    /// Returns the value that this many percent do not exceed.
    fn at(&self, percent: usize) -> f64 {
        let mut sorted = self.0.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

impl Display for Percentiles<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5.2} ms {:>5.2} ms", self.at(50), self.at(99))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert!((Percentiles(&values).at(50) - 100.0).abs() < 1e-9);
        assert!((Percentiles(&values).at(99) - 198.0).abs() < 1e-9);
        assert!((Percentiles(&[7.0]).at(99) - 7.0).abs() < 1e-9);
        assert!(Percentiles(&[]).at(50).is_nan());
    }

    #[test]
    fn tabs_with_a_connection_each_have_a_host_each() {
        let origin = "http://127.0.0.1:8080";
        let at = |layout: Layout| layout.page(origin, 3).unwrap();
        assert_eq!(
            at(Layout::Direct(10)),
            "http://tab-3.localhost:8080/tabs.html"
        );
        assert_eq!(at(Layout::Shared(10)), "http://127.0.0.1:8080/tabs.html");
    }
}
