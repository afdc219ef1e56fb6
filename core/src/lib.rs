//! The sans-I/O core of Everstream: inputs go in with the current time, outputs come out.
//!
//! The core touches no browser, no clock, no random source and no network. Every network fault can therefore
//! be tested natively, with a virtual clock. Front ends use the crate `everstream`, which drives this core in
//! a browser.
//!
//! - [`parse`]: bytes to events, as the HTML standard defines it (section 9.2), and [`EventStream`] over any
//!   stream of bytes.
//! - [`connection`]: the life of one connection.
//! - [`mux`]: many channels over one connection.
//! - [`tabs`]: one connection for all tabs of a browser.
//! - [`live`]: a snapshot and a stream of changes that never disagree.
//! - [`session`]: one object that composes these and that an edge drives.
//!
//! With the feature `diagnose`, the module `diagnose` tells from what was observed of a stream what is wrong
//! with it.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::missing_errors_doc)]

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub mod connection;
mod decode;
#[cfg(feature = "diagnose")]
pub mod diagnose;
mod error;
mod gap;
mod hash;
pub mod http;
pub mod live;
mod message;
pub mod mux;
mod next;
pub mod parse;
pub mod session;
#[cfg(test)]
mod stopwatch;
mod stream;
pub mod tabs;
mod text;

pub use decode::DecodeError;
pub use error::{Error, UnexpectedResponse};
pub use gap::GapCause;
pub use message::MessageEvent;
pub use next::Next;
pub use stream::{EventStream, StreamError};
