//! One connection for all tabs, in a browser: what carries messages between the core in
//! [`tabs`](everstream_core::tabs) and the browser. Who takes part is a source or a multiplexer, each of which opens
//! its own kind of connection when its tab leads.

mod group;
mod pulse;
mod room;

pub(crate) use group::{Arrival, Channels, Group, Join, Line, Member, Upstream};
pub(crate) use pulse::Pulse;
pub(crate) use room::join;
