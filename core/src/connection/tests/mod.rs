//! The rules of the connection, each as what goes in and what comes out.
//!
//! A [`Client`] drives a connection with a clock of its own and writes down what it says, one line
//! for each output. The simulation in `tests/simulation` looks for what these tables do not cover.

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
