//! A Server-Sent Events client for the browser. It adds what the native `EventSource` lacks: request
//! headers, typed events, a heartbeat, a last event ID that survives reconnects, and errors that say
//! what happened.
//!
//! ```no_run
//! use everstream::EventSource;
//!
//! #[derive(serde::Deserialize)]
//! struct Price {
//!     symbol: String,
//!     price: f64,
//! }
//!
//! # async fn watch(show: impl Fn(&str)) -> Result<(), everstream::Error> {
//! let mut prices = EventSource::new("/prices")?.on::<Price>("priceUpdate").log_errors();
//! while let Some(Price { symbol, price }) = prices.next().await {
//!     show(&format!("{symbol} is at {price}"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The source reconnects with backoff and resumes from the last event ID. Dropping the last handle
//! closes it.
//!
//! # Where to begin
//!
//! | for | see |
//! |---|---|
//! | one stream | [`EventSource`], and [`EventSourceBuilder`] for headers, methods, heartbeats and the rest |
//! | its events | [`EventSource::on`] by event type, [`EventSource::events`] by an enum, [`EventSource::all`] as one type, [`Subscription`] |
//! | any stream of bytes, natively too | [`EventStream`] |
//! | gaps and failures | [`Error`], [`State`], [`RetryPolicy`] |
//! | many channels over one connection | [`Mux`], [`Channel`], and the protocols in [`mux`] |
//! | one connection for all tabs | [`EventSourceBuilder::shared`] |
//! | a loaded state that follows a stream | [`live()`] |
//! | a response that another client reads, natively too | [`EventStream`] |
//! | a server | the crate [`everstream-server`](https://docs.rs/everstream-server), a hub for axum |
//!
//! The README has the recipes. `everstream-core` makes the decisions and touches no browser API.
//!
//! # Features
//!
//! No feature is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `dioxus` | the hooks in `everstream::dioxus`, for Dioxus 0.7 |
//! | `leptos` | the hooks in `everstream::leptos`, for Leptos 0.8 |
//! | `yew` | the hooks in `everstream::yew`, for Yew 0.23 |
//! | `serde-wasm-bindgen` | payloads and headers from and to JavaScript, in `everstream::js` |
//! | `testing` | subscriptions without a server, for tests of your own code, in `everstream::testing` |
//!
//! # Where it runs
//!
//! The crate runs in windows and workers, on `wasm32-unknown-unknown`. Native builds compile, so that a
//! server can render the same components and so that code can be tested. In a native build, opening a
//! source returns [`Error::Unsupported`]. On WASI the crate compiles only with a framework's feature,
//! also for rendering on a server.
//!
//! The crate installs no allocator and no panic hook, and exports nothing to JavaScript.
//!
//! The minimum supported Rust version is 1.88.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::missing_errors_doc)]

#[cfg(all(
    target_os = "wasi",
    not(any(feature = "dioxus", feature = "leptos", feature = "yew"))
))]
compile_error!(
    "`everstream` opens connections by the browser's APIs, which WASI doesn't have. Build for \
     `wasm32-unknown-unknown` instead, or depend on `everstream` only there: \
     `[target.'cfg(not(target_os = \"wasi\"))'.dependencies]`. To read event streams on WASI, use \
     `everstream-core`."
);

/// Compiles the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// Compiles the examples of the page about protocols.
#[cfg(doctest)]
#[doc = include_str!("../docs/protocols.md")]
pub struct Protocols;

/// Compiles the examples of the page about sharing.
#[cfg(doctest)]
#[doc = include_str!("../docs/sharing.md")]
pub struct SharingPage;

mod channels;
mod console;
#[cfg(any(feature = "dioxus", feature = "leptos", feature = "yew"))]
mod hooks;
#[cfg(feature = "serde-wasm-bindgen")]
pub mod js;
mod live;
pub mod mux;
mod source;
mod subscribe;
#[cfg(feature = "testing")]
pub mod testing;
mod typed;
mod web;

pub use channels::{Channel, Errors, Mux, MuxStats};
pub use everstream_core::connection::{
    Decision, End, EndReason, OnEnd, ReadyState, Resumed, RetryPolicy, State, Transport,
    TransportKind, UntilEvent,
};
pub use everstream_core::http::Response;
pub use everstream_core::live::{Freshness, Loaded, Refusal, Stamp};
pub use everstream_core::parse::{EventTooLarge, UnfinishedEvent};
pub use everstream_core::tabs::{Role, Sharing};
pub use everstream_core::{DecodeError, Error, GapCause, UnexpectedResponse};
pub use everstream_core::{EventStream, MessageEvent, Next, StreamError};
#[cfg(feature = "dioxus")]
#[cfg_attr(docsrs, doc(cfg(feature = "dioxus")))]
pub use hooks::dioxus;
#[cfg(feature = "leptos")]
pub use hooks::leptos;
#[cfg(feature = "yew")]
pub use hooks::yew;
pub use live::{Live, LiveError, LiveState, live};
pub use source::{EventSource, EventSourceBuilder, SourceStats};
pub use subscribe::{LogErrors, OnError, Overflow, SharingChanges, States, Subscription};
pub use typed::{EventData, OrRaw};
pub use web::{AttemptRequest, Continued, HeadersRequest, IntoHeaders};
pub use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};
