//! The trait that describes a server's protocol for many channels over one connection, and the protocols
//! provided.
//!
//! See [`Mux`](crate::Mux) to get started.

pub use everstream_core::mux::{
    Answer, Begin, Change, Control, EverstreamProtocol, GraphqlSse, InForce, MAX_QUERY, Mercure,
    Opening, PocketBase, Position, Protocol, Request, Route, Update, Verdict, Wanted,
};
pub use everstream_core::parse::Event;
