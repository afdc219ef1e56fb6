//! Decides what follows a failure: another attempt at once, a later one, or none.

use core::time::Duration;
use std::sync::Arc;

use super::body::Whole;
use super::machine::{Connection, OPEN_TIMEOUT, Phase};
use super::received::Verdict;
use super::retry::MAX_RETRY_AFTER;
use super::{
    Continuation, Decision, End, EndReason, Instant, OnEnd, Resume, RetryPolicy, State, Until,
};
use super::{Output, OwnedEvent};
use crate::error::{Error, UnexpectedResponse};
use crate::gap::GapCause;
use crate::http::Response;
use crate::parse::UnfinishedEvent;

impl Connection {
    /// Handles a network failure that ended the stream or kept it from opening. Fetch only.
    pub fn handle_disconnect(&mut self, now: Instant, detail: &str) {
        match self.phase {
            Phase::Connecting { .. } => self.unanswered(now, detail),
            Phase::Open { .. } => {
                let unfinished = self.parser.take_unfinished().map(Arc::new);
                let detail = detail.to_owned();
                self.failed(now, Error::Disconnected { detail, unfinished });
            }
            _ => {}
        }
    }

    /// Handles a clean end of the stream. Fetch only.
    pub fn handle_end(&mut self, now: Instant) {
        let Phase::Open { .. } = self.phase else {
            return;
        };
        if self.is_done {
            return;
        }
        if let Some(whole) = self.whole.take() {
            return self.received_whole(now, whole);
        }
        let mut unfinished = self.parser.take_unfinished();
        if self.config.deliver_unfinished
            && let Some(event) = unfinished.take()
        {
            self.deliver(now, event);
            if self.is_done {
                return;
            }
        }
        if unfinished.as_ref().is_some_and(|event| self.is_mark(event)) {
            return self.complete(End::new(EndReason::Until));
        }
        let unfinished = unfinished.map(Arc::new);
        if self.is_over() {
            self.complete(End {
                reason: EndReason::Body,
                unfinished,
            });
        } else {
            self.failed(now, Error::Ended { unfinished });
        }
    }

    /// Returns whether an unfinished event is the mark that ends the stream: gateways cut the blank line after
    /// it. A function isn't asked, since the data may be cut anywhere.
    fn is_mark(&self, event: &UnfinishedEvent) -> bool {
        matches!(&self.config.until, Some(Until::Text(mark)) if *mark == event.data)
    }

    /// Returns whether an answer that just ended cleanly is complete, although it could be continued.
    fn is_over(&self) -> bool {
        let continues = self
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.continues);
        let has_progressed =
            self.began_at.0 != self.stats.events || self.began_at.1 != self.parser.last_event_id();
        // A continuation that adds nothing shows that the answer is complete.
        self.config.on_end == OnEnd::Close || (continues && !has_progressed)
    }

    /// Delivers an answer that was read whole, and closes.
    fn received_whole(&mut self, now: Instant, whole: Whole) {
        match whole.text() {
            Ok(data) => {
                let event = UnfinishedEvent {
                    event_type: "message".to_owned(),
                    data,
                    id: None,
                };
                self.deliver(now, event);
                self.is_done = false;
                self.complete(End::new(EndReason::Body));
            }
            Err(error) => self.give_up(Error::EventTooLarge(error)),
        }
    }

    /// Delivers an event that no blank line has closed. Its ID counts, and the event may be the mark of
    /// `until`.
    fn deliver(&mut self, now: Instant, event: UnfinishedEvent) {
        if let Some(id) = event.id.filter(|id| id.bytes().all(|byte| byte != 0)) {
            self.parser.set_last_event_id(&id);
        }
        let last_event_id = self.last_event_id().to_owned();
        let event = OwnedEvent {
            event_type: event.event_type,
            data: event.data,
            last_event_id,
        };
        self.stats.last_activity = Some(now);
        match self.watch().judge(&event.as_event()) {
            Verdict::Done => return,
            Verdict::Gap => self.outputs.push(Output::Gap(GapCause::IdsMissing)),
            Verdict::Pass => {}
        }
        self.stats.events += 1;
        self.outputs.push(Output::Event(event));
    }

    /// Handles an error of the provider of headers.
    pub fn handle_headers_error(&mut self, now: Instant, error: Error) {
        if let Phase::Connecting { .. } = self.phase {
            self.failed(now, error);
        }
    }

    /// Closes with an error because no attempt can ever succeed, for example with a URL that can't be fetched
    /// or an answer that CORS hides.
    pub fn handle_futile(&mut self, error: Error) {
        if !self.is_closed() {
            self.give_up(error);
        }
    }

    /// Handles the caller's change of a safe request into one with side effects, before it is sent: it may not
    /// be repeated. Don't report this if the caller allows repeats.
    pub fn handle_side_effects(&mut self) {
        let continues = self
            .attempt
            .as_ref()
            .is_none_or(|attempt| attempt.continues);
        if continues || !self.config.repeatable {
            return;
        }
        self.config.repeatable = false;
        if self.config.continuation == Continuation::None {
            self.config.on_end = OnEnd::Close;
        }
        // The default for a request that may be repeated: giving up on this one would lose its answer.
        if self.config.open_timeout == Some(OPEN_TIMEOUT) {
            self.config.open_timeout = None;
            if let Phase::Connecting { until, .. } = &mut self.phase {
                *until = None;
            }
        }
    }

    /// Handles the caller's refusal to continue the answer: the reason that ended the previous attempt
    /// stands.
    pub fn handle_no_continuation(&mut self) {
        if !matches!(self.phase, Phase::Connecting { .. }) {
            return;
        }
        match self.stats.last_error.take() {
            Some(Error::Ended { unfinished }) => self.complete(End {
                reason: EndReason::Body,
                unfinished,
            }),
            // No attempt has ended: the caller passed in a last event ID and nothing of its answer is left.
            None => self.complete(End::new(EndReason::Body)),
            Some(error) => self.give_up(error),
        }
    }

    /// Handles an attempt by fetch that failed before any answer.
    fn unanswered(&mut self, now: Instant, detail: &str) {
        let may_be_the_header = self.config.cross_origin
            && self.attempt.as_ref().is_some_and(|attempt| {
                matches!(attempt.resume, Resume::Header(_))
                    && (attempt.continues || self.config.repeatable)
            });
        // The browser's own request carried the last event ID and was answered with a final refusal. Sending
        // the ID in a query parameter that no server code reads would repeat every event.
        let is_answered = self.ask_why && self.config.retry.standard && !self.config.query_named;
        if !may_be_the_header {
            self.failed(now, Error::disconnected(detail));
        } else if is_answered {
            self.give_up(Error::disconnected("the browser gave up the connection"));
        } else if self.config.resume_by_query {
            // A network failure looks the same as a refused preflight for `Last-Event-ID`. A query parameter
            // needs no preflight, so an immediate attempt with it shows which one it was.
            let resume = Resume::Query(self.last_event_id().to_owned());
            self.attempt_again(now, resume);
        } else if self.was_open {
            self.failed(now, Error::PreflightRefused);
        } else {
            self.failed(now, Error::disconnected(detail));
        }
    }

    /// Handles an answer that is not of an accepted type or status.
    pub(super) fn refused(
        &mut self,
        now: Instant,
        response: Response,
        excerpt: String,
        retry_after: Option<Duration>,
    ) {
        let status = response.status;
        if status == 204 {
            // The standard lets a server stop a client with 204.
            self.complete(End::new(EndReason::NoContent));
            return;
        }
        if self.is_refused_for_its_position(status) {
            // The gap is reported when the stream opens.
            self.attempt_again(now, Resume::None);
            return;
        }
        let error = Error::Response(UnexpectedResponse { response, excerpt }.into());
        self.unauthorized = matches!(status, 401 | 403);
        let decision = self.decide(now, &error);
        if self.unauthorized
            && self.config.refreshable
            && !self.refreshed
            && decision == Decision::Default
        {
            self.refreshed = true;
            self.stats.last_error = Some(error);
            let attempt = self.attempt.as_ref();
            let resume = attempt.map_or(Resume::None, |attempt| attempt.resume.clone());
            self.attempt_again(now, resume);
            return;
        }
        self.give_up_or_wait(now, error, retry_after, decision);
    }

    /// Returns whether the server may have refused the request because it did not understand the last event
    /// ID or found it too long. If the request is repeatable, the next attempt omits the ID.
    fn is_refused_for_its_position(&self, status: u16) -> bool {
        matches!(status, 400 | 414 | 431)
            && self.attempt.as_ref().is_some_and(|attempt| {
                attempt.resume != Resume::None && !attempt.continues && self.config.repeatable
            })
    }

    /// Asks the policy about a failure that has not been counted yet.
    fn decide(&mut self, now: Instant, error: &Error) -> Decision {
        self.forgive(now);
        let failures = self.failures.saturating_add(1);
        self.config.retry.decide(error, failures)
    }

    /// Handles a lost connection or a failed attempt.
    pub(super) fn failed(&mut self, now: Instant, error: Error) {
        let decision = if self.is_final(&error) {
            Decision::Stop
        } else {
            self.decide(now, &error)
        };
        self.give_up_or_wait(now, error, None, decision);
    }

    /// Returns whether the failure is final because the request was sent and may not be sent again.
    fn is_final(&self, error: &Error) -> bool {
        // A failure to prepare the headers means that no request was sent.
        !self.can_go_on() && !matches!(error, Error::Headers { .. })
    }

    /// Closes with an error.
    fn give_up(&mut self, error: Error) {
        self.disconnect();
        self.stats.last_error = Some(error.clone());
        self.finish(Some(error));
    }

    /// Decides whether and when to try again.
    fn give_up_or_wait(
        &mut self,
        now: Instant,
        error: Error,
        retry_after: Option<Duration>,
        decision: Decision,
    ) {
        self.disconnect();
        self.count_failure(now, &error);
        let exhausted = self
            .config
            .retry
            .max_attempts
            .is_some_and(|most| self.failures > most);
        let exactly = match decision {
            Decision::RetryAfter(delay) => Some(delay.max(RetryPolicy::least_delay(self.failures))),
            Decision::Default | Decision::Retry | Decision::Stop => None,
        };
        let is_hopeless = decision == Decision::Default && !self.is_worth_retrying(&error);
        if decision == Decision::Stop || exhausted || is_hopeless || self.is_final(&error) {
            return match error {
                // A server's clean end is never an error, even if no attempt follows it.
                Error::Ended { unfinished } => self.complete(End {
                    reason: EndReason::Body,
                    unfinished,
                }),
                error => self.finish(Some(error)),
            };
        }
        let asked = self
            .reconnection_time
            .unwrap_or(self.config.retry.reconnection_time)
            .min(self.config.retry.longest_reconnection_time())
            .max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER));
        let delay = exactly.unwrap_or_else(|| {
            let random = self.jitter.next();
            asked.saturating_add(self.config.retry.backoff(self.failures, random))
        });
        self.phase = Phase::Waiting {
            until: now + delay,
            // A signal such as `online` may shorten a `retry` wait without harm, but must not undercut a
            // `Retry-After`.
            not_before: now + exactly.or(retry_after).unwrap_or_default().min(delay),
        };
        self.outputs.push(Output::State(State::Waiting {
            retry_in: Some(delay),
            failures: self.failures,
            error,
        }));
    }

    /// Resets the failure count when a connection ends that had been healthy for a while, for whatever reason
    /// it ends.
    pub(super) fn forgive(&mut self, now: Instant) {
        if let Phase::Open { since, .. } = self.phase
            && now - since >= self.config.retry.reset_after
        {
            self.failures = 0;
        }
    }

    pub(super) fn count_failure(&mut self, now: Instant, error: &Error) {
        self.forgive(now);
        if !matches!(error, Error::OpenTimeout { .. }) {
            self.open_timeouts = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.stats.last_error = Some(error.clone());
    }

    /// Returns whether a failure is worth another attempt by the default rules, without a policy's own
    /// function. Whether another attempt is allowed at all is decided elsewhere.
    fn is_worth_retrying(&self, error: &Error) -> bool {
        match error {
            Error::Response(_) if self.config.retry.standard => false,
            Error::Response(unexpected) => match unexpected.response.status {
                408 | 425 | 429 => true,
                501 | 505 => false,
                status => status >= 500,
            },
            Error::InvalidHeader { .. } | Error::InvalidUrl { .. } | Error::Unsupported { .. } => {
                false
            }
            _ => true,
        }
    }
}
