//! A connection of the multiplexer: the stream in use, or its successor.

use core::fmt;

use super::set::Version;
use crate::connection::Instant;
use crate::mux::Protocol;

/// Identifies a stream; each is a connection with attempts of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamId(pub(super) u32);

/// A connection as the multiplexer sees it.
#[allow(clippy::struct_excessive_bools)] // The flags are independent.
pub(super) struct Stream {
    pub(super) id: StreamId,
    /// The protocol's state for the attempt that is under way or open.
    pub(super) session: Box<dyn Protocol>,
    /// Whether an attempt has begun and is not lost: the server may know what it was asked for.
    pub(super) is_attempting: bool,
    /// The attempts in a row that were lost before they opened.
    pub(super) failures: u32,
    /// The time since which the stream is open.
    pub(super) open_since: Option<Instant>,
    /// Whether, as far as the answer tells, no event after the last event ID is missing.
    pub(super) is_resumed: bool,
    /// Whether the request of this attempt named the channels.
    pub(super) carries_channels: bool,
    /// The set of this attempt's request, from which revisions are counted.
    pub(super) base: Version,
    /// The latest set that this attempt was asked for.
    pub(super) requested: Version,
    /// The set that the stream sends.
    pub(super) in_force: Version,
    /// The set whose channels' events are delivered: the set in force or a later one.
    pub(super) delivered: Version,
    /// The latest set in force before this attempt, on this stream or on the one that it replaced.
    pub(super) was_in_force: Version,
    /// The last event ID that the stream was created with. An attempt may begin later in the log, but never
    /// earlier.
    pub(super) begun_at: String,
    /// Whether the stream has been open before.
    pub(super) was_open: bool,
    /// The last event ID of the previous event. An event with the same has no ID of its own.
    pub(super) previous_id: String,
    /// The last event ID of the last control event. Some control events don't move the connection's.
    pub(super) noted_id: String,
    /// Whether the event skipped last may belong to a replay; `None` if none was skipped.
    pub(super) skipped_in_replay: Option<bool>,
    /// Whether no event of this attempt has been handled: the last event ID stems from the previous attempt.
    pub(super) is_fresh: bool,
    /// The end of the log when the set came into force. Replays do not go beyond it.
    pub(super) head: u64,
    /// Whether the server's heartbeat interval is known and watched.
    pub(super) has_heartbeat: bool,
    /// Whether the server has announced a gap to all channels of this attempt and sent no event of a log
    /// since.
    pub(super) gap_was_told: bool,
}

impl Stream {
    pub(super) fn new(id: StreamId, session: Box<dyn Protocol>, position: &str) -> Self {
        Self {
            id,
            session,
            is_attempting: false,
            failures: 0,
            open_since: None,
            is_resumed: true,
            carries_channels: false,
            base: 0,
            requested: 0,
            in_force: 0,
            delivered: 0,
            was_in_force: 0,
            begun_at: position.to_owned(),
            was_open: false,
            previous_id: position.to_owned(),
            noted_id: String::new(),
            skipped_in_replay: None,
            is_fresh: true,
            head: 0,
            has_heartbeat: false,
            gap_was_told: false,
        }
    }

    /// Notes the ID of an event.
    pub(super) fn has_had(&mut self, id: &str) {
        self.is_fresh = false;
        id.clone_into(&mut self.previous_id);
    }

    /// Notes that the connection is gone, and remembers which set was in force.
    pub(super) fn lost(&mut self) {
        let has_failed = core::mem::take(&mut self.is_attempting) && self.open_since.is_none();
        self.failures = self.failures.saturating_add(u32::from(has_failed));
        self.open_since = None;
        self.is_fresh = true;
        self.gap_was_told = false;
        self.was_in_force = self.was_in_force.max(self.in_force);
        self.in_force = 0;
        self.delivered = 0;
    }

    /// Returns the set that the server is known to have applied, and the latest one requested. The server may
    /// still know channels of the sets between. `None` while no attempt is under way or open.
    pub(super) fn asked(&self) -> Option<(Version, Version)> {
        let settled = self.requested.min(self.in_force).max(self.base);
        let latest = self.requested.max(self.base);
        self.is_attempting.then_some((settled, latest))
    }

    /// Returns the revision of a set on the wire.
    pub(super) fn revision(&self, version: Version) -> u64 {
        version - self.base + u64::from(!self.carries_channels)
    }

    /// Returns the set of a revision on the wire, if it was requested.
    pub(super) fn version(&self, revision: u64) -> Option<Version> {
        let counted = revision.checked_sub(u64::from(!self.carries_channels))?;
        let version = self.base.checked_add(counted)?;
        (version <= self.requested).then_some(version)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("id", &self.id)
            .field("open_since", &self.open_since)
            .field("requested", &self.requested)
            .field("in_force", &self.in_force)
            .finish_non_exhaustive()
    }
}
