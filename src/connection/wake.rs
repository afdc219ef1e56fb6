//! What follows when the page is hidden, frozen, cut off or brought back.

use super::machine::{Connection, Output, Phase};
use super::{Instant, Signal, State, TransportKind};
use crate::error::Error;

impl Connection {
    /// The page's circumstances have changed.
    pub fn handle_signal(&mut self, now: Instant, signal: Signal) {
        let by_fetch = self
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.transport == TransportKind::Fetch);
        match (signal, self.phase) {
            (Signal::Visible, Phase::Paused { not_before }) => self.unpause(now, not_before),
            (_, Phase::Idle | Phase::Closed | Phase::Paused { .. }) => {}
            (Signal::Hidden, _) => {
                if self.config.pause_when_hidden {
                    self.pause(now);
                }
            }
            (Signal::Offline, Phase::Open { .. }) => self.was_offline = true,
            (Signal::Offline, _) => {}
            (_, Phase::Waiting { not_before, .. }) => {
                self.phase = Phase::Waiting {
                    until: not_before.max(now),
                    not_before,
                };
                self.handle_timeout(now);
            }
            // A stream read by fetch is dead after a freeze, without an error (Chromium); a native
            // one delivers its backlog.
            (Signal::Thawed, _) if by_fetch => self.replace(now, "the page was frozen"),
            (Signal::Restored, _) => {
                self.replace(now, "the page came back from the back/forward cache");
            }
            // Without a heartbeat nothing else would ever notice that the old path is gone.
            (Signal::Online, Phase::Open { .. })
                if core::mem::take(&mut self.was_offline) && self.config.heartbeat.is_none() =>
            {
                self.replace(now, "the network was lost and found");
            }
            // Timers are slow while hidden: look at the clock now.
            _ => self.handle_timeout(now),
        }
    }

    /// Puts a new connection in the place of one that is not trusted any more. This is not a
    /// failure, so there is no backoff, unless the request may not be repeated.
    fn replace(&mut self, now: Instant, reason: &'static str) {
        let error = Error::Distrusted { reason };
        if !self.is_repeatable() {
            return self.failed(now, error);
        }
        self.stats.last_error = Some(error);
        self.forgive(now);
        self.disconnect();
        self.connect(now);
    }

    /// Closes until the page is shown. A request that may not be repeated goes on: it could not be
    /// resumed.
    fn pause(&mut self, now: Instant) {
        if self.attempt.is_some() && !self.is_repeatable() {
            return;
        }
        let not_before = match self.phase {
            Phase::Waiting { not_before, .. } => not_before,
            _ => now,
        };
        self.forgive(now);
        self.disconnect();
        self.phase = Phase::Paused { not_before };
        self.outputs.push_back(Output::State(State::Paused));
    }

    fn unpause(&mut self, now: Instant, not_before: Instant) {
        match self.stats.last_error.clone() {
            Some(error) if now < not_before => {
                self.phase = Phase::Waiting {
                    until: not_before,
                    not_before,
                };
                self.outputs.push_back(Output::State(State::Waiting {
                    retry_in: Some(not_before - now),
                    failures: self.failures,
                    error,
                }));
            }
            _ => self.connect(now),
        }
    }
}
