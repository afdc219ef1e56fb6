//! The event source: what a user builds, holds and subscribes to, and the task that drives it.

mod builder;
mod driver;
mod event_source;
mod handle;
mod inbox;
mod owner;
mod pace;
mod sharing;
mod slice;
mod stats;
mod template;

pub use builder::EventSourceBuilder;
pub(crate) use driver::deliver;
pub use event_source::EventSource;
pub(crate) use inbox::Message;
pub(crate) use owner::Owner;
pub use stats::SourceStats;
pub(crate) use template::{Share, Template};
