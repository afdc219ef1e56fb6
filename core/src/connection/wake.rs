//! Decides what follows when the page is hidden, frozen, offline or brought back.

use core::time::Duration;

use super::Output;
use super::machine::{Connection, PULSE, Phase};
use super::{Instant, Signal, State, TransportKind};
use crate::error::Error;

/// A page that was not seen to run for this long stood still: its phone was locked, or its laptop slept.
/// Browsers run the timers of a long-hidden page once a minute, which is below this limit.
const STOOD_STILL: Duration = Duration::from_secs(70).saturating_add(PULSE);

/// The time over which the reconnects after a network's return are spread: the network returns for all
/// clients at once.
const SPREAD: Duration = Duration::from_millis(300);

/// The time within which several signals count as one awakening; they follow one another closely. Signals of
/// one awakening replace a connection once. Two awakenings must never count as one: the connection that the
/// second finds dead would stay.
const AWAKENING: Duration = Duration::from_millis(200);

impl Connection {
    /// Handles a change in the state of the page or the machine.
    pub fn handle_signal(&mut self, now: Instant, signal: Signal) {
        let by_fetch = self
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.transport == TransportKind::Fetch);
        if signal == Signal::Hidden {
            // Only a hidden page falls asleep, so the next signal belongs to another awakening.
            self.woken = None;
        }
        match (signal, self.phase) {
            (Signal::Hidden, Phase::Idle) if self.config.pause_when_hidden => {
                self.pause(now);
            }
            (Signal::Visible, Phase::Paused { not_before }) => self.unpause(now, not_before),
            (_, Phase::Idle | Phase::Closed | Phase::Paused { .. }) => {}
            (Signal::Hidden, _) => {
                if self.config.pause_when_hidden {
                    self.pause(now);
                }
            }
            (Signal::Offline, Phase::Open { .. }) => self.was_offline = true,
            (Signal::Offline, _) => {}
            (Signal::Thawed | Signal::Restored, Phase::Waiting { not_before, .. }) => {
                self.wait_until(not_before.max(now), not_before);
                self.handle_timeout(now);
            }
            (Signal::Online | Signal::Visible, Phase::Waiting { until, not_before }) => {
                let soon = now + self.spread();
                self.wait_until(until.min(not_before.max(soon)), not_before);
                self.handle_timeout(now);
            }
            // After a freeze, a stream read by fetch is dead without an error (Chromium). A native stream
            // delivers its backlog.
            (Signal::Thawed, _) if by_fetch => self.replace_woken(now, "the page was frozen"),
            (Signal::Thawed, _) => {
                self.seen_running = now;
                self.handle_timeout(now);
            }
            (Signal::Restored, _) => {
                self.replace_woken(now, "the page came back from the back/forward cache");
            }
            // Without a heartbeat, nothing else would notice that the old network path is gone.
            (Signal::Online, Phase::Open { .. })
                if core::mem::take(&mut self.was_offline) && self.config.heartbeat.is_none() =>
            {
                self.replace_soon(now, "the network was lost and found");
            }
            // A request sent before the network came back may never be answered.
            (Signal::Online, Phase::Connecting { since, .. }) if since < now => {
                self.replace_soon(now, "the network came back during the attempt");
            }
            // Timers are slow in a hidden page, so a deadline may have passed unnoticed.
            _ => self.handle_timeout(now),
        }
    }

    /// Checks whether the page has stood still without a signal, and replaces its connection if so. Returns
    /// whether it did.
    pub(super) fn stood_still(&mut self, now: Instant) -> bool {
        if !matches!(self.phase, Phase::Open { .. } | Phase::Connecting { .. }) {
            return false;
        }
        let unseen = now - core::mem::replace(&mut self.seen_running, now);
        if unseen < STOOD_STILL || !self.can_go_on() {
            return false;
        }
        self.replace(now, "the page stood still");
        true
    }

    fn wait_until(&mut self, until: Instant, not_before: Instant) {
        self.phase = Phase::Waiting { until, not_before };
    }

    fn spread(&mut self) -> Duration {
        self.jitter.part(SPREAD)
    }

    /// Replaces a connection once for all signals of one awakening.
    fn replace_woken(&mut self, now: Instant, reason: &'static str) {
        self.seen_running = now;
        if self.woken.is_some_and(|woken| now - woken < AWAKENING) {
            return;
        }
        self.woken = Some(now);
        self.replace(now, reason);
    }

    /// Replaces a connection that is no longer trusted. This is not a failure, so there is no backoff. A
    /// request that can't be repeated or continued is left alone: the certain loss is worse than the possible
    /// hang.
    fn replace(&mut self, now: Instant, reason: &'static str) {
        if !self.can_go_on() {
            return;
        }
        self.stats.last_error = Some(Error::Distrusted { reason });
        self.forgive(now);
        self.disconnect();
        self.connect(now);
    }

    /// Replaces a connection at a random time within `SPREAD`, so that clients don't all reconnect at once.
    fn replace_soon(&mut self, now: Instant, reason: &'static str) {
        if !self.can_go_on() {
            return;
        }
        let error = Error::Distrusted { reason };
        self.stats.last_error = Some(error.clone());
        self.forgive(now);
        self.disconnect();
        let delay = self.spread();
        self.wait_until(now + delay, now);
        self.outputs.push(Output::State(State::Waiting {
            retry_in: Some(delay),
            failures: self.failures,
            error,
        }));
    }

    /// Closes until the page is shown. A request that may not be repeated stays open: it could not be
    /// resumed.
    fn pause(&mut self, now: Instant) {
        if self.attempt.is_some() && !self.can_go_on() {
            return;
        }
        let not_before = match self.phase {
            Phase::Waiting { not_before, .. } => not_before,
            _ => now,
        };
        self.forgive(now);
        self.disconnect();
        self.phase = Phase::Paused { not_before };
        self.outputs.push(Output::State(State::Paused));
    }

    fn unpause(&mut self, now: Instant, not_before: Instant) {
        match self.stats.last_error.clone() {
            Some(error) if now < not_before => {
                self.wait_until(not_before, not_before);
                self.outputs.push(Output::State(State::Waiting {
                    retry_in: Some(not_before - now),
                    failures: self.failures,
                    error,
                }));
            }
            _ => self.connect(now),
        }
    }
}
