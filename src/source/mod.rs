//! The event source: the builder, the handle, and the client that feeds its subscribers.

mod builder;
mod client;
mod event_source;
mod inner;
mod stats;
mod template;

pub use builder::EventSourceBuilder;
pub use event_source::EventSource;
pub use stats::SourceStats;
pub(crate) use template::{Opened, Template};
