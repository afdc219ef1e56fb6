//! Server-Sent Events for the browser, with what the native `EventSource` lacks: request headers,
//! typed events, a heartbeat, a position that survives, and errors that say what happened.
//!
//! [`EventSource`] is the place to begin. What decides is the crate `everstream-core`, which knows no
//! browser; here is what carries its decisions out in one.

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

mod channels;
mod console;
#[cfg(any(feature = "dioxus", feature = "leptos", feature = "yew"))]
mod hooks;
pub mod mux;
mod source;
mod subscribe;
mod typed;
mod web;

pub use channels::{Channel, Errors, Mux, MuxStats};
pub use everstream_core::connection::{
    Decision, End, EndReason, OnEnd, ReadyState, Resumed, RetryPolicy, State, Transport,
    TransportKind, UntilEvent,
};
pub use everstream_core::http::Response;
pub use everstream_core::parse::{EventTooLarge, UnfinishedEvent};
pub use everstream_core::tabs::{Role, Sharing};
pub use everstream_core::{DecodeError, Error, UnexpectedResponse};
#[cfg(feature = "dioxus")]
pub use hooks::dioxus;
#[cfg(feature = "leptos")]
pub use hooks::leptos;
#[cfg(feature = "yew")]
pub use hooks::yew;
pub use source::{EventSource, EventSourceBuilder, SourceStats};
pub use subscribe::{LogErrors, MessageEvent, Overflow, SharingChanges, States, Subscription};
pub use typed::EventData;
pub use web::{AttemptRequest, Continued, HeadersRequest};
pub use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};
