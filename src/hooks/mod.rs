//! Hooks for component frameworks. This module holds the shared parts; `dioxus`, `leptos` and `yew` adapt
//! them to their frameworks.
//!
//! A [`Slot`](slot::Slot) holds the source that is open now. Subscribers are [attached](attachment) to the
//! slot rather than to the source, so they follow it when another URL is opened. Everything ends when the
//! component drops what it holds.

mod apart;
mod attachment;
#[cfg(feature = "dioxus")]
pub mod dioxus;
mod follower;
#[cfg(feature = "leptos")]
pub mod leptos;
mod list;
mod options;
mod slot;
mod source;
mod subscription;
mod task;
mod text;
#[cfg(feature = "yew")]
pub mod yew;

pub use list::List;
pub use options::SourceOptions;
pub use source::{Openable, Source};
pub use subscription::{Good, GoodItems, IntoSubscription, Items, Logged, Tried};
pub use text::AsText;
#[cfg(any(feature = "dioxus", feature = "yew"))]
pub use text::AsUrl;
