//! What a server's protocol for many channels over one connection is described by, and the protocols that
//! are there.
//!
//! [`Mux`](crate::Mux) is the place to begin.

pub use everstream_core::mux::{
    Answer, Begin, Change, Control, EverstreamProtocol, GraphqlSse, InForce, MAX_QUERY, Mercure,
    Opening, PocketBase, Position, Protocol, Request, Route, Update, Verdict, Wanted,
};
pub use everstream_core::parse::Event;
