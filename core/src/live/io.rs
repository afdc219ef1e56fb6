//! Inputs and outputs of a live state.

use super::stamps::Stamp;
use crate::connection::Instant;

/// Whether the state that is shown is the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// Nothing has been loaded yet.
    #[default]
    Loading,
    /// The state follows the server's.
    Live,
    /// Changes may be missing, or the stream isn't open. Another load or the stream will mend it.
    Stale {
        /// The time since which the state may differ from the server's.
        since: Instant,
    },
    /// The stream has failed for good, or loading was given up. The state stays as it was.
    Failed,
}

/// Names a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoadId(pub u32);

/// The answer of a load.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<S> {
    /// The snapshot.
    pub state: S,
    /// The position that the snapshot stands for, where the server gives one.
    pub position: Option<String>,
    /// The version of each key in the snapshot, where items have versions.
    pub versions: Option<Vec<(String, f64)>>,
}

impl<S> Loaded<S> {
    /// Creates an answer of which only the snapshot is known.
    #[must_use]
    pub const fn new(state: S) -> Self {
        Self {
            state,
            position: None,
            versions: None,
        }
    }

    /// Sets the position that the snapshot stands for.
    #[must_use]
    pub fn with_position(mut self, position: impl Into<String>) -> Self {
        self.position = Some(position.into());
        self
    }

    /// Sets the version of each key in the snapshot.
    #[must_use]
    pub fn with_versions(mut self, versions: impl IntoIterator<Item = (String, f64)>) -> Self {
        self.versions = Some(versions.into_iter().collect());
        self
    }
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<S, E> {
    /// The stream is open.
    Open,
    /// The stream is not open, and will reconnect.
    Lost,
    /// Events of the stream may be missing from here on.
    Gap,
    /// The stream is closed for good.
    Closed {
        /// Whether it failed, rather than ended.
        failed: bool,
    },
    /// An event of the stream.
    Event(Stamp, E),
    /// A load has answered.
    Loaded(LoadId, Loaded<S>),
    /// A load has failed.
    LoadFailed {
        /// The load.
        id: LoadId,
        /// Whether another load can't help.
        is_final: bool,
    },
    /// The event that [`Output::Apply`] returned last could not be applied.
    NotApplied,
    /// The user asks for another load.
    Reload,
    /// The time of [`Live::poll_timeout`](super::Live::poll_timeout) has come.
    Timeout,
}

/// The reason why the answer of a load was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The snapshot is older than the state that is shown, or than an event that arrived before the load.
    Older,
    /// The load took longer than [`load_timeout`](super::LiveConfig::load_timeout).
    Slow,
    /// More events arrived during the load than are kept. The snapshot is shown as stale.
    Overflow,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<S, E> {
    /// Request a snapshot, and pass its answer in under this name.
    Load(LoadId),
    /// Abort a load. Its answer is ignored.
    Abort(LoadId),
    /// Show this snapshot.
    Replace(S),
    /// Apply this event to the state that is shown.
    Apply(E),
    /// Report a load that was not used as it is.
    Refused(Refusal),
}
