//! What the schedules have put to the test.

use std::fmt;

/// A situation that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Calm,
    Delivered,
    /// The server has said so.
    GapAnnounced,
    /// A reconnect had no position.
    GapWithoutPosition,
    GapByNewEpoch,
    GapOnHandover,
    BegunTwice,
    SetByControl,
    SetByReopening,
    ControlRepeated,
    ControlGone,
    ControlRefused,
    ControlUnauthorized,
    ControlGivenUp,
    ControlOvertaken,
    Resumed,
    Replayed,
    ReplayCut,
    SecondLife,
    TakenUpAgainAtOnce,
    SeenTwice,
    NotForThisLife,
    Early,
    Declined,
    Completed,
    ChannelRefused,
    OpeningRefused,
    Overflowed,
    Restarted,
    SetEmptied,
    ClosedByUser,
    ClosedByServer,
    InForceAtTheEnd,
}

const ALL: [Mark; 33] = [
    Mark::Calm,
    Mark::Delivered,
    Mark::GapAnnounced,
    Mark::GapWithoutPosition,
    Mark::GapByNewEpoch,
    Mark::GapOnHandover,
    Mark::BegunTwice,
    Mark::SetByControl,
    Mark::SetByReopening,
    Mark::ControlRepeated,
    Mark::ControlGone,
    Mark::ControlRefused,
    Mark::ControlUnauthorized,
    Mark::ControlGivenUp,
    Mark::ControlOvertaken,
    Mark::Resumed,
    Mark::Replayed,
    Mark::ReplayCut,
    Mark::SecondLife,
    Mark::TakenUpAgainAtOnce,
    Mark::SeenTwice,
    Mark::NotForThisLife,
    Mark::Early,
    Mark::Declined,
    Mark::Completed,
    Mark::ChannelRefused,
    Mark::OpeningRefused,
    Mark::Overflowed,
    Mark::Restarted,
    Mark::SetEmptied,
    Mark::ClosedByUser,
    Mark::ClosedByServer,
    Mark::InForceAtTheEnd,
];

/// How often each situation came up.
#[derive(Clone, Debug)]
pub(crate) struct Coverage([u64; ALL.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Self([0; ALL.len()])
    }
}

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
