//! The state machine: what happens, and what follows from it while nothing fails.

use core::time::Duration;
use std::collections::VecDeque;

use super::jitter::Jitter;
use super::{Attempt, Config, Instant, Received, Resume, State, Stats, Transport, TransportKind};
use crate::error::Error;
use crate::http::Response;
use crate::parse::Parser;

/// A timer that fires this much too late says more about the page (busy, throttled, asleep) than
/// about the connection: what has arrived meanwhile gets as much time again to be delivered.
const LATE: Duration = Duration::from_millis(500);

/// What the edge is to do or to tell.
#[derive(Debug)]
pub enum Output {
    /// Open a connection. The one before is gone.
    Connect(Attempt),
    /// Drop the connection: nothing of it may come in any more.
    Disconnect,
    /// The state has changed.
    State(State),
    /// Events may be missing from here on.
    Gap,
}

/// The state machine of one event source; see the [module](super).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Each remembers one thing; none excludes another.
pub struct Connection {
    pub(super) config: Config,
    pub(super) phase: Phase,
    pub(super) parser: Parser,
    pub(super) jitter: Jitter,
    pub(super) outputs: VecDeque<Output>,
    pub(super) stats: Stats,
    /// The attempts that we made, unlike those that the browser made by itself.
    pub(super) attempts: u32,
    /// The attempt under way or open.
    pub(super) attempt: Option<Attempt>,
    /// Failures in a row.
    pub(super) failures: u32,
    /// Open timeouts in a row.
    pub(super) open_timeouts: u32,
    /// What a `retry` field has asked for.
    pub(super) reconnection_time: Option<Duration>,
    /// Native gave up without a reason: the next attempt is made by fetch, to see it.
    pub(super) ask_why: bool,
    /// New headers have been tried since the connection was last open.
    pub(super) refreshed: bool,
    /// The last answer was 401 or 403.
    pub(super) unauthorized: bool,
    /// A connection has been open before.
    pub(super) was_open: bool,
    /// The network was lost while the connection was open.
    pub(super) was_offline: bool,
    /// The native `EventSource` of this attempt has received an ID, with which it reconnects. One
    /// that was rebuilt knows nothing of the position before.
    pub(super) browser_has_id: bool,
}

/// Where the machine stands. Every transition is one of its methods.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Not started.
    Idle,
    /// An attempt is under way, until the open timeout.
    Connecting { since: Instant, until: Instant },
    /// Events flow.
    Open {
        since: Instant,
        last_activity: Instant,
        /// Set where the heartbeat's timer was late: the check is made then.
        grace: Option<Instant>,
    },
    /// The native `EventSource` reconnects by itself, with the header that only it can send
    /// without a preflight; if it has not succeeded by then, we take over.
    BrowserReconnects { since: Instant, until: Instant },
    /// The next attempt is made then; a signal can bring it forward, but not before what the server
    /// asked for.
    Waiting { until: Instant, not_before: Instant },
    /// The page is hidden. What a server asked for by `Retry-After` still stands.
    Paused { not_before: Instant },
    /// Over.
    Closed,
}

impl Connection {
    /// A connection that has not begun. `seed` feeds the jitter.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        let parser = Parser::new()
            .with_max_event_size(config.max_event_size)
            .with_last_event_id(&*config.last_event_id);
        Self {
            config,
            phase: Phase::Idle,
            parser,
            jitter: Jitter::new(seed),
            outputs: VecDeque::new(),
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
        }
    }

    // Outputs

    /// What to do next; `None` for now nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.phase {
            Phase::Connecting { until, .. }
            | Phase::BrowserReconnects { until, .. }
            | Phase::Waiting { until, .. } => Some(until),
            Phase::Open {
                last_activity,
                grace,
                ..
            } => grace.or_else(|| self.config.heartbeat.map(|limit| last_activity + limit)),
            Phase::Idle | Phase::Paused { .. } | Phase::Closed => None,
        }
    }

    /// The position: what a reconnect would resume from.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    // Inputs

    /// Begins. Without effect on a connection that has begun.
    pub fn start(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle) {
            self.connect(now);
        }
    }

    /// The answer to an attempt by fetch, judged by the standard's rules. `excerpt` is the beginning
    /// of the body of an answer that is not an event stream, `wall` the time since the Unix epoch.
    ///
    /// Afterwards either the stream is open or [`Output::Disconnect`] follows.
    pub fn handle_response(
        &mut self,
        now: Instant,
        response: Response,
        excerpt: String,
        wall: Duration,
    ) {
        let retry_after = response.retry_after(wall);
        self.handle_answer(now, response, excerpt, retry_after);
    }

    /// Like [`handle_response`](Self::handle_response), for who has read `Retry-After` already.
    pub(crate) fn handle_answer(
        &mut self,
        now: Instant,
        response: Response,
        excerpt: String,
        retry_after: Option<Duration>,
    ) {
        if !matches!(self.phase, Phase::Connecting { .. }) {
            return;
        }
        if response.is_event_stream() {
            self.opened(now);
        } else {
            self.refused(now, response, excerpt, retry_after);
        }
    }

    /// The native `EventSource` has opened.
    pub fn handle_open(&mut self, now: Instant) {
        if let Phase::Connecting { .. } | Phase::BrowserReconnects { .. } = self.phase {
            self.opened(now);
        }
    }

    /// Bytes of an open fetch stream. Read what is returned to the end.
    pub fn receive<'p, 'c>(&'p mut self, now: Instant, chunk: &'c [u8]) -> Received<'p, 'c> {
        self.active(now);
        self.stats.received(now, chunk.len());
        Received {
            frames: self.parser.feed(chunk),
            reconnection_time: &mut self.reconnection_time,
            stats: &mut self.stats,
        }
    }

    /// An event of the native `EventSource`, with its `lastEventId` and the length of its data.
    pub fn handle_event(&mut self, now: Instant, last_event_id: &str, data_length: usize) {
        self.active(now);
        self.stats.received(now, data_length);
        self.stats.events += 1;
        // An event without an ID keeps the one before, which a rebuilt `EventSource` does not know.
        self.browser_has_id |= !last_event_id.is_empty();
        if self.browser_has_id {
            self.parser.set_last_event_id(last_event_id);
        }
    }

    /// Reading goes on after it was held up by a slow subscriber: the silence was not the server's.
    pub fn handle_resumed_reading(&mut self, now: Instant) {
        self.active(now);
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named. Calling it too early does
    /// nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.phase {
            Phase::Connecting { since, until } if now >= until => {
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

    /// Something, a subscriber for instance, now asks for what native can't do. A native connection
    /// that was chosen by [`Transport::Auto`] is replaced.
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

    /// Sets the heartbeat timeout, as when the server advertises its interval.
    pub fn set_heartbeat(&mut self, limit: Option<Duration>) {
        self.config.heartbeat = limit;
        // The check that was put off was of the limit before.
        if let Phase::Open { grace, .. } = &mut self.phase {
            *grace = None;
        }
    }

    /// Connects anew at once and resumes. A closed connection stays closed.
    pub fn reconnect(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        self.disconnect();
        self.failures = 0;
        self.open_timeouts = 0;
        self.refreshed = false;
        self.connect(now);
    }

    /// Closes for good.
    pub fn close(&mut self) {
        if !matches!(self.phase, Phase::Closed) {
            self.disconnect();
            self.finish(None);
        }
    }

    // Transitions

    pub(super) fn connect(&mut self, now: Instant) {
        let transport = self.next_transport();
        self.connect_with(now, transport, self.resume_by(transport));
    }

    pub(super) fn connect_with(&mut self, now: Instant, transport: TransportKind, resume: Resume) {
        self.stats.attempts += 1;
        self.attempts += 1;
        let attempt = Attempt {
            number: self.attempts,
            transport,
            resume,
            unauthorized: self.unauthorized,
        };
        self.parser.restart();
        self.browser_has_id = false;
        self.attempt = Some(attempt.clone());
        let limit = self
            .config
            .open_timeout
            .saturating_mul(1 << self.open_timeouts.min(3));
        self.phase = Phase::Connecting {
            since: now,
            until: now + limit,
        };
        self.outputs.push_back(Output::State(State::Connecting {
            attempt: attempt.number,
            transport,
        }));
        self.outputs.push_back(Output::Connect(attempt));
    }

    fn opened(&mut self, now: Instant) {
        let Some(attempt) = &self.attempt else { return };
        let browser_resumed = matches!(self.phase, Phase::BrowserReconnects { .. });
        let resumed = browser_resumed || attempt.resume != Resume::None;
        if browser_resumed {
            // The browser made an attempt of its own.
            self.stats.attempts += 1;
        }
        self.outputs.push_back(Output::State(State::Open {
            transport: attempt.transport,
            resumed,
        }));
        // Without a position there is nothing to miss before the first connection.
        let had_position = !self.last_event_id().is_empty();
        if (self.was_open || had_position) && !resumed {
            self.outputs.push_back(Output::Gap);
        }
        self.was_open = true;
        self.was_offline = false;
        self.ask_why = false;
        self.refreshed = false;
        self.unauthorized = false;
        self.open_timeouts = 0;
        self.stats.opened += 1;
        self.phase = Phase::Open {
            since: now,
            last_activity: now,
            grace: None,
        };
    }

    /// Puts the heartbeat's deadline off.
    fn active(&mut self, now: Instant) {
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
            self.outputs.push_back(Output::Disconnect);
        }
    }

    pub(super) fn finish(&mut self, error: Option<Error>) {
        self.phase = Phase::Closed;
        self.outputs
            .push_back(Output::State(State::Closed { error }));
    }
}
