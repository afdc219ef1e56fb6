//! The multiplexer as a user holds it: [`Mux`] and its [`Channel`]s, and the task that drives them. What
//! it decides is decided in [`mux`](everstream_core::mux).

mod channel;
mod driver;
mod errors;
mod handle;
mod mux;
mod sharing;
mod stream;
mod subscribers;

pub use channel::Channel;
pub use errors::Errors;
pub use mux::{Mux, MuxStats};
