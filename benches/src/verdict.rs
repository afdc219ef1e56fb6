//! Whether the promises were kept.

/// The outcome of all promises together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// All promises hold.
    Pass,
    /// At least one promise is broken.
    Fail,
}

impl Verdict {
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }

    /// Returns `Fail` if either fails.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::of(self == Self::Pass && other == Self::Pass)
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
        }
    }
}
