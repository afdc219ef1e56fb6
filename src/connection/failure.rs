//! What follows from a failure: at once again, later again, or never.

use core::time::Duration;

use super::machine::{Connection, Output, Phase};
use super::retry::MAX_RETRY_AFTER;
use super::{Decision, Instant, Resume, State, Transport, TransportKind};
use crate::error::{Error, UnexpectedResponse};
use crate::http::Response;

/// How often in a row the browser may reconnect by itself. A server that accepts and closes would
/// have it spin; our own backoff grows.
const BROWSER_RECONNECTS: u32 = 3;

/// The longest of the browsers' own reconnection times (Firefox: 5 s).
const BROWSER_RECONNECTION_TIME: Duration = Duration::from_secs(5);

impl Connection {
    /// The stream has ended, or could not be opened, by a failure of the network. Fetch only.
    pub fn handle_disconnect(&mut self, now: Instant, detail: &str) {
        match self.phase {
            Phase::Connecting { .. } => self.unanswered(now, detail),
            Phase::Open { .. } => self.failed(now, Error::disconnected(detail)),
            _ => {}
        }
    }

    /// The stream has ended cleanly. Fetch only.
    pub fn handle_end(&mut self, now: Instant) {
        let Phase::Open { .. } = self.phase else {
            return;
        };
        if !self.config.idempotent && self.last_event_id().is_empty() {
            // The answer to a request that may not be repeated is complete.
            self.disconnect();
            self.finish(None);
        } else {
            let error = Error::disconnected("the server ended the stream");
            self.failed(now, error);
        }
    }

    /// The headers' provider failed.
    pub fn handle_headers_error(&mut self, now: Instant, error: Error) {
        if let Phase::Connecting { .. } = self.phase {
            self.failed(now, error);
        }
    }

    /// No attempt can ever succeed, as with a URL that is not fetched, or an answer that CORS hides.
    pub fn handle_futile(&mut self, error: Error) {
        if !self.is_closed() {
            self.disconnect();
            self.stats.last_error = Some(error.clone());
            self.finish(Some(error));
        }
    }

    /// The native `EventSource` fired `error`; `gave_up` if its `readyState` is now CLOSED.
    pub fn handle_native_error(&mut self, now: Instant, gave_up: bool) {
        let connecting = matches!(
            self.phase,
            Phase::Connecting { .. } | Phase::BrowserReconnects { .. }
        );
        if !connecting && !matches!(self.phase, Phase::Open { .. }) {
            return;
        }
        if !gave_up {
            let error = Error::disconnected("the browser reported an error");
            if self.browser_may_reconnect() {
                self.let_browser_reconnect(now, error);
            } else {
                self.failed(now, error);
            }
            return;
        }
        // It may have been a refused connection (Firefox), a 503, a 401, a 204: native does not
        // tell. The same request by fetch does, and if it succeeds it is the connection.
        self.ask_why = true;
        if connecting {
            self.disconnect();
            self.connect(now);
        } else {
            let error = Error::disconnected("the browser gave up the connection");
            self.failed(now, error);
        }
    }

    /// The browser's own reconnect is the better one where a position is to be resumed by header:
    /// it is sent without a preflight. It is not where the URL carries an older position, and it
    /// is not bound by our retry policy, so only for the first failures.
    fn browser_may_reconnect(&self) -> bool {
        let fetch_does_as_well =
            self.config.transport == Transport::Auto && !self.config.cross_origin;
        !fetch_does_as_well
            && !self.config.request_varies
            && self.browser_has_id
            && self
                .attempt
                .as_ref()
                .is_some_and(|attempt| attempt.resume == Resume::None)
            && self.failures < BROWSER_RECONNECTS
            && self.config.retry.max_attempts.is_none()
            && self.config.retry.inspect.is_none()
    }

    fn let_browser_reconnect(&mut self, now: Instant, error: Error) {
        self.count_failure(now, &error);
        self.phase = Phase::BrowserReconnects {
            since: now,
            until: now + BROWSER_RECONNECTION_TIME + self.config.open_timeout,
        };
        self.outputs.push_back(Output::State(State::Waiting {
            retry_in: None,
            failures: self.failures,
            error,
        }));
    }

    /// An attempt by fetch failed before any answer.
    fn unanswered(&mut self, now: Instant, detail: &str) {
        let by_header = self
            .attempt
            .as_ref()
            .is_some_and(|attempt| matches!(attempt.resume, Resume::Header(_)));
        if !by_header || !self.config.cross_origin {
            self.failed(now, Error::disconnected(detail));
        } else if self.config.resume_by_query {
            // The network, or the preflight for `Last-Event-ID`: browsers do not tell. The query
            // parameter needs no preflight, so trying it at once tells.
            self.disconnect();
            let resume = Resume::Query(self.last_event_id().to_owned());
            self.connect_with(now, TransportKind::Fetch, resume);
        } else if self.was_open {
            self.failed(now, Error::PreflightRefused);
        } else {
            self.failed(now, Error::disconnected(detail));
        }
    }

    /// The server answered with something else than an event stream.
    pub(super) fn refused(
        &mut self,
        now: Instant,
        response: Response,
        excerpt: String,
        retry_after: Option<Duration>,
    ) {
        let status = response.status;
        if status == 204 {
            // The standard's way to tell a client to stop.
            self.disconnect();
            self.finish(None);
            return;
        }
        let error = Error::Response(UnexpectedResponse { response, excerpt }.into());
        self.unauthorized = matches!(status, 401 | 403);
        let decision = self.config.retry.decide(&error);
        if self.unauthorized
            && self.config.refreshable
            && !self.refreshed
            && decision == Decision::Default
        {
            self.refreshed = true;
            self.stats.last_error = Some(error);
            let resume = match self.attempt.take() {
                Some(attempt) => attempt.resume,
                None => Resume::None,
            };
            self.outputs.push_back(Output::Disconnect);
            self.connect_with(now, TransportKind::Fetch, resume);
            return;
        }
        self.give_up_or_wait(now, error, retry_after, decision);
    }

    /// The connection, or the attempt, is lost.
    pub(super) fn failed(&mut self, now: Instant, error: Error) {
        let decision = self.config.retry.decide(&error);
        self.give_up_or_wait(now, error, None, decision);
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
            Decision::Stop => return self.finish(Some(error)),
            _ if exhausted => return self.finish(Some(error)),
            Decision::Default if !self.is_worth_retrying(&error) => {
                return self.finish(Some(error));
            }
            Decision::RetryAfter(delay) => Some(delay),
            Decision::Default | Decision::Retry => None,
        };
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
            // A `retry` field guards against nothing that the user's return would make worse; a
            // `Retry-After` does.
            not_before: now + exactly.or(retry_after).unwrap_or_default().min(delay),
        };
        self.outputs.push_back(Output::State(State::Waiting {
            retry_in: Some(delay),
            failures: self.failures,
            error,
        }));
    }

    /// Forgets the failures before a connection that has been healthy for a while and now ends,
    /// for whatever reason.
    pub(super) fn forgive(&mut self, now: Instant) {
        if let Phase::Open { since, .. } = self.phase
            && now - since >= self.config.retry.reset_after
        {
            self.failures = 0;
        }
    }

    fn count_failure(&mut self, now: Instant, error: &Error) {
        self.forgive(now);
        if !matches!(error, Error::OpenTimeout { .. }) {
            self.open_timeouts = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.stats.last_error = Some(error.clone());
    }

    /// Whether sending the request again does no harm, or resumes.
    pub(super) fn is_repeatable(&self) -> bool {
        self.config.idempotent || !self.last_event_id().is_empty()
    }

    /// The rules without a user's policy.
    fn is_worth_retrying(&self, error: &Error) -> bool {
        let repeatable = self.is_repeatable();
        match error {
            Error::Response(_) if self.config.retry.standard => false,
            Error::Response(unexpected) => match unexpected.response.status {
                // The server says that it has not processed the request.
                408 | 425 | 429 | 503 => true,
                501 | 505 => false,
                status => status >= 500 && repeatable,
            },
            Error::InvalidHeader { .. } | Error::InvalidUrl { .. } | Error::Unsupported { .. } => {
                false
            }
            // Nothing has been sent.
            Error::Headers { .. } => true,
            _ => repeatable,
        }
    }
}
