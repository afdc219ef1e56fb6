//! What the schedules have put to the test.

use std::fmt;

/// A situation that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Calm,
    Delivered,
    Gap,
    /// Tabs without events were given what others had.
    Resent,
    /// One was told of a gap, since nobody kept that much.
    NotKept,
    /// A tab that was about to lead was given what it had not.
    Taught,
    /// What a tab alone had had came a second time.
    SeenTwice,
    LeaderClosed,
    LeaderCrashed,
    LeaderHung,
    LeaderFrozen,
    LeaderLeft,
    LeaderHidden,
    LostWithSender,
    LostInFreeze,
    Stolen,
    GaveWay,
    TwoAtOnce,
    ClaimedTogether,
    Forgotten,
    CameBack,
    BegunBehind,
    Reconnected,
    ChannelEnded,
    ClosedForAll,
    Resumed,
    InWriting,
    TabsCounted,
    CalmStretch,
}

const ALL: [Mark; 29] = [
    Mark::Calm,
    Mark::Delivered,
    Mark::Gap,
    Mark::Resent,
    Mark::NotKept,
    Mark::Taught,
    Mark::SeenTwice,
    Mark::LeaderClosed,
    Mark::LeaderCrashed,
    Mark::LeaderHung,
    Mark::LeaderFrozen,
    Mark::LeaderLeft,
    Mark::LeaderHidden,
    Mark::LostWithSender,
    Mark::LostInFreeze,
    Mark::Stolen,
    Mark::GaveWay,
    Mark::TwoAtOnce,
    Mark::ClaimedTogether,
    Mark::Forgotten,
    Mark::CameBack,
    Mark::BegunBehind,
    Mark::Reconnected,
    Mark::ChannelEnded,
    Mark::ClosedForAll,
    Mark::Resumed,
    Mark::InWriting,
    Mark::TabsCounted,
    Mark::CalmStretch,
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
