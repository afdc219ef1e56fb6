//! Server-Sent Events for the browser, with what the native `EventSource` lacks: request headers,
//! typed events, a heartbeat, a position that survives, and errors that say what happened.
//!
//! [`EventSource`] is the place to begin. The modules [`parse`], [`connection`] and [`tabs`] are the core
//! it is made of, which knows no browser.

#![warn(clippy::missing_errors_doc)]

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// So do those of the page about protocols.
#[cfg(doctest)]
#[doc = include_str!("../docs/protocols.md")]
pub struct Protocols;

/// And those of the page about sharing.
#[cfg(doctest)]
#[doc = include_str!("../docs/sharing.md")]
pub struct SharingPage;

mod browser;
mod channels;
pub mod connection;
mod error;
#[cfg(any(feature = "leptos", feature = "yew"))]
mod hooks;
mod http;
pub mod mux;
#[cfg(feature = "npm")]
#[allow(unreachable_pub)] // From JavaScript it can be reached.
mod npm;
pub mod parse;
mod sharing;
mod source;
mod subscribe;
pub mod tabs;
mod transport;
mod typed;

pub use channels::{Channel, Errors, Mux, MuxStats};
pub use connection::{
    Decision, End, EndReason, OnEnd, ReadyState, Resumed, RetryPolicy, State, Transport,
    TransportKind, UntilEvent,
};
pub use error::{DecodeError, Error, UnexpectedResponse};
#[cfg(feature = "leptos")]
pub use hooks::leptos;
#[cfg(feature = "yew")]
pub use hooks::yew;
pub use http::Response;
pub use source::{EventSource, EventSourceBuilder, SourceStats};
pub use subscribe::{LogErrors, MessageEvent, Overflow, SharingChanges, States, Subscription};
pub use tabs::{Role, Sharing};
pub use transport::{AttemptRequest, Continued, HeadersRequest};
pub use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials};
