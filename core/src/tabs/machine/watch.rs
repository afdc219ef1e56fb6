//! How a tab notices that its leader is gone, or hangs.

use core::time::Duration;

use crate::connection::Instant;

/// A timer that fires so much too late says that it was this tab that slept.
const LATE: Duration = Duration::from_secs(1);

/// Unanswered so often, a leader is given up; by a tab that sleeps itself, later.
const ENOUGH: u8 = 2;
const ENOUGH_WHEN_LATE: u8 = 4;

/// What is known of the leader's life.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) due: Instant,
    unanswered: u8,
}

/// What to do when it is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ask,
    Depose,
}

impl Watch {
    /// The leader was heard; it is missed at `due` unless it is heard again.
    pub(super) fn until(due: Instant) -> Self {
        Self { due, unanswered: 0 }
    }

    /// The leader has said that it goes.
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

    /// Another tab has asked, which serves this one as well.
    pub(super) fn is_asked_by_another(&mut self, due: Instant) {
        self.unanswered = self.unanswered.saturating_add(1).min(ENOUGH);
        self.due = due;
    }

    /// One that has come has asked. It is less patient, so that counts once.
    pub(super) fn is_asked_by_a_newcomer(&mut self, due: Instant) {
        if self.unanswered == 0 {
            self.unanswered = 1;
            self.due = due;
        }
    }

    /// Another is about to take the leader's place, which has not answered it. Who hears that again and
    /// again, and nothing of the leader, believes it.
    pub(super) fn put_off(&mut self, due: Instant) {
        self.unanswered = self.unanswered.saturating_add(1).min(ENOUGH);
        self.due = self.due.max(due);
    }
}
