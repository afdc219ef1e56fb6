//! Many channels over one connection, against the real hub.

mod bad_input;
mod channels;
mod once;
mod recipes;
mod reentry;
mod scale;
mod shared;
mod slots;
mod slow;
mod told_once;

use everstream::{Channel, EventSource, Mux, State, Transport};

use crate::support::hub::Hub;
use crate::support::{quick, until};

fn mux(hub: &Hub, transport: Transport) -> Mux {
    EventSource::builder(hub.url())
        .transport(transport)
        .retry(quick())
        .multiplex()
        .expect("a multiplexer")
}

fn is_open(state: &State) -> bool {
    matches!(state, State::Open { .. })
}

/// Waits until the server sends the channel's events.
async fn in_force(channel: &Channel) {
    until(&mut channel.states(), "the channel is in force", is_open).await;
}

fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("channel:{number}"))
        .collect()
}
