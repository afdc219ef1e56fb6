//! Many channels over one connection: the multiplexer's state machine, and the protocols that it speaks.
//!
//! Users start with `Mux`. A [`Multiplexer`] is the state machine below it, which knows no browser. A
//! [`Protocol`] covers the differences between servers.

mod everstream;
mod graphql_sse;
mod machine;
mod mercure;
mod names;
#[cfg(test)]
mod peer;
mod pocketbase;
mod position;
mod protocol;

pub use everstream::{EverstreamProtocol, MAX_QUERY};
pub use graphql_sse::GraphqlSse;
pub use machine::{
    Config, ControlId, Handled, Multiplexer, Output, Start, StreamId, Subscribers,
    already_subscribed, check_channel,
};
pub use mercure::Mercure;
pub use pocketbase::PocketBase;
pub use position::Position;
pub use protocol::{
    Answer, Begin, Change, Control, InForce, Opening, Protocol, Request, Route, Update, Verdict,
    Wanted,
};
