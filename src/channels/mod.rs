//! The multiplexer as users hold it: [`Mux`] and its [`Channel`]s. Its decisions are made in
//! [`session`](everstream_core::session).

mod builder;
mod channel;
mod client;
mod errors;
mod inner;
mod mux;
mod registry;
mod subscribers;

pub use channel::Channel;
pub use errors::Errors;
pub use mux::{Mux, MuxStats};
