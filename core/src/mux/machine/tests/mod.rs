//! Tests of the multiplexer's rules, as tables of inputs and outputs.
//!
//! A [`Client`] drives a multiplexer with a clock of its own. It records the outputs and the reports to
//! subscribers, one line each. The simulation in `tests/mux_simulation` searches for cases beyond these
//! tables.

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
