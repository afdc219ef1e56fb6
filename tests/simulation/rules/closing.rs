//! It closes for the reasons that are agreed, and then it does.

use everstream::Error;
use everstream::connection::Signal;

use super::{Cause, Rules, Shown};
use crate::coverage::Mark;
use crate::wire::Head;

impl Rules {
    pub(super) fn check_reason(&mut self, error: Option<&Error>) {
        let repeatable = self.plan.config.idempotent || self.delivery.has_position();
        let exhausted = self
            .policy
            .max_attempts
            .is_some_and(|most| self.attempts.failures + 1 > most);
        let reason = match (self.cause, error) {
            (Cause::Close, None) => Some(Mark::ClosedByUser),
            (Cause::Answer(head), None) if head.status == 204 => Some(Mark::ClosedByNoContent),
            (Cause::Answer(head), Some(error)) if error.status() == Some(head.status) => {
                let final_answer = self.is_final(head);
                final_answer.then_some(Mark::RefusedForGood)
            }
            // The answer is complete, or cannot be had twice.
            (Cause::End, None)
            | (
                Cause::Lost
                | Cause::Timer
                | Cause::Signal(Signal::Thawed | Signal::Restored | Signal::Online | Signal::Visible),
                Some(_),
            ) if !repeatable => Some(Mark::EndedUnrepeatable),
            _ => None,
        };
        let failed = error.is_some() && !matches!(self.cause, Cause::Close | Cause::Reconnect);
        match reason {
            Some(mark) => self.coverage.reach(mark),
            None if failed && exhausted => self.coverage.reach(Mark::Exhausted),
            None => {
                let (cause, before) = (self.cause, self.before);
                self.demand(false, || {
                    format!("it closes with {error:?} because of {cause:?} in {before:?}")
                });
            }
        }
    }

    /// An answer to an attempt opens it, closes it, or is followed by another attempt, and which of
    /// them is agreed.
    pub(super) fn check_answer(&mut self) {
        let (Cause::Answer(head), Shown::Connecting { .. }) = (self.cause, self.before) else {
            return;
        };
        let shown = self.shown;
        let agreed = match shown {
            Shown::Open { .. } => head.event_stream,
            Shown::Closed => !head.event_stream,
            Shown::Waiting { .. } => !head.event_stream && !self.is_final(head),
            Shown::Connecting { .. } => matches!(head.status, 401 | 403),
            _ => false,
        };
        self.demand(agreed, || format!("{shown:?} follows from {head:?}"));
    }

    fn is_final(&self, head: Head) -> bool {
        let repeatable = self.plan.config.idempotent || self.delivery.has_position();
        match head.status {
            408 | 425 | 429 | 503 => false,
            500 | 502 => !repeatable,
            401 | 403 => !self.plan.config.refreshable || self.attempts.refreshed,
            _ => true,
        }
    }
}
