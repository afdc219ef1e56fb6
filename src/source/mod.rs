//! The event source: what a user builds, holds and subscribes to, and the task that drives it.

mod builder;
mod driver;
mod event_source;
mod handle;
mod inbox;
mod stats;

pub use builder::EventSourceBuilder;
pub use event_source::EventSource;
pub use stats::SourceStats;
