//! How a tab notices that its leader is gone or hangs.

use core::time::Duration;

use crate::connection::Instant;

/// A timer that fires this much too late shows that this tab itself slept.
const LATE: Duration = Duration::from_secs(1);

/// The number of unanswered questions after which a leader is given up. A tab that sleeps itself takes
/// longer.
const ENOUGH: u8 = 2;
const ENOUGH_WHEN_LATE: u8 = 4;

/// A tab's knowledge of whether its leader is alive.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) due: Instant,
    unanswered: u8,
}

/// The action to take when the watch is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ask,
    Depose,
}

impl Watch {
    /// Returns the watch for a leader that was just heard. The leader is missed at `due` unless it is heard
    /// again.
    pub(super) fn until(due: Instant) -> Self {
        Self { due, unanswered: 0 }
    }

    /// Returns the watch for a leader that has said goodbye.
    pub(super) fn gone(due: Instant) -> Self {
        Self {
            due,
            unanswered: ENOUGH,
        }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.unanswered >= ENOUGH
    }

    pub(super) fn check(&mut self, now: Instant, answer: Duration) -> Due {
        if now < self.due {
            return Due::Nothing;
        }
        let is_late = now - self.due > LATE;
        let enough = if is_late { ENOUGH_WHEN_LATE } else { ENOUGH };
        if self.unanswered >= enough {
            self.due = now + answer;
            self.unanswered = 0;
            return Due::Depose;
        }
        self.unanswered += 1;
        self.due = now + answer;
        Due::Ask
    }

    /// Notes that another tab has asked, which serves this one as well.
    pub(super) fn is_asked_by_another(&mut self, due: Instant) {
        self.unanswered = self.unanswered.saturating_add(1).min(ENOUGH);
        self.due = due;
    }

    /// Notes that a new tab has asked. A new tab is less patient, so only its first question counts.
    pub(super) fn is_asked_by_a_newcomer(&mut self, due: Instant) {
        if self.unanswered == 0 {
            self.unanswered = 1;
            self.due = due;
        }
    }

    /// Notes that another tab is about to take the place of a leader that hasn't answered it. A tab that
    /// hears this again and again, and nothing from the leader, believes it.
    pub(super) fn put_off(&mut self, due: Instant) {
        self.unanswered = self.unanswered.saturating_add(1).min(ENOUGH);
        self.due = self.due.max(due);
    }
}
