//! The options of a session, which JavaScript passes as numbers and texts.

use core::time::Duration;
use std::rc::Rc;

use everstream_core::Error;
use everstream_core::connection::{
    Config, Continuation, Decision, Follows, OnEnd, RetryPolicy, Transport, Until, UntilEvent,
};
use everstream_core::parse::Event;

use crate::records::describe;
use crate::tables::{Answer, Flag, Setting};
use crate::{decide, ends_at, follows, milliseconds};

/// The numbers that a session is opened with, in the order of [`Setting`].
#[derive(Clone)]
pub(crate) struct Options([f64; Self::COUNT]);

impl Options {
    const COUNT: usize = 9;
    pub(crate) const BYTES: usize = Self::COUNT * 8;

    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut numbers = [f64::NAN; Self::COUNT];
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
            *number = f64::from_le_bytes(*bytes);
        }
        Self(numbers)
    }

    #[allow(clippy::cast_possible_truncation)]
    fn has(&self, flag: Flag) -> bool {
        self.0[Setting::Flags as usize] as i32 & flag as i32 != 0
    }

    fn number(&self, place: Setting) -> Option<f64> {
        let number = self.0[place as usize];
        (!number.is_nan()).then_some(number)
    }

    fn time(&self, place: Setting) -> Option<Duration> {
        self.number(place).map(milliseconds)
    }

    fn retry(&self, id: usize) -> RetryPolicy {
        let mut policy = if self.has(Flag::Retry) {
            RetryPolicy::default()
        } else {
            RetryPolicy::standard()
        };
        if let Some(delay) = self.time(Setting::InitialDelay) {
            policy = policy.initial_delay(delay);
        }
        if let Some(delay) = self.time(Setting::MaxDelay) {
            policy = policy.max_delay(delay);
        }
        if let Some(number) = self.number(Setting::MaxAttempts) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Saturates.
            let attempts = number as u32;
            policy = policy.max_attempts(attempts);
        }
        if let Some(time) = self.time(Setting::ResetAfter) {
            policy = policy.reset_after(time);
        }
        policy = policy.jitter(!self.has(Flag::NoJitter));
        if self.has(Flag::Asks) {
            policy = policy.inspect_each(move |error, failures| ask(id, error, failures));
        }
        policy
    }

    /// Returns the configuration of each connection. `id` is the session's, under which the user's
    /// functions are asked.
    pub(crate) fn config(&self, id: usize, last_event_id: &str, until: &str) -> Config {
        let mut config = Config {
            transport: if self.has(Flag::Auto) {
                Transport::Auto
            } else if self.has(Flag::Native) {
                Transport::Native
            } else {
                Transport::Fetch
            },
            needs_fetch: !self.has(Flag::Native) && !self.has(Flag::Auto),
            retry: self.retry(id),
            heartbeat: self.time(Setting::Heartbeat),
            pause_when_hidden: self.has(Flag::Pauses),
            repeatable: !self.has(Flag::Once),
            continuation: if self.has(Flag::ContinuesByGet) {
                Continuation::Get
            } else if self.has(Flag::Continues) {
                Continuation::Ask
            } else {
                Continuation::None
            },
            on_end: if self.has(Flag::ClosesAtEnd) {
                OnEnd::Close
            } else {
                OnEnd::Reconnect
            },
            until: if self.has(Flag::UntilText) {
                Some(Until::Text(until.to_owned()))
            } else {
                self.has(Flag::AsksUntil)
                    .then(|| Until::Event(Rc::new(move |event| ask_until(id, event))))
            },
            deliver_unfinished: self.has(Flag::DeliversUnfinished),
            replays: !self.has(Flag::NoReplay),
            follows: if self.has(Flag::FollowsIntegers) {
                Some(Follows::Integers)
            } else {
                self.has(Flag::AsksFollows).then(|| {
                    Follows::By(Rc::new(move |previous, next| {
                        ask_follows(id, previous, next)
                    }))
                })
            },
            cross_origin: self.has(Flag::CrossOrigin),
            resume_by_query: self.has(Flag::Query),
            query_named: self.has(Flag::QueryNamed),
            refreshable: self.has(Flag::Refreshable),
            last_event_id: last_event_id.to_owned(),
            ..Config::default()
        };
        config.open_timeout = self.time(Setting::OpenTimeout);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The cast saturates.
        if let Some(bytes) = self.number(Setting::MaxEventSize) {
            config.max_event_size = bytes as usize;
        }
        config
    }

    pub(crate) fn seed(&self) -> u64 {
        self.number(Setting::Seed).unwrap_or_default().to_bits()
    }
}

/// Asks the user's `retry`, which answers with milliseconds or with one of three numbers below zero.
fn ask(id: usize, error: &Error, failures: u32) -> Decision {
    let (code, detail) = describe(error);
    let answer = decide(id, code as u32, detail, failures);
    if answer >= 0.0 {
        Decision::RetryAfter(milliseconds(answer))
    } else if answer >= f64::from(Answer::Retry as i32) {
        Decision::Retry
    } else if answer >= f64::from(Answer::Stop as i32) {
        Decision::Stop
    } else {
        Decision::Default
    }
}

/// Asks the user's `until` whether the stream ends at an event: before it, after it, or not.
fn ask_until(id: usize, event: &Event<'_>) -> UntilEvent {
    let [event_type, data, last_event_id] =
        [event.event_type, event.data, event.last_event_id].map(place);
    let answer = ends_at(
        id,
        event_type.0,
        event_type.1,
        data.0,
        data.1,
        last_event_id.0,
        last_event_id.1,
    );
    match answer {
        1 => UntilEvent::EndBefore,
        2 => UntilEvent::EndAfter,
        _ => UntilEvent::GoOn,
    }
}

/// Asks the user's `follows` whether one ID directly follows another.
fn ask_follows(id: usize, previous: &str, next: &str) -> bool {
    let (previous, next) = (place(previous), place(next));
    follows(id, previous.0, previous.1, next.0, next.1) != 0
}

/// Returns the address and the length by which JavaScript finds a text.
fn place(text: &str) -> (usize, usize) {
    (text.as_ptr().addr(), text.len())
}
