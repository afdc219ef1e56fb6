//! Hooks for component frameworks: what they have in common is here, `leptos` and `yew` put it into
//! the words of their frameworks.
//!
//! A [`Slot`](slot::Slot) holds the source that is open now. Subscribers are
//! [attached](attachment) to the slot and not to the source, so that they follow it when another
//! URL is opened. Everything ends when the component drops what it holds.

mod attachment;
mod follower;
#[cfg(feature = "leptos")]
pub mod leptos;
mod list;
mod options;
mod slot;
mod source;
mod task;
#[cfg(feature = "yew")]
pub mod yew;

pub use attachment::IntoSubscription;
pub use list::List;
pub use options::SourceOptions;
pub use source::{Openable, Source};
