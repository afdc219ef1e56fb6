//! The rules that a session must keep, computed independently of the code under test.
//!
//! The rules see the session's inputs and outputs, never its insides. The first broken rule is kept and ends
//! the schedule.

mod attempts;
mod clock;
mod closing;
mod delivery;

use std::time::Duration;

use everstream_core::connection::State;
use everstream_core::connection::{
    Attempt, Continuation, End, EndReason, Resumed, Signal, TransportKind,
};
use everstream_core::session::LinkId;

use crate::coverage::{Coverage, Mark};
use crate::plan::{Plan, Policy};
use crate::queue::Time;
use crate::wire::Head;
use attempts::Attempts;
use clock::Clock;
use delivery::Delivery;

/// The most outputs that one input may cause.
const MOST_OUTPUTS: u32 = 6;

/// An input of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Start,
    Answer(Head),
    Opens,
    Bytes,
    Event,
    Lost,
    End,
    NativeError { gave_up: bool },
    Timer,
    Signal(Signal),
    Close,
    Reconnect,
    RequireFetch,
}

/// The state that the session reported last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Idle,
    Connecting {
        since: Duration,
    },
    Open {
        since: Duration,
        last_activity: Duration,
    },
    Waiting {
        until: Duration,
        not_before: Duration,
    },
    /// The browser reconnects on its own.
    Browser {
        since: Duration,
    },
    Paused {
        not_before: Duration,
    },
    Closed,
}

pub(crate) struct Rules {
    plan: Plan,
    policy: Policy,
    now: Duration,
    cause: Cause,
    shown: Shown,
    /// The state before the input.
    before: Shown,
    outputs: u32,
    /// The transport in use, between `Connect` and `Disconnect`.
    connected: Option<TransportKind>,
    /// The transport before the input.
    connected_before: Option<TransportKind>,
    offline_while_open: bool,
    heartbeat: Option<Duration>,
    /// All connection names so far, and that of the connection in use.
    names: Vec<LinkId>,
    /// The end that the session reported before it closed.
    ended: Option<End>,
    /// A lower bound of the time at which the page was last seen running.
    seen: Duration,
    seen_before: Duration,
    attempts: Attempts,
    clock: Clock,
    delivery: Delivery,
    pub(crate) coverage: Coverage,
    violation: Option<String>,
}

impl Rules {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            policy: plan.policy,
            now: Duration::ZERO,
            cause: Cause::Start,
            shown: Shown::Idle,
            before: Shown::Idle,
            outputs: 0,
            connected: None,
            connected_before: None,
            offline_while_open: false,
            heartbeat: plan.config.heartbeat,
            names: Vec::new(),
            ended: None,
            seen: Duration::ZERO,
            seen_before: Duration::ZERO,
            attempts: Attempts::default(),
            clock: Clock::default(),
            delivery: Delivery::new(plan),
            coverage: Coverage::default(),
            violation: None,
            plan: plan.clone(),
        }
    }

    pub(crate) fn violated(&self) -> bool {
        self.violation.is_some()
    }

    pub(crate) fn take_violation(&mut self) -> Option<String> {
        self.violation.take()
    }

    pub(crate) fn demand(&mut self, holds: bool, rule: impl FnOnce() -> String) {
        if !holds && self.violation.is_none() {
            self.violation = Some(rule());
        }
    }

    pub(crate) fn before(&mut self, now: Time, cause: Cause) {
        self.now = Duration::from_millis(now);
        self.cause = cause;
        self.before = self.shown;
        self.connected_before = self.connected;
        self.outputs = 0;
        if let (Cause::Bytes | Cause::Event, Shown::Open { last_activity, .. }) =
            (cause, &mut self.shown)
        {
            *last_activity = self.now;
        }
        self.seen_before = self.seen;
        if cause == Cause::Timer {
            self.seen = self.now;
        }
        if let (Cause::Signal(Signal::Offline), Shown::Open { .. }) = (cause, self.shown) {
            self.offline_while_open = true;
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.shown == Shown::Closed
    }

    /// Reports an impossible output.
    pub(crate) fn impossible(&mut self, what: &str) {
        self.demand(false, || what.to_owned());
    }

    /// Notes that a connection is to be opened.
    pub(crate) fn connects(&mut self, attempt: &Attempt) {
        self.outputs += 1;
        self.demand(self.connected.is_none(), || {
            format!("{attempt:?} while another connection is open")
        });
        self.connected = Some(attempt.transport);
        self.check_attempt(attempt);
    }

    /// Checks that each connection has a new name.
    pub(crate) fn names(&mut self, link: LinkId) {
        let is_new = !self.names.contains(&link);
        self.demand(is_new, || format!("{link:?} once more"));
        self.names.push(link);
    }

    /// Notes that the connection in use is to be dropped.
    pub(crate) fn disconnects(&mut self, link: LinkId) {
        self.outputs += 1;
        let is_in_use = self.connected.is_some() && self.names.last() == Some(&link);
        self.demand(is_in_use, || {
            format!("{link:?} is not there to be disconnected")
        });
        self.connected = None;
    }

    /// Notes that the server has ended the answer.
    pub(crate) fn ends(&mut self, end: End) {
        self.outputs += 1;
        self.demand(self.ended.is_none(), || "two ends".to_owned());
        self.ended = Some(end);
    }

    /// Notes a change of the session's state.
    pub(crate) fn state(&mut self, state: &State) {
        self.outputs += 1;
        self.demand(self.shown != Shown::Closed, || {
            format!("{state:?} after the end")
        });
        self.forgive();
        match state {
            State::Connecting { .. } => {
                self.check_licence();
                self.seen = self.now;
                self.shown = Shown::Connecting { since: self.now };
            }
            State::Open { resumed, .. } => self.opened(*resumed),
            State::Waiting {
                retry_in,
                failures,
                error,
            } => self.waiting(*retry_in, *failures, error),
            State::Paused => {
                let paused = self.plan.config.pause_when_hidden;
                let hidden = self.cause == Cause::Signal(Signal::Hidden);
                self.demand(paused && hidden, || "a pause nobody asked for".to_owned());
                self.coverage.reach(Mark::Paused);
                let not_before = match self.shown {
                    Shown::Waiting { not_before, .. } => not_before,
                    _ => Duration::ZERO,
                };
                self.shown = Shown::Paused { not_before };
            }
            State::Closed { error } => {
                self.check_reason(error.as_ref());
                self.shown = Shown::Closed;
            }
            other => self.demand(false, || format!("{other:?} is not a state to enter")),
        }
    }

    /// Notes that events may be missing before the next one.
    pub(crate) fn gap(&mut self) {
        self.coverage.reach(Mark::Gap);
        self.delivery.gap();
    }

    /// Returns whether another attempt is possible at all.
    fn can_go_on(&self) -> bool {
        let config = &self.plan.config;
        config.repeatable
            || match config.continuation {
                Continuation::None => false,
                Continuation::Get => self.delivery.has_position(),
                Continuation::Ask => self.delivery.was_open || self.delivery.has_position(),
            }
    }

    fn opened(&mut self, resumed: Resumed) {
        let answered = match self.cause {
            Cause::Opens => true,
            Cause::Answer(head) => head.event_stream,
            _ => false,
        };
        if let Cause::Answer(head) = self.cause
            && resumed == Resumed::Confirmed
        {
            self.coverage.reach(Mark::ConfirmedByAnswer);
            let told = head.behind.map(|number| number.to_string());
            let is_position = told.as_deref() == Some(self.delivery.position());
            self.demand(is_position, || {
                "a position that the answer denies".to_owned()
            });
        }
        if let Cause::Answer(head) = self.cause
            && head.behind.is_some()
            && resumed == Resumed::No
            && self.delivery.was_open
        {
            self.coverage.reach(Mark::GapByAnswer);
        }
        self.seen = self.now;
        self.demand(answered, || "it is open without an answer".to_owned());
        if resumed.is_resumed() && matches!(self.shown, Shown::Browser { .. }) {
            self.coverage.reach(Mark::ResumedByBrowser);
        }
        self.shown = Shown::Open {
            since: self.now,
            last_activity: self.now,
        };
        self.offline_while_open = false;
        self.attempts.refreshed = false;
        self.attempts.open_timeouts = 0;
        self.attempts.count_at_open = self.delivery.count();
        self.delivery.opened();
    }

    pub(crate) fn after(&mut self) {
        let outputs = self.outputs;
        self.demand(outputs <= MOST_OUTPUTS, || {
            format!("{outputs} outputs from one input")
        });
        let in_use = self.connected.is_some();
        let needed = matches!(
            self.shown,
            Shown::Connecting { .. } | Shown::Open { .. } | Shown::Browser { .. }
        );
        let shown = self.shown;
        self.demand(in_use == needed, || {
            format!("{shown:?}, and a connection is in use: {in_use}")
        });
        self.check_answer();
        self.check_end();
        self.check_online();
        self.bring_forward();
    }

    /// Returns whether the header is refused and there is no other way to resume.
    fn cannot_resume(&self) -> bool {
        let Plan {
            config,
            preflight_refused,
            ..
        } = &self.plan;
        *preflight_refused && !config.resume_by_query && self.delivery.has_position()
    }

    /// Checks the final state after a long healthy time.
    pub(crate) fn end(&mut self, head: u64, processed: u32) {
        // The session leaves a request alone that must not be repeated, even if it may hang.
        let may_hang = !self.can_go_on();
        match self.shown {
            Shown::Open { .. } => {
                self.coverage.reach(Mark::OpenAtTheEnd);
                let missing = self.delivery.missing(head).filter(|_| !may_hang);
                self.demand(missing.is_none(), || missing.unwrap_or_default());
                let is_over = self.plan.finite && self.plan.config.until.is_some() && !may_hang;
                self.demand(!is_over, || "it is open behind the mark".to_owned());
            }
            Shown::Closed => self.check_completeness(head),
            // A server that is done gets the request again and again.
            Shown::Waiting { .. } | Shown::Connecting { .. } | Shown::Browser { .. }
                if self.plan.finite && self.plan.config.until.is_none() => {}
            // Only the server can cure this. The error says so if a stream was open before.
            _ if self.cannot_resume() => {
                self.coverage.reach(Mark::PreflightRefused);
                let named = self.attempts.preflight_refused || !self.delivery.was_open;
                self.demand(named, || "the preflight is not named".to_owned());
            }
            Shown::Connecting { .. } if may_hang => {}
            shown => self.demand(false, || format!("it ends as {shown:?}")),
        }
        if !self.plan.config.repeatable {
            self.demand(processed <= 1, || {
                format!("{processed} requests were processed that must not be repeated")
            });
        }
        if self.plan.calm {
            let attempts = self.attempts.count;
            self.demand(attempts == 1 || self.plan.finite, || {
                format!("{attempts} attempts, and nothing went wrong")
            });
        }
        self.check_pace();
    }

    /// Checks that an answer that ended at the done marker was complete.
    fn check_completeness(&mut self, head: u64) {
        let is_complete = match &self.ended {
            Some(end) => matches!(end.reason, EndReason::Until),
            None => false,
        };
        if is_complete && !self.delivery.has_gap() {
            let missing = self.delivery.missing(head);
            self.demand(missing.is_none(), || missing.unwrap_or_default());
        }
    }
}
