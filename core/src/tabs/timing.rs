//! How long tabs wait for each other.

use core::time::Duration;

use super::config::Election;

/// The times of the protocol. Those of an election hold for all tabs; they are here to be read and tested.
///
/// Browsers let the timers of a hidden page fire once a second, later once a minute, while messages reach
/// it at once. So nothing that a visible tab needs hangs on the timer of a hidden one: who misses the
/// leader asks, and the leader answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// After this much silence a tab asks for the leader.
    pub quiet: Duration,
    /// At random up to so much later, so that one asks for all.
    pub spread: Duration,
    /// How long it waits for the answer. It asks twice.
    pub answer: Duration,
    /// How long a tab that comes without a leader waits for one. It asks twice.
    pub welcome: Duration,
    /// How long one that is about to lead waits for the tabs that it knows of.
    pub collect: Duration,
    /// How long if it knows of none.
    pub alone: Duration,
    /// How often the leader calls the roll. Who does not answer to three in a row is forgotten.
    pub roll: Duration,
    /// When a tab asks again for what it is missing.
    pub resend: Duration,
}

impl Timing {
    /// Those of an election.
    #[must_use]
    pub const fn of(election: Election) -> Self {
        let (quiet, spread) = match election {
            // The lock tells of a leader that is gone; only one that hangs has to be found out.
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

    /// The longest time from the leader's last sign to another that leads in its place.
    #[must_use]
    pub fn hand_over(&self) -> Duration {
        self.quiet + self.spread + 2 * self.answer + self.collect
    }
}
