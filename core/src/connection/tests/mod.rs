//! Tests of the connection's rules, as tables of inputs and outputs.
//!
//! A [`Client`] drives a connection with a clock of its own and records its outputs, one line each. The
//! simulation in `tests/simulation` searches for cases beyond these tables.

mod client;
mod config;
mod continuation;
mod ends;
mod gaps;
mod headers;
mod heartbeat;
mod lifecycle;
mod native;
mod once;
mod pause;
mod resume;
mod retry;
mod signals;
mod standard;
mod statuses;

use client::Client;
