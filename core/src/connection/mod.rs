//! The life of a connection, decided without touching a browser, a clock or a random source.
//!
//! A [`Connection`] is a state machine in the sans-IO style. Inputs go in with the time at which they
//! happened (`handle_*`, [`receive`](Connection::receive)), and outputs come out
//! ([`poll_output`](Connection::poll_output)). [`poll_timeout`](Connection::poll_timeout) says when to call
//! [`handle_timeout`](Connection::handle_timeout). All decisions are here, where a virtual clock can test
//! them; the transports only translate.

mod attempt;
mod body;
mod config;
mod continuity;
mod end;
mod failure;
mod instant;
mod intake;
mod jitter;
mod machine;
mod native;
mod opening;
mod output;
mod received;
mod retry;
mod signal;
mod state;
mod stats;
mod wake;

#[cfg(test)]
mod tests;

pub use crate::http::AnswerKind;
pub use attempt::{Attempt, Resume};
pub use config::{Config, Transport};
pub use continuity::{Continuation, Follows};
pub use end::{End, EndReason, OnEnd, Until, UntilEvent};
pub use instant::{Clock, Instant};
pub(crate) use jitter::{Jitter, part};
pub use machine::Connection;
pub use output::{Output, OwnedEvent, Passage};
pub use received::{Arrival, Received};
pub use retry::{Decision, MAX_RETRY_AFTER, RetryPolicy};
pub use signal::Signal;
pub use state::{ReadyState, Resumed, State, TransportKind};
pub use stats::Stats;
