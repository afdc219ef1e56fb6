//! The core of Everstream: what happens goes in with the time, what is to be done comes out.
//!
//! Nothing in here touches a browser, a clock, a random source or the network, so everything that can go
//! wrong on a network is tested natively, with a virtual clock. Whoever writes a front end uses the crate
//! `everstream`, which drives this core in a browser.
//!
//! - [`parse`]: bytes to events, as the HTML standard has it (section 9.2).
//! - [`connection`]: the life of one connection.
//! - [`mux`]: many channels over one connection.
//! - [`tabs`]: one connection for all tabs of a browser.
//! - [`session`]: what composes these, as one object that an edge drives.

#![warn(clippy::missing_errors_doc)]

pub mod connection;
mod error;
mod hash;
pub mod http;
pub mod mux;
pub mod parse;
pub mod session;
pub mod tabs;
mod text;

pub use error::{DecodeError, Error, UnexpectedResponse};
