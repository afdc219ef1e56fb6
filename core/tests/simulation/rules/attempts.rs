//! Attempts: each needs a reason, and waits follow the policy. So the number of attempts is bounded.

use std::time::Duration;

use everstream_core::Error;
use everstream_core::connection::{
    Attempt, Continuation, Resume, Signal, Transport, TransportKind,
};

use super::{Cause, Rules, Shown};
use crate::coverage::Mark;

/// A page that hasn't run for this long counts as suspended.
const STOOD_STILL: Duration = Duration::from_secs(90);

/// The time over which reconnects are spread when the network returns.
const SPREAD: Duration = Duration::from_millis(300);

#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Each is an independent fact.
pub(super) struct Attempts {
    pub(super) count: u32,
    /// Attempts that made the original request rather than continued the answer.
    pub(super) originals: u32,
    /// How often an original request was repeated with new headers.
    refreshes: u32,
    /// The attempt continues an answer.
    pub(super) continues: bool,
    /// The delivered events and the position when the attempt began.
    began_at: (u64, String),
    /// A connection has been replaced since the page woke up.
    is_woken: bool,
    /// How many events had been delivered when the stream opened.
    pub(super) count_at_open: u64,
    /// The current wait doesn't follow a failure.
    is_spread: bool,
    /// Failures in a row.
    pub(super) failures: u32,
    /// How often the failure count was reset.
    forgiven: u32,
    /// Waits that ran to their end.
    waits: u32,
    /// Calls of `reconnect`.
    pub(super) reconnects: u32,
    /// New headers have been tried since the last stream.
    pub(super) refreshed: bool,
    /// Open timeouts in a row.
    pub(super) open_timeouts: u32,
    /// The time that the `retry` field asks for.
    asked: Duration,
    /// The attempt carries the position.
    has_position: bool,
    /// The attempt carries the position in the header.
    by_header: bool,
    /// The last failure was a refused preflight.
    pub(super) preflight_refused: bool,
    /// The user or a subscriber has asked for fetch.
    needs_fetch: bool,
}

impl Rules {
    /// Returns whether the continuation has brought no event.
    pub(super) fn brought_nothing(&self) -> bool {
        let (events, position) = &self.attempts.began_at;
        self.attempts.continues
            && *events == self.delivery.count()
            && position == self.delivery.position()
    }

    pub(crate) fn asked(&mut self, retry: Option<Duration>) {
        self.attempts.asked = retry.unwrap_or(self.attempts.asked);
    }

    /// Notes that the page wakes up from sleep.
    pub(crate) fn wakes_up(&mut self) {
        self.attempts.is_woken = false;
    }

    /// Resets the failure count after a connection that was open for long enough, however it ended.
    pub(super) fn forgive(&mut self) {
        if let Shown::Open { since, .. } = self.shown
            && self.now >= since + self.policy.reset_after
        {
            self.attempts.failures = 0;
            self.attempts.forgiven += 1;
        }
    }

    /// Checks that an attempt has a reason: the start, the end of a wait, or another one of this list.
    pub(super) fn check_licence(&mut self) {
        let config = &self.plan.config;
        let by_fetch = self.connected_before == Some(TransportKind::Fetch);
        let now = self.now;
        let licence = match (self.cause, self.before) {
            (Cause::Start, Shown::Idle) => true,
            (Cause::Timer, Shown::Waiting { until, .. }) => {
                self.attempts.waits += u32::from(!self.attempts.is_spread);
                now >= until
            }
            (Cause::Timer, Shown::Open { .. } | Shown::Connecting { .. })
                if now.saturating_sub(self.seen_before) >= STOOD_STILL =>
            {
                self.coverage.reach(Mark::StoodStill);
                self.can_go_on()
            }
            (Cause::Signal(signal), Shown::Waiting { until, not_before }) => {
                if now < until {
                    self.coverage.reach(Mark::WaitCutShort);
                }
                is_wake(signal) && now >= not_before
            }
            (Cause::Signal(Signal::Visible), Shown::Paused { not_before }) => now >= not_before,
            (
                Cause::Signal(signal),
                Shown::Connecting { .. } | Shown::Open { .. } | Shown::Browser { .. },
            ) => {
                self.coverage.reach(Mark::Replaced);
                let distrusted = match signal {
                    Signal::Thawed | Signal::Restored if by_fetch || signal == Signal::Restored => {
                        // Several signals report the same awakening.
                        !core::mem::replace(&mut self.attempts.is_woken, true)
                    }
                    _ => now.saturating_sub(self.seen_before) >= STOOD_STILL,
                };
                distrusted && self.can_go_on()
            }
            (Cause::Lost, Shown::Connecting { .. }) => {
                self.attempts.by_header
                    && config.cross_origin
                    && config.resume_by_query
                    && (config.repeatable || self.attempts.continues)
            }
            (
                Cause::NativeError { gave_up: true },
                Shown::Connecting { .. } | Shown::Browser { .. },
            ) => {
                self.coverage.reach(Mark::AskedWhy);
                true
            }
            (Cause::Answer(head), Shown::Connecting { .. }) if head.status == 400 => {
                self.coverage.reach(Mark::PositionLeftOut);
                config.repeatable && self.attempts.has_position
            }
            (Cause::Answer(head), Shown::Connecting { .. }) => {
                self.attempts.refreshes += u32::from(!self.attempts.continues);
                self.coverage.reach(Mark::Refreshed);
                let first = !core::mem::replace(&mut self.attempts.refreshed, true);
                matches!(head.status, 401 | 403) && config.refreshable && first
            }
            (Cause::Reconnect, before) => {
                self.attempts.failures = 0;
                self.attempts.refreshed = false;
                self.attempts.open_timeouts = 0;
                self.attempts.reconnects += 1;
                let is_under_way = self.connected_before.is_some();
                before != Shown::Closed && (!is_under_way || self.can_go_on())
            }
            (
                Cause::RequireFetch,
                Shown::Connecting { .. } | Shown::Open { .. } | Shown::Browser { .. },
            ) => !by_fetch && config.transport == Transport::Auto,
            _ => false,
        };
        let (cause, before) = (self.cause, self.before);
        self.demand(licence, || {
            format!("an attempt at {now:?} for no good reason: {cause:?} in {before:?}")
        });
    }

    /// Checks that the attempt resumes from the end of the events, in a way that can work.
    pub(super) fn check_attempt(&mut self, attempt: &Attempt) {
        self.attempts.count += 1;
        let count = self.attempts.count;
        self.demand(attempt.number == count, || {
            format!("attempt {} is the {count}th", attempt.number)
        });
        if self.cause == Cause::RequireFetch {
            self.attempts.needs_fetch = true;
        }
        let goes_on = self.plan.config.continuation != Continuation::None
            && (self.delivery.has_position()
                || (self.plan.config.continuation == Continuation::Ask && self.delivery.was_open));
        self.demand(attempt.continues == goes_on, || {
            format!("{attempt:?}, and there is something to continue: {goes_on}")
        });
        self.attempts.continues = attempt.continues;
        if attempt.continues {
            self.coverage.reach(Mark::Continued);
            self.attempts.began_at = (self.delivery.count(), self.delivery.position().to_owned());
        } else {
            self.attempts.originals += 1;
        }
        let (originals, refreshes) = (self.attempts.originals, self.attempts.refreshes);
        let may_be_sent = self.plan.config.repeatable || originals <= 1 + refreshes;
        self.demand(may_be_sent, || {
            format!("a request that is sent once is sent for the {originals}th time")
        });
        let position = self.delivery.position().to_owned();
        self.demand(attempt.position == position, || {
            format!("{attempt:?} from position {position:?}")
        });
        let config = &self.plan.config;
        let by_caller = attempt.continues && config.continuation == Continuation::Ask;
        let left_out = matches!(self.cause, Cause::Answer(head) if head.status == 400);
        self.attempts.has_position = attempt.resume != Resume::None;
        self.attempts.by_header = matches!(attempt.resume, Resume::Header(_));
        let resumes = match (&attempt.resume, attempt.transport) {
            (Resume::Header(id), TransportKind::Fetch) => {
                self.coverage.reach(Mark::ResumedByHeader);
                *id == position
            }
            (Resume::Query(id), _) => {
                self.coverage.reach(Mark::ResumedByQuery);
                config.resume_by_query && *id == position
            }
            (Resume::None, TransportKind::Fetch) if by_caller || left_out => true,
            (Resume::None, TransportKind::Native) => position.is_empty() || !config.resume_by_query,
            (Resume::None, TransportKind::Fetch) => position.is_empty(),
            (Resume::Header(_), TransportKind::Native) => false,
        };
        let possible = match attempt.transport {
            TransportKind::Native => {
                let by_choice = config.transport == Transport::Native || position.is_empty();
                !config.needs_fetch
                    && config.transport != Transport::Fetch
                    && !self.attempts.needs_fetch
                    && by_choice
            }
            TransportKind::Fetch => true,
        };
        self.demand(resumes && possible, || {
            format!("{attempt:?} from position {position:?}")
        });
    }

    /// Checks that the wait follows the policy and the server.
    pub(super) fn waiting(&mut self, retry_in: Option<Duration>, failures: u32, error: &Error) {
        if let (Cause::Signal(Signal::Visible), Shown::Paused { not_before }) =
            (self.cause, self.shown)
        {
            // The pause is over, but the wait isn't.
            let left = not_before.saturating_sub(self.now);
            let same = retry_in == Some(left) && failures == self.attempts.failures;
            self.demand(same && !left.is_zero(), || {
                format!("after the pause a wait of {retry_in:?}, and {left:?} are left")
            });
            self.coverage.reach(Mark::HeldByRetryAfter);
            self.shown = Shown::Waiting {
                until: not_before,
                not_before,
            };
            return;
        }
        self.attempts.is_spread = matches!(error, Error::Distrusted { .. });
        if self.attempts.is_spread {
            self.coverage.reach(Mark::Spread);
            let agreed = match self.before {
                Shown::Open { .. } => self.offline_while_open && self.heartbeat.is_none(),
                Shown::Connecting { since } => since < self.now,
                _ => false,
            };
            let delay = retry_in.unwrap_or(Duration::MAX);
            let is_online = self.cause == Cause::Signal(Signal::Online);
            let goes_on = is_online && agreed && self.can_go_on();
            self.demand(goes_on && delay <= SPREAD, || {
                format!("a wait of {delay:?} for {error}")
            });
            let until = self.now + delay;
            let not_before = self.now;
            self.shown = Shown::Waiting { until, not_before };
            return;
        }
        self.check_open_timeout(error);
        let can_go_on = self.can_go_on() || matches!(error, Error::Headers { .. });
        self.demand(can_go_on, || {
            "a wait for a request that is sent once".to_owned()
        });
        let is_open = matches!(self.before, Shown::Open { .. });
        if retry_in.is_none() && is_open && self.delivery.count() > self.attempts.count_at_open {
            // The browser's own reconnects have brought events.
            self.attempts.failures = 0;
            self.attempts.forgiven += 1;
        }
        self.attempts.failures += 1;
        let expected = self.attempts.failures;
        self.demand(failures == expected, || {
            format!("{failures} failures are counted of {expected}")
        });
        let within_most = self.policy.max_attempts.is_none_or(|most| failures <= most);
        self.demand(within_most, || {
            format!("{failures} failures, and it goes on")
        });
        self.attempts.preflight_refused = matches!(error, Error::PreflightRefused);
        match error {
            Error::HeartbeatTimeout { .. } => self.coverage.reach(Mark::HeartbeatTimeout),
            Error::OpenTimeout { .. } => self.coverage.reach(Mark::OpenTimeout),
            _ => {}
        }
        self.attempts.open_timeouts = match (error, self.before) {
            (Error::OpenTimeout { .. }, Shown::Connecting { .. }) => {
                self.attempts.open_timeouts + 1
            }
            (Error::OpenTimeout { .. }, _) => self.attempts.open_timeouts,
            _ => 0,
        };
        match retry_in {
            Some(delay) => self.own_wait(delay, failures),
            None => self.browsers_wait(failures),
        }
    }

    /// Checks that no attempt times out without a limit, unless it continues an answer.
    pub(super) fn check_open_timeout(&mut self, error: &Error) {
        let is_limited = self.plan.config.open_timeout.is_some() || self.attempts.continues;
        let by_browser = matches!(self.before, Shown::Browser { .. });
        let is_timeout = matches!(error, Error::OpenTimeout { .. });
        self.demand(!is_timeout || is_limited || by_browser, || {
            "an open timeout that nobody has set".to_owned()
        });
    }

    /// Checks that an attempt from before the network's return is replaced.
    pub(super) fn check_online(&mut self) {
        if let (Cause::Signal(Signal::Online), Shown::Connecting { since }) =
            (self.cause, self.before)
            && since < self.now
            && self.can_go_on()
        {
            let shown = self.shown;
            let is_the_same = shown == Shown::Connecting { since };
            self.demand(!is_the_same, || {
                format!("{shown:?} though the network is new")
            });
        }
    }

    fn own_wait(&mut self, delay: Duration, failures: u32) {
        let retry_after = match self.cause {
            Cause::Answer(head) => head.retry_after.map(Duration::from_secs),
            _ => None,
        };
        let floor = self.attempts.asked.min(self.policy.max_delay);
        let floor = floor.max(retry_after.unwrap_or_default());
        let ceiling = floor + self.policy.backoff(failures);
        let least = if self.policy.jitter { floor } else { ceiling };
        self.demand((least..=ceiling).contains(&delay), || {
            format!("a wait of {delay:?}, not of {least:?} to {ceiling:?}")
        });
        self.shown = Shown::Waiting {
            until: self.now + delay,
            not_before: self.now + retry_after.unwrap_or_default(),
        };
    }

    /// Shortens a wait at a wake signal to what the server asked for.
    pub(super) fn bring_forward(&mut self) {
        if let (Cause::Signal(signal), Shown::Waiting { .. }, Shown::Waiting { until, not_before }) =
            (self.cause, self.before, &mut self.shown)
            && is_wake(signal)
        {
            // The spread may delay the attempt further, which the clock's allowance covers.
            *until = (*until).min((*not_before).max(self.now));
        }
    }

    fn browsers_wait(&mut self, failures: u32) {
        let config = &self.plan.config;
        let fetch_does_as_well = config.transport == Transport::Auto && !config.cross_origin;
        let allowed = self.cause == Cause::NativeError { gave_up: false }
            && failures <= 3
            && !fetch_does_as_well
            && self.delivery.has_position()
            && self.policy.max_attempts.is_none();
        self.demand(allowed, || "the browser is left to itself".to_owned());
        self.shown = Shown::Browser { since: self.now };
    }

    /// Checks over the whole schedule that no more waits ran to their end than the policy allows in that
    /// time. Jitter can make a wait arbitrarily short, so the check doesn't apply with it.
    pub(super) fn check_pace(&mut self) {
        if self.policy.jitter {
            return;
        }
        let rows = 1 + self.attempts.forgiven + self.attempts.reconnects;
        let (initial, most) = (self.policy.initial_delay, self.policy.max_delay);
        let doublings = (most.as_secs_f64() / initial.as_secs_f64()).log2().ceil();
        let at_most = self.now.as_secs_f64() / most.as_secs_f64();
        let bound = f64::from(rows) * (doublings + 1.0) + at_most + 1.0;
        let waits = self.attempts.waits;
        self.demand(f64::from(waits) <= bound, || {
            format!("{waits} waits, where the policy allows {bound}")
        });
    }
}

const fn is_wake(signal: Signal) -> bool {
    matches!(
        signal,
        Signal::Online | Signal::Visible | Signal::Thawed | Signal::Restored
    )
}
