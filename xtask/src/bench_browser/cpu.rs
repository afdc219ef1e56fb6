//! The CPU time of a browser's processes.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// CPU time in user and system mode.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cpu {
    /// The CPU time of the processes that run pages.
    pub(super) pages: Duration,
    /// The CPU time of all the browser's processes.
    pub(super) browser: Duration,
}

/// The CPU time that each of a browser's processes has used since it began.
#[derive(Debug)]
pub(super) struct Reading(HashMap<u32, Duration>);

impl Reading {
    /// Reads the process `root` and all its descendants.
    pub(super) fn of(root: u32) -> Result<Self> {
        let processes = processes()?;
        let mut times = HashMap::new();
        let mut family = vec![root];
        while let Some(id) = family.pop() {
            for process in &processes {
                if process.parent == id {
                    family.push(process.id);
                }
                if process.id == id {
                    times.insert(id, process.time);
                }
            }
        }
        Ok(Self(times))
    }

    /// Returns the CPU time since `earlier` of the processes that still exist. Those of earlier pages may end
    /// at any time.
    pub(super) fn since(&self, earlier: &Self) -> Cpu {
        let mut cpu = Cpu::default();
        for (id, time) in &self.0 {
            let before = earlier.0.get(id).copied().unwrap_or_default();
            let used = time.saturating_sub(before);
            cpu.browser += used;
            if runs_pages(*id) {
                cpu.pages += used;
            }
        }
        cpu
    }
}

struct Process {
    id: u32,
    parent: u32,
    time: Duration,
}

fn processes() -> Result<Vec<Process>> {
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc").context("the CPU time is read from /proc")? {
        let Ok(id) = entry?.file_name().to_string_lossy().parse() else {
            continue;
        };
        // A process that has ended in between doesn't count.
        if let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) {
            processes.extend(parse(id, &stat));
        }
    }
    Ok(processes)
}

/// Parses a line of `proc_pid_stat(5)`. The name, which may contain anything, is in parentheses.
fn parse(id: u32, stat: &str) -> Option<Process> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let field = |number: usize| fields.split(' ').nth(number - 3)?.parse::<u64>().ok();
    let ticks = field(14)? + field(15)?;
    let nanoseconds = ticks * 1_000_000_000 / rustix::param::clock_ticks_per_second();
    Some(Process {
        id,
        parent: u32::try_from(field(4)?).ok()?,
        time: Duration::from_nanos(nanoseconds),
    })
}

/// Returns whether a process runs pages. Chromium's renderers and Firefox' content processes say so on their
/// command line, which Chromium rewrites as one word.
fn runs_pages(id: u32) -> bool {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    line.split(['\0', ' '])
        .any(|word| word == "--type=renderer" || word == "-isForBrowser")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_may_look_like_fields() {
        let stat = "7 (a) S 1 2 (b) S 5 7 7 0 -1 4194304 100 0 0 0 300 200 0 0 20 0 1 0";
        let process = parse(7, stat).unwrap();
        assert_eq!(process.parent, 5);
        let ticks = u32::try_from(rustix::param::clock_ticks_per_second()).unwrap();
        assert_eq!(process.time, Duration::from_secs(500) / ticks);
    }

    #[test]
    fn a_process_is_counted_with_its_descendants() {
        let own = std::process::id();
        let family = Reading::of(std::os::unix::process::parent_id()).unwrap();
        assert!(family.0.contains_key(&own));
    }

    #[test]
    fn a_process_that_has_ended_takes_nothing_back() {
        let reading = |times: &[(u32, u64)]| {
            let times = times.iter();
            Reading(
                times
                    .map(|(id, time)| (*id, Duration::from_secs(*time)))
                    .collect(),
            )
        };
        // No process has such an ID.
        let (stays, ends, begins) = (u32::MAX, u32::MAX - 1, u32::MAX - 2);
        let before = reading(&[(stays, 5), (ends, 100)]);
        let after = reading(&[(stays, 7), (begins, 1)]);
        assert_eq!(after.since(&before).browser, Duration::from_secs(3));
    }
}
