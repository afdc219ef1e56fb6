//! What the schedules have put to the test.

use std::fmt;

/// A situation that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Calm,
    Gap,
    ResumedByHeader,
    ResumedByQuery,
    ResumedByBrowser,
    AskedWhy,
    PreflightRefused,
    HeartbeatTimeout,
    OpenTimeout,
    Replaced,
    Refreshed,
    Paused,
    HeldByRetryAfter,
    WaitCutShort,
    Exhausted,
    RefusedForGood,
    EndedUnrepeatable,
    ClosedByNoContent,
    ClosedByUser,
    OpenAtTheEnd,
}

const ALL: [Mark; 20] = [
    Mark::Calm,
    Mark::Gap,
    Mark::ResumedByHeader,
    Mark::ResumedByQuery,
    Mark::ResumedByBrowser,
    Mark::AskedWhy,
    Mark::PreflightRefused,
    Mark::HeartbeatTimeout,
    Mark::OpenTimeout,
    Mark::Replaced,
    Mark::Refreshed,
    Mark::Paused,
    Mark::HeldByRetryAfter,
    Mark::WaitCutShort,
    Mark::Exhausted,
    Mark::RefusedForGood,
    Mark::EndedUnrepeatable,
    Mark::ClosedByNoContent,
    Mark::ClosedByUser,
    Mark::OpenAtTheEnd,
];

/// How often each situation came up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage([u64; ALL.len()]);

impl Coverage {
    pub(crate) fn reach(&mut self, mark: Mark) {
        self.0[mark as usize] += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }

    pub(crate) fn never_reached(&self) -> Vec<Mark> {
        let unreached = |mark: &Mark| self.0[*mark as usize] == 0;
        ALL.into_iter().filter(unreached).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mark in ALL {
            write!(f, "{mark:?} {}, ", self.0[mark as usize])?;
        }
        f.write_str("each at least that often")
    }
}
