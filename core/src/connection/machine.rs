//! The connection's state machine: its inputs, its outputs, and its transitions while nothing fails.

use core::time::Duration;

use super::body::Whole;
use super::jitter::Jitter;
use super::{
    Attempt, Config, End, EndReason, Instant, Output, State, Stats, Transport, TransportKind,
};
use crate::error::Error;
use crate::http::{AnswerKind, Response};
use crate::parse::Parser;

/// A timer later than this says more about the page (busy, throttled, asleep) than about the connection.
/// Bytes that arrived in the meantime get as much time again to be delivered.
const LATE: Duration = Duration::from_millis(500);

/// The default open timeout.
pub(super) const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// The interval at which a connection checks that the page runs. No event reports that a phone is locked or a
/// laptop sleeps: timers stand still, and the streams are dead afterwards.
pub(super) const PULSE: Duration = Duration::from_secs(20);

/// The state machine of one event source; see the [module](super).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // The flags are independent.
pub struct Connection {
    pub(super) config: Config,
    pub(super) phase: Phase,
    pub(super) parser: Parser,
    pub(super) jitter: Jitter,
    /// The outputs in their order. A `Vec` is enough because they are few.
    pub(super) outputs: Vec<Output>,
    pub(super) stats: Stats,
    /// The attempts made by this machine, without the browser's own reconnects.
    pub(super) attempts: u32,
    /// The attempt that is under way or open.
    pub(super) attempt: Option<Attempt>,
    /// The failures in a row.
    pub(super) failures: u32,
    /// The open timeouts in a row.
    pub(super) open_timeouts: u32,
    /// The reconnection time from a `retry` field.
    pub(super) reconnection_time: Option<Duration>,
    /// Whether native gave up without a reason. The next attempt uses fetch to find out why.
    pub(super) ask_why: bool,
    /// Whether new headers have been tried since the connection was last open.
    pub(super) refreshed: bool,
    /// Whether the last answer was 401 or 403.
    pub(super) unauthorized: bool,
    /// Whether a connection has been open before.
    pub(super) was_open: bool,
    /// Whether the network was lost while the connection was open.
    pub(super) was_offline: bool,
    /// Whether this attempt's native `EventSource` has received an ID, with which it reconnects. A rebuilt
    /// `EventSource` doesn't know the earlier ID.
    pub(super) browser_has_id: bool,
    /// The previous event's ID, for the rule by which IDs follow one another.
    pub(super) previous_id: String,
    /// Whether the stream has ended at an event.
    pub(super) is_done: bool,
    /// The answer that is being read whole.
    pub(super) whole: Option<Whole>,
    /// The count of received events and the last event ID when the continuing attempt began.
    pub(super) began_at: (u64, String),
    /// The count of received events when the stream opened.
    pub(super) events_at_open: u64,
    /// The time when the page was last seen to run.
    pub(super) seen_running: Instant,
    /// The time when a connection was last replaced since the page woke.
    pub(super) woken: Option<Instant>,
}

/// The phase of the machine. Only methods of the machine change it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// The machine has not started.
    Idle,
    /// An attempt is under way, until the open timeout, if there is one.
    Connecting {
        since: Instant,
        until: Option<Instant>,
    },
    /// The stream is open.
    Open {
        since: Instant,
        last_activity: Instant,
        /// The time of the deferred heartbeat check, if the heartbeat's timer was late.
        grace: Option<Instant>,
    },
    /// The native `EventSource` reconnects by itself, with the header that only it can send without a
    /// preflight. If it has not succeeded by `until`, the machine takes over.
    BrowserReconnects { since: Instant, until: Instant },
    /// The next attempt begins at `until`. A signal can bring it forward, but not before the time the server
    /// asked for.
    Waiting { until: Instant, not_before: Instant },
    /// The page is hidden. A server's `Retry-After` still applies.
    Paused { not_before: Instant },
    /// The connection is closed for good.
    Closed,
}

impl Connection {
    /// Creates a connection that has not started. `seed` feeds the jitter.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        let parser = Parser::new()
            .with_max_event_size(config.max_event_size)
            .with_last_event_id(&*config.last_event_id);
        let previous_id = config.last_event_id.clone();
        Self {
            config,
            phase: Phase::Idle,
            parser,
            jitter: Jitter::new(seed),
            outputs: Vec::new(),
            stats: Stats::default(),
            attempts: 0,
            attempt: None,
            failures: 0,
            open_timeouts: 0,
            reconnection_time: None,
            ask_why: false,
            refreshed: false,
            unauthorized: false,
            was_open: false,
            was_offline: false,
            browser_has_id: false,
            previous_id,
            is_done: false,
            whole: None,
            began_at: (0, String::new()),
            events_at_open: 0,
            seen_running: Instant::default(),
            woken: None,
        }
    }

    // Outputs

    /// Returns the next output, or `None` if nothing has to be done now.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.poll_output_where(|_| true)
    }

    /// Returns the next output that `is_wanted` accepts; the others stay.
    pub fn poll_output_where(&mut self, is_wanted: impl Fn(&Output) -> bool) -> Option<Output> {
        if self.is_done && !self.is_closed() {
            self.complete(End::new(EndReason::Until));
        }
        let at = self.outputs.iter().position(is_wanted)?;
        Some(self.outputs.remove(at))
    }

    /// Stores an output that could not be delivered, for [`poll_output`](Self::poll_output). Store it before
    /// the next input, whose outputs must come after it.
    pub fn put_by(&mut self, told: Output) {
        self.outputs.push(told);
    }

    /// Returns whether [`poll_output`](Self::poll_output) has an output, so that an edge need not poll after
    /// each chunk.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty() || (self.is_done && !self.is_closed())
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let is_watched = matches!(self.phase, Phase::Open { .. } | Phase::Connecting { .. });
        let pulse = is_watched.then_some(self.seen_running + PULSE);
        match (self.due(), pulse) {
            (Some(due), Some(pulse)) => Some(due.min(pulse)),
            (due, pulse) => due.or(pulse),
        }
    }

    /// Returns the next deadline, apart from the check that the page runs.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.phase {
            Phase::Connecting { until, .. } => until,
            Phase::BrowserReconnects { until, .. } | Phase::Waiting { until, .. } => Some(until),
            Phase::Open {
                last_activity,
                grace,
                ..
            } => grace.or_else(|| self.config.heartbeat.map(|limit| last_activity + limit)),
            Phase::Idle | Phase::Paused { .. } | Phase::Closed => None,
        }
    }

    /// Returns the last event ID, from which a reconnect would resume.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// Returns the connection's counters.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Returns whether the connection is closed for good.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    // Inputs

    /// Starts the connection. Has no effect on a connection that has started.
    pub fn start(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle) {
            self.connect(now);
        }
    }

    /// Handles the answer to an attempt by fetch. `kind` is the result of [`Response::kind`] for the `Accept`
    /// header that the attempt was sent with. `excerpt` is the beginning of the body of an answer that will
    /// not be read. `wall` is the time since the Unix epoch.
    ///
    /// Afterwards, either the stream is open or [`Output::Disconnect`] follows.
    pub fn handle_response(
        &mut self,
        now: Instant,
        response: Response,
        kind: AnswerKind,
        excerpt: String,
        wall: Duration,
    ) {
        let retry_after = response.retry_after(wall);
        self.handle_answer(now, response, kind, excerpt, retry_after);
    }

    /// Like [`handle_response`](Self::handle_response), for an edge that has already read `Retry-After`.
    pub fn handle_answer(
        &mut self,
        now: Instant,
        response: Response,
        kind: AnswerKind,
        excerpt: String,
        retry_after: Option<Duration>,
    ) {
        if !matches!(self.phase, Phase::Connecting { .. }) {
            return;
        }
        match kind {
            AnswerKind::EventStream => self.opened(now, Some(response)),
            AnswerKind::Whole => {
                self.whole = Some(Whole::new(self.config.max_event_size));
                self.opened(now, Some(response));
            }
            AnswerKind::Unexpected => self.refused(now, response, excerpt, retry_after),
        }
    }

    /// Handles the opening of the native `EventSource`.
    pub fn handle_open(&mut self, now: Instant) {
        if let Phase::Connecting { .. } | Phase::BrowserReconnects { .. } = self.phase {
            self.opened(now, None);
        }
    }

    /// Handles the deadline that [`poll_timeout`](Self::poll_timeout) named. An early call has no effect.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.stood_still(now) {
            return;
        }
        match self.phase {
            Phase::Connecting {
                since,
                until: Some(until),
            } if now >= until => {
                self.open_timeouts += 1;
                let after = now - since;
                self.failed(now, Error::OpenTimeout { after });
            }
            Phase::BrowserReconnects { since, until } if now >= until => {
                let after = now - since;
                self.failed(now, Error::OpenTimeout { after });
            }
            Phase::Waiting { until, .. } if now >= until => self.connect(now),
            Phase::Open { .. } => self.check_heartbeat(now),
            _ => {}
        }
    }

    /// Requires fetch from now on, for example because a subscriber asks for more than native offers.
    /// Replaces a native connection that [`Transport::Auto`] chose.
    pub fn require_fetch(&mut self, now: Instant) {
        self.config.needs_fetch = true;
        let by_native = self
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.transport == TransportKind::Native);
        if by_native && self.config.transport == Transport::Auto {
            self.forgive(now);
            self.disconnect();
            self.connect(now);
        }
    }

    /// Sets the heartbeat timeout, for example when the server advertises its interval.
    pub fn set_heartbeat(&mut self, limit: Option<Duration>) {
        self.config.heartbeat = limit;
        // A deferred check belongs to the previous limit.
        if let Phase::Open { grace, .. } = &mut self.phase {
            *grace = None;
        }
    }

    /// Reconnects at once and resumes. A closed connection stays closed. A request that is under way and may
    /// be sent only once is left alone.
    pub fn reconnect(&mut self, now: Instant) {
        if self.is_closed() || (self.attempt.is_some() && !self.can_go_on()) {
            return;
        }
        self.disconnect();
        self.failures = 0;
        self.open_timeouts = 0;
        self.refreshed = false;
        self.connect(now);
    }

    /// Closes the connection for good.
    pub fn close(&mut self) {
        if !matches!(self.phase, Phase::Closed) {
            self.disconnect();
            self.finish(None);
        }
    }

    // Transitions

    /// Restarts the heartbeat timeout.
    pub(super) fn active(&mut self, now: Instant) {
        if let Phase::Open {
            last_activity,
            grace,
            ..
        } = &mut self.phase
        {
            *last_activity = now;
            *grace = None;
        }
    }

    fn check_heartbeat(&mut self, now: Instant) {
        let (
            Phase::Open {
                last_activity,
                grace,
                ..
            },
            Some(limit),
        ) = (&mut self.phase, self.config.heartbeat)
        else {
            return;
        };
        let due = *last_activity + limit;
        match *grace {
            _ if now < due => *grace = None,
            None if now - due > LATE => *grace = Some(now + LATE),
            Some(until) if now < until => {}
            _ => {
                let silent_for = now - *last_activity;
                self.failed(now, Error::HeartbeatTimeout { silent_for });
            }
        }
    }

    pub(super) fn disconnect(&mut self) {
        if self.attempt.take().is_some() {
            self.outputs.push(Output::Disconnect);
        }
    }

    /// Closes without an error because the server is done.
    pub(super) fn complete(&mut self, end: End) {
        self.disconnect();
        self.outputs.push(Output::End(end));
        self.finish(None);
    }

    pub(super) fn finish(&mut self, error: Option<Error>) {
        self.phase = Phase::Closed;
        self.outputs.push(Output::State(State::Closed { error }));
    }
}
