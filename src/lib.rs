//! Server-Sent Events for the browser, with what the native `EventSource` lacks: request headers,
//! typed events, a heartbeat, a position that survives, and errors that say what happened.
//!
//! [`EventSource`] is the place to begin. The modules [`parse`] and [`connection`] are the core it is
//! made of, which knows no browser.

#![warn(clippy::missing_errors_doc)]

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

mod browser;
pub mod connection;
mod error;
mod http;
pub mod parse;
mod source;
mod subscribe;
mod transport;
mod typed;

pub use connection::{Decision, ReadyState, RetryPolicy, State, Transport, TransportKind};
pub use error::{DecodeError, Error, UnexpectedResponse};
pub use http::Response;
pub use source::{EventSource, EventSourceBuilder, SourceStats};
pub use subscribe::{MessageEvent, Overflow, States, Subscription};
pub use transport::HeadersRequest;
pub use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials};
