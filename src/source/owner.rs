//! Whom a source works for when it is part of something larger.

use crate::transport::Plan;
use everstream_core::connection::State;

/// Decides what each attempt asks for and from where, and is told at once what becomes of it.
pub(crate) trait Owner: Plan + core::fmt::Debug {
    /// The position to resume from, where it is another than that of the event before.
    fn position(&self) -> String;
    /// What a native `EventSource` has to listen for.
    fn event_types(&self) -> Vec<String>;
    /// Whether something is asked for that native can't do.
    fn needs_fetch(&self) -> bool;
    /// The state has changed.
    fn state(&self, state: &State);
    /// The position has changed, by an event or without one.
    fn position_changed(&self, position: &str);
}
