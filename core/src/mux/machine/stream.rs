//! One of the connections of a multiplexer: the one in use, or its successor.

use core::fmt;

use super::set::Version;
use crate::connection::Instant;
use crate::mux::Protocol;

/// Names a stream; each is a connection with attempts of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamId(pub(super) u32);

/// A connection as the multiplexer sees it.
#[allow(clippy::struct_excessive_bools)] // They are independent.
pub(super) struct Stream {
    pub(super) id: StreamId,
    /// The protocol's side of the attempt under way or open.
    pub(super) session: Box<dyn Protocol>,
    /// An attempt has begun, and is not lost: the server knows, or may know, what it was asked for.
    pub(super) is_attempting: bool,
    /// How many attempts in a row were lost before they were open.
    pub(super) failures: u32,
    /// Since when it is open.
    pub(super) open_since: Option<Instant>,
    /// As far as the answer tells, nothing is missing behind the position.
    pub(super) is_resumed: bool,
    /// Whether the request of this attempt named the channels.
    pub(super) carries_channels: bool,
    /// The set of this attempt's request; revisions are counted from there.
    pub(super) base: Version,
    /// The latest set that this attempt was asked for.
    pub(super) requested: Version,
    /// The set that it sends.
    pub(super) in_force: Version,
    /// The set whose channels' events are delivered: the one in force, or ahead of it.
    pub(super) delivered: Version,
    /// The latest set that was in force before this attempt, here or on the stream that this one has
    /// replaced.
    pub(super) was_in_force: Version,
    /// The position that it was made with. An attempt may begin later, but never before.
    pub(super) begun_at: String,
    /// Whether it has been open before.
    pub(super) was_open: bool,
    /// The last event ID of the event before: an event with the same has none of its own.
    pub(super) previous_id: String,
    /// The last event ID of the protocol's last own event. Not each of these moves the position.
    pub(super) noted_id: String,
    /// Of the event that was skipped last: whether it may be one of a replay.
    pub(super) skipped_in_replay: Option<bool>,
    /// Nothing of this attempt has been dealt with: the last event ID is one of the attempt before.
    pub(super) is_fresh: bool,
    /// How far the log had come when the set came into force: replays do not go beyond.
    pub(super) head: u64,
    /// The server's interval is known, and watched.
    pub(super) has_heartbeat: bool,
    /// The server has said of all channels of this attempt that they may have missed something, and has
    /// sent no event of a log since.
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

    /// An event has had this ID.
    pub(super) fn has_had(&mut self, id: &str) {
        self.is_fresh = false;
        id.clone_into(&mut self.previous_id);
    }

    /// The connection is gone; what was in force is remembered.
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

    /// The set whose names the server may still know of this attempt, and the latest of those it was asked
    /// for; `None` while no attempt is under way or open.
    pub(super) fn asked(&self) -> Option<(Version, Version)> {
        let settled = self.requested.min(self.in_force).max(self.base);
        let latest = self.requested.max(self.base);
        self.is_attempting.then_some((settled, latest))
    }

    /// The wire's number of a set.
    pub(super) fn revision(&self, version: Version) -> u64 {
        version - self.base + u64::from(!self.carries_channels)
    }

    /// The set of a number on the wire, if it was asked for.
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
