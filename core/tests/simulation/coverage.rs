//! The situations that the schedules have put to the test.

use std::fmt;

pub(crate) use crate::marks::Mark;

/// Names the situations that matter to a simulation.
macro_rules! marks {
    ($($(#[$doc:meta])* $mark:ident,)+) => {
        /// A situation that matters.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mark {
            $($(#[$doc])* $mark,)+
        }

        impl Mark {
            pub(crate) const ALL: &[Self] = &[$(Self::$mark),+];
        }
    };
}

/// How often each situation came up.
#[derive(Clone, Debug)]
pub(crate) struct Coverage([u64; Mark::ALL.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Self([0; Mark::ALL.len()])
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

    /// Returns the marks that came up less often than this.
    pub(crate) fn below(&self, floor: u64) -> Vec<Mark> {
        let is_below = |mark: &Mark| self.0[*mark as usize] < floor;
        Mark::ALL.iter().copied().filter(is_below).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mark in Mark::ALL {
            write!(f, "{mark:?} {}, ", self.0[*mark as usize])?;
        }
        f.write_str("each at least that often")
    }
}
