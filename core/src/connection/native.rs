//! Decides what follows a failure of the native `EventSource`.

use core::time::Duration;

use super::machine::{OPEN_TIMEOUT, Phase};
use super::{Connection, Instant, Output, Resume, State, Transport};
use crate::error::Error;

/// How often in a row the browser may reconnect by itself. It has no growing backoff, so it would spin on a
/// server that accepts and closes.
const BROWSER_RECONNECTS: u32 = 3;

/// The longest reconnection time of a browser (Firefox: 5 s).
const BROWSER_RECONNECTION_TIME: Duration = Duration::from_secs(5);

impl Connection {
    /// Handles an `error` event of the native `EventSource`; `gave_up` if its `readyState` is now CLOSED.
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
            // A connection that delivered events shows that the browser's reconnects don't spin.
            let is_productive =
                matches!(self.phase, Phase::Open { .. }) && self.stats.events > self.events_at_open;
            if self.browser_may_reconnect(is_productive) {
                if is_productive {
                    self.failures = 0;
                }
                self.let_browser_reconnect(now, error);
            } else {
                self.failed(now, error);
            }
            return;
        }
        // Native doesn't reveal the cause: a refused connection (Firefox), a 503, a 401 or a 204. The same
        // request by fetch does. If it succeeds, it becomes the connection.
        self.ask_why = true;
        if connecting {
            self.disconnect();
            self.connect(now);
        } else {
            let error = Error::disconnected("the browser gave up the connection");
            self.failed(now, error);
        }
    }

    /// Returns whether the browser should reconnect by itself. Its own reconnect sends `Last-Event-ID`
    /// without a preflight, but must not be used if the URL carries an older ID. It also ignores the retry
    /// policy, so it is allowed only for the first failures in a row that deliver no events.
    fn browser_may_reconnect(&self, is_productive: bool) -> bool {
        let fetch_does_as_well =
            self.config.transport == Transport::Auto && !self.config.cross_origin;
        !fetch_does_as_well
            && !self.config.request_varies
            && self.browser_has_id
            && self
                .attempt
                .as_ref()
                .is_some_and(|attempt| attempt.resume == Resume::None)
            && (is_productive || self.failures < BROWSER_RECONNECTS)
            && self.config.retry.max_attempts.is_none()
            && self.config.retry.inspect.is_none()
    }

    fn let_browser_reconnect(&mut self, now: Instant, error: Error) {
        self.count_failure(now, &error);
        self.phase = Phase::BrowserReconnects {
            since: now,
            until: now
                + BROWSER_RECONNECTION_TIME
                + self.config.open_timeout.unwrap_or(OPEN_TIMEOUT),
        };
        self.outputs.push(Output::State(State::Waiting {
            retry_in: None,
            failures: self.failures,
            error,
        }));
    }
}
