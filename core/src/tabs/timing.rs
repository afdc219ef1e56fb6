//! How long tabs wait for each other.

use core::time::Duration;

use super::config::Election;

/// The durations of the protocol between tabs. All tabs use those of their election; they are public to be
/// read and tested.
///
/// Browsers let the timers of a hidden page fire once a second, later once a minute, while messages reach it
/// at once. Nothing that a visible tab needs may therefore depend on the timer of a hidden one. A tab that
/// misses the leader asks, and the leader answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The silence after which a tab asks for the leader.
    pub quiet: Duration,
    /// The most by which a tab asks later than `quiet`, at random, so that one asks for all.
    pub spread: Duration,
    /// How long a tab waits for the answer. It asks twice.
    pub answer: Duration,
    /// How long a new tab without a leader waits for one. It asks twice.
    pub welcome: Duration,
    /// How long a tab that is about to lead waits for the tabs that it knows of.
    pub collect: Duration,
    /// How long a tab that is about to lead waits if it knows of no others.
    pub alone: Duration,
    /// How often the leader calls the roll. A tab that doesn't answer three roll calls in a row is forgotten.
    pub roll: Duration,
    /// After how long a tab asks again for missing entries.
    pub resend: Duration,
}

impl Timing {
    /// Returns the durations of an election.
    #[must_use]
    pub const fn of(election: Election) -> Self {
        let (quiet, spread) = match election {
            // The lock reveals a leader that is gone, so only a leader that hangs has to be found out.
            Election::Lock => (4_000, 1_000),
            Election::Lease => (1_500, 500),
        };
        Self {
            quiet: Duration::from_millis(quiet),
            spread: Duration::from_millis(spread),
            answer: Duration::from_secs(1),
            welcome: Duration::from_millis(200),
            collect: Duration::from_millis(300),
            alone: Duration::from_millis(50),
            roll: Duration::from_secs(5),
            resend: Duration::from_millis(500),
        }
    }

    /// Returns the longest time from the leader's last sign of life until another tab leads in its place.
    #[must_use]
    pub fn hand_over(&self) -> Duration {
        self.quiet + self.spread + 2 * self.answer + self.collect
    }
}
