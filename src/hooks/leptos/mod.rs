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
//! | hook | what it returns |
//! |---|---|
//! | [`use_event_source`] | a source, open while the component is mounted; its state as a signal |
//! | [`provide_mux`], [`use_channel`] | a channel of a multiplexer that a component above provides |
//! | [`use_event`] | the latest event of one type |
//! | [`use_events`] | the latest event of several types, as an enum |
//! | [`use_event_latest`] | the latest of any subscription |
//! | [`use_event_reduce`] | a value built from all events, without omissions |
//! | [`use_event_list`] | the last events |
//! | [`use_event_local`] and the others ending in `_local` | the same for types that are not `Send` |
//!
//! URLs and channel names are values, signals, memos, or functions of signals; event types are strings or
//! functions of signals. A source that can't be built logs its error to the console once, and its state is
//! [`State::Closed`](crate::State::Closed) with the error.
//!
//! The hooks open nothing on a server: they open in an [`Effect`], and effects run only in the browser, also
//! in an island. Until then, including the first rendering in the browser, the state is [`State::Idle`] and
//! nothing has been received. Hydration therefore finds what the server rendered.
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
