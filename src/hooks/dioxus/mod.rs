//! Hooks for [Dioxus] 0.7 (feature `dioxus`).
//!
//! ```
//! use everstream::dioxus::{use_event, use_event_source};
//!
//! # fn component() {
//! let source = use_event_source("/prices");
//! let price = use_event::<f64>(source, "price").latest;
//! // And in `rsx!`: `if let Some(price) = price() { "{price}" }`.
//! # let _ = price;
//! # }
//! ```
//!
//! | hook | what it returns |
//! |---|---|
//! | [`use_event_source`], [`use_event_source_with`] | a source, open while the component is mounted; its
//! state as a signal |
//! | [`use_mux_provider`], [`use_mux_provider_with`], [`use_channel`] | a channel of a multiplexer that a component above provides |
//! | [`use_event`] | the latest event of one type |
//! | [`use_events`] | the latest event of several types, as an enum |
//! | [`use_event_latest`] | the latest of any subscription |
//! | [`use_event_reduce`] | a value built from all events, without omissions |
//! | [`use_event_list`] | the last events |
//!
//! The hooks return signals: a component renders when a signal that it reads changes, once for all events
//! that arrive together.
//!
//! URLs, event types and channel names are strings, signals or memos of strings, or functions that return
//! one; later renderings may change them. A source that can't be built logs its error to the console once,
//! and its state is [`State::Closed`] with the error.
//!
//! The hooks open nothing on a server: they open in an effect, and effects do not run there. Until then,
//! including the first rendering in the browser, the state is [`State::Idle`] and nothing has been received.
//! Hydration therefore finds what the server rendered. In a program that is not a web page, such as a desktop
//! one, the state is [`State::Closed`] with [`Error::Unsupported`].
//!
//! [Dioxus]: https://dioxuslabs.com
//! [`State::Idle`]: crate::State::Idle
//! [`State::Closed`]: crate::State::Closed
//! [`Error::Unsupported`]: crate::Error::Unsupported

#![allow(
    clippy::needless_pass_by_value,
    reason = "text is given by value, as the hooks of the other frameworks have it"
)]

mod effect;
mod event;
mod mux;
mod source;

pub use super::{
    AsText, AsUrl, Good, GoodItems, IntoSubscription, Items, List, Logged, Openable, Source,
    SourceOptions, Tried,
};
pub use event::{
    UseEvent, use_event, use_event_latest, use_event_list, use_event_reduce, use_events,
};
pub use mux::{UseChannel, UseMux, use_channel, use_mux_provider, use_mux_provider_with};
pub use source::{UseEventSource, UseSource, use_event_source, use_event_source_with};
