//! The session closes for the agreed reasons only, and always does so then.

use everstream_core::Error;
use everstream_core::connection::{EndReason, OnEnd};

use super::{Cause, Rules, Shown};
use crate::coverage::Mark;
use crate::wire::Head;

impl Rules {
    pub(super) fn check_reason(&mut self, error: Option<&Error>) {
        if let Some(error) = error {
            self.check_open_timeout(error);
        }
        let exhausted = self
            .policy
            .max_attempts
            .is_some_and(|most| self.attempts.failures + 1 > most);
        let end = self.ended.as_ref().map(|end| end.reason);
        let config = &self.plan.config;
        let reason = match (self.cause, end, error) {
            (Cause::Close, None, None) => Some(Mark::ClosedByUser),
            (Cause::Answer(head), Some(EndReason::NoContent), None) if head.status == 204 => {
                Some(Mark::ClosedByNoContent)
            }
            (Cause::Bytes | Cause::Event, Some(EndReason::Until), None)
                if config.until.is_some() =>
            {
                Some(Mark::EndedByUntil)
            }
            // The continuation has nothing to add.
            (Cause::End, Some(EndReason::Body), None) if self.brought_nothing() => {
                Some(Mark::NothingLeft)
            }
            (Cause::End, Some(EndReason::Body), None)
                if config.on_end == OnEnd::Close || !self.can_go_on() || exhausted =>
            {
                Some(Mark::EndedForGood)
            }
            (Cause::Answer(head), None, Some(error)) if error.status() == Some(head.status) => {
                let final_answer = self.is_final(head);
                final_answer.then_some(Mark::RefusedForGood)
            }
            // The request must not be repeated.
            (Cause::Lost | Cause::Timer | Cause::Signal(_), None, Some(_)) if !self.can_go_on() => {
                Some(Mark::FailedForGood)
            }
            _ => None,
        };
        let failed = error.is_some() && !matches!(self.cause, Cause::Close | Cause::Reconnect);
        match reason {
            Some(mark) => self.coverage.reach(mark),
            None if failed && exhausted => self.coverage.reach(Mark::Exhausted),
            None => {
                let (cause, before) = (self.cause, self.before);
                self.demand(false, || {
                    format!("it closes with {error:?}, {end:?} because of {cause:?} in {before:?}")
                });
            }
        }
    }

    /// Checks that an end closes the session where the options say so, and where nothing can follow.
    pub(super) fn check_end(&mut self) {
        let is_over =
            self.plan.config.on_end == OnEnd::Close || !self.can_go_on() || self.brought_nothing();
        if self.cause == Cause::End && is_over && matches!(self.before, Shown::Open { .. }) {
            let shown = self.shown;
            self.demand(shown == Shown::Closed && self.ended.is_some(), || {
                format!("{shown:?} follows the end")
            });
        }
    }

    /// Checks that an answer to an attempt has the agreed consequence: opening, closing or another attempt.
    pub(super) fn check_answer(&mut self) {
        let (Cause::Answer(head), Shown::Connecting { .. }) = (self.cause, self.before) else {
            return;
        };
        let shown = self.shown;
        let agreed = match shown {
            Shown::Open { .. } => head.event_stream,
            Shown::Closed => !head.event_stream,
            Shown::Waiting { .. } => !head.event_stream && !self.is_final(head),
            Shown::Connecting { .. } => matches!(head.status, 400 | 401 | 403),
            _ => false,
        };
        self.demand(agreed, || format!("{shown:?} follows from {head:?}"));
    }

    fn is_final(&self, head: Head) -> bool {
        match head.status {
            408 | 425 | 429 | 500 | 502 | 503 => !self.can_go_on(),
            401 | 403 => !self.plan.config.refreshable || self.attempts.refreshed,
            _ => true,
        }
    }
}
