//! The rules of the multiplexer, each as what goes in and what comes out.
//!
//! A [`Client`] drives a multiplexer with a clock of its own and writes down what it says, and what its
//! subscribers are told, one line for each. The simulation in `tests/mux_simulation` looks for what these
//! tables do not cover.

mod client;
mod control;
mod delivery;
mod ends;
mod gaps;
mod handover;
mod lifecycle;
mod other_protocols;
mod replay;
mod set;
mod skipped;

use client::Client;
