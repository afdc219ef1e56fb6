//! Hooks for [Yew] 0.23 (feature `yew`).
//!
//! ```
//! use everstream::yew::{use_event, use_event_source};
//! use yew::prelude::*;
//!
//! #[component]
//! fn Price() -> Html {
//!     let source = use_event_source("/prices");
//!     let price = use_event::<f64>(&source, "price").latest;
//!     html! { <p>{ price.map(|price| price.to_string()) }</p> }
//! }
//! ```
//!
//! | hook | what it returns |
//! |---|---|
//! | [`use_event_source`], [`use_event_source_with`] | a source, open while the component is mounted, with
//! its state |
//! | [`EverstreamProvider`], [`use_channel`] | a channel of a multiplexer that a component around provides |
//! | [`use_event`] | the latest event of one type |
//! | [`use_events`] | the latest event of several types, as an enum |
//! | [`use_event_latest`] | the latest of any subscription |
//! | [`use_event_reduce`] | a value built from all events, without omissions |
//! | [`use_event_list`] | the last events |
//!
//! URLs, event types and channel names are strings, states or memos of strings, or functions that return one.
//! A source that can't be built logs its error to the console once, and its state is
//! [`State::Closed`](crate::State::Closed) with the error.
//!
//! A component renders once for all events that arrive together. The hooks open nothing on a server, where
//! effects do not run.
//!
//! A struct component needs no hook: it keeps the [`EventSource`](crate::EventSource) as a field and passes
//! each subscription to its scope with `ctx.link().send_stream`.
//!
//! [Yew]: https://yew.rs

mod event;
mod mux;
mod source;

pub use super::{
    AsText, AsUrl, Good, GoodItems, IntoSubscription, Items, List, Logged, Openable, Source,
    SourceOptions, Tried,
};
pub use event::{
    UseEvent, UseReduced, use_event, use_event_latest, use_event_list, use_event_reduce, use_events,
};
pub use mux::{EverstreamProvider, EverstreamProviderProps, UseChannel, UseMux, use_channel};
pub use source::{UseEventSource, UseSource, use_event_source, use_event_source_with};
