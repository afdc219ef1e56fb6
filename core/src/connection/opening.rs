//! Begins attempts, and decides what follows when one has opened.

use std::sync::Arc;

use super::machine::{OPEN_TIMEOUT, Phase};
use super::{
    Attempt, Connection, Continuation, Instant, Output, Resume, Resumed, State, TransportKind,
};
use crate::gap::GapCause;
use crate::http::Response;

impl Connection {
    pub(super) fn connect(&mut self, now: Instant) {
        if self.may_continue() {
            let resume = match self.config.continuation {
                // The caller's request says by itself where it continues.
                Continuation::Ask => Resume::None,
                _ => self.resume_by(TransportKind::Fetch),
            };
            self.attempt_by(now, TransportKind::Fetch, resume, true);
        } else {
            let transport = self.next_transport();
            self.attempt_by(now, transport, self.resume_by(transport), false);
        }
    }

    /// Repeats the previous attempt with another way to resume.
    pub(super) fn attempt_again(&mut self, now: Instant, resume: Resume) {
        let continues = self
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.continues);
        self.disconnect();
        self.attempt_by(now, TransportKind::Fetch, resume, continues);
    }

    fn attempt_by(
        &mut self,
        now: Instant,
        transport: TransportKind,
        resume: Resume,
        continues: bool,
    ) {
        self.stats.attempts += 1;
        self.attempts += 1;
        let attempt = Attempt {
            number: self.attempts,
            transport,
            resume,
            position: self.last_event_id().to_owned(),
            unauthorized: self.unauthorized,
            continues,
        };
        self.parser.restart();
        self.whole = None;
        self.browser_has_id = false;
        self.seen_running = now;
        if continues {
            self.began_at = (self.stats.events, self.last_event_id().to_owned());
        }
        self.attempt = Some(attempt.clone());
        let doublings = 1 << self.open_timeouts.min(3);
        let limit = match self.config.open_timeout {
            // A continuation may be repeated even if the request itself may not.
            None if continues => Some(OPEN_TIMEOUT),
            limit => limit,
        };
        self.phase = Phase::Connecting {
            since: now,
            until: limit.map(|limit| now + limit.saturating_mul(doublings)),
        };
        self.outputs.push(Output::State(State::Connecting {
            attempt: attempt.number,
            transport,
        }));
        self.outputs.push(Output::Connect(attempt));
    }

    pub(super) fn opened(&mut self, now: Instant, answer: Option<Response>) {
        let Some(attempt) = &self.attempt else { return };
        let browser_resumed = matches!(self.phase, Phase::BrowserReconnects { .. });
        if browser_resumed {
            // The browser made an attempt of its own.
            self.stats.attempts += 1;
        }
        let transport = attempt.transport;
        let (resumed, gap) = self.resumption(attempt, browser_resumed, answer.as_ref());
        self.outputs.push(Output::State(State::Open {
            transport,
            resumed,
            answer: answer.map(Arc::new),
        }));
        if let Some(cause) = gap {
            // The next event need not follow an earlier one: the gap has just been reported.
            self.previous_id.clear();
            self.outputs.push(Output::Gap(cause));
        }
        self.was_open = true;
        self.was_offline = false;
        self.ask_why = false;
        self.refreshed = false;
        self.unauthorized = false;
        self.open_timeouts = 0;
        self.stats.opened += 1;
        self.events_at_open = self.stats.events;
        self.seen_running = now;
        self.phase = Phase::Open {
            since: now,
            last_activity: now,
            grace: None,
        };
    }

    /// Returns whether the server resumes where the previous connection stopped, and the cause of a gap if
    /// events may be missing.
    fn resumption(
        &self,
        attempt: &Attempt,
        browser_resumed: bool,
        answer: Option<&Response>,
    ) -> (Resumed, Option<GapCause>) {
        let position = self.last_event_id();
        // Before the first connection, and without a last event ID, no event can be missed.
        let has_before = self.was_open || !position.is_empty();
        // The caller's request says by itself where it continues, if there is a last event ID.
        let asks = self.config.continuation == Continuation::Ask
            && attempt.continues
            && !position.is_empty();
        if !browser_resumed && !asks && attempt.resume == Resume::None {
            return (Resumed::No, has_before.then_some(GapCause::NoPosition));
        }
        let unless_replayed = (!self.config.replays).then_some(GapCause::NotResumed);
        match answer.and_then(Response::last_event_id) {
            Some(told) if told == position => (Resumed::Confirmed, unless_replayed),
            // A Mercure hub no longer has the ID, and names where it begins instead.
            Some(_) if !position.is_empty() => (Resumed::No, Some(GapCause::NotResumed)),
            _ => {
                let by_unknown_query =
                    matches!(attempt.resume, Resume::Query(_)) && !self.config.query_named;
                // The first event's ID will show, by `follows`, whether events are missing.
                let is_unproven = by_unknown_query && self.config.follows.is_none();
                let unproven = is_unproven.then_some(GapCause::Unconfirmed);
                (Resumed::Asked, unless_replayed.or(unproven))
            }
        }
    }
}
