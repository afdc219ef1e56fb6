//! The multiplexer as a user holds it: [`Mux`] and its [`Channel`]s. What it decides is decided in
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
