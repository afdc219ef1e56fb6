//! Hooks for [Leptos] 0.8 (feature `leptos`).
//!
//! ```
//! use everstream::leptos::{use_event, use_event_source};
//!
//! # fn component() {
//! let source = use_event_source("/prices");
//! let price = use_event::<f64>(source, "price").latest;
//! // And in the view: `{move || price.get()}`.
//! # let _ = price;
//! # }
//! ```
//!
//! | hook | what it gives |
//! |---|---|
//! | [`use_event_source`] | a source, open for as long as the component is mounted; its state as a signal |
//! | [`provide_mux`], [`use_channel`] | a channel of a multiplexer that a component above provides |
//! | [`use_event`] | the latest event of one type |
//! | [`use_events`] | the latest event of several types, as an enum |
//! | [`use_event_latest`] | the latest of any subscription |
//! | [`use_event_reduce`] | a value made of all events, none left out |
//! | [`use_event_list`] | the last events |
//! | [`use_event_local`] and the others on `_local` | the same for types that are not `Send` |
//!
//! URLs and names of channels are values, signals, memos, or functions of signals; event types are
//! strings or functions of signals. A source that can't be built says so on the console, once, and its
//! state is [`State::Closed`](crate::State::Closed) with the error.
//!
//! Nothing is opened on a server: the hooks open in an [`Effect`], and effects run in the browser
//! only, also in an island. Until then, and so in the first rendering in the browser as well, the
//! state is [`State::Idle`] and nothing has been received, so that hydration finds what the server
//! rendered.
//!
//! [Leptos]: https://leptos.dev
//! [`Effect`]: ::reactive_graph::effect::Effect
//! [`State::Idle`]: crate::State::Idle

mod event;
mod mux;
mod options;
mod source;

pub use super::{
    AsText, Good, GoodItems, IntoSubscription, Items, List, Logged, Openable, Source,
    SourceOptions, Tried,
};
pub use event::{
    UseEvent, use_event, use_event_latest, use_event_latest_local, use_event_list,
    use_event_list_local, use_event_local, use_event_reduce, use_event_reduce_local, use_events,
    use_events_local,
};
pub use mux::{UseChannel, UseMux, provide_mux, use_channel};
pub use options::{Given, OfSignal, Plain, Reactive, Threadsafe};
pub use source::{UseEventSource, UseSource, use_event_source};
