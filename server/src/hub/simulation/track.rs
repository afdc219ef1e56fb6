//! A client's knowledge of one channel.

use super::world::{Place, World};

/// A client's knowledge of one channel.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// Everything up to here was delivered, is of no concern, or was announced as missing.
    pub(super) at: Place,
    /// Whether the channel may be anywhere: the next event says where.
    pub(super) is_anywhere: bool,
    /// A description of what was missing. Nothing is wrong if the channel has ended, which is told after the
    /// events that were queued before.
    pub(super) lost: Option<String>,
    /// Whether a gap was told, and no event has come since.
    pub(super) has_gap: bool,
    /// Events up to here may be missing, because a gap was told and the log no longer had them.
    excused: Place,
    /// The end of the replay, if the channel began before the connection's position. A newer event ends it.
    pub(super) replays_until: Option<Place>,
}

impl Track {
    pub(super) fn begun(at: Place) -> Self {
        Self {
            at,
            is_anywhere: false,
            has_gap: false,
            excused: (0, 0),
            lost: None,
            replays_until: None,
        }
    }

    /// Begins the channel at a place of its own.
    pub(super) fn begin(&mut self, from: Option<Place>, until: Option<Place>) {
        match from {
            Some(from) => {
                self.at = from;
                self.is_anywhere = false;
                self.replays_until = until;
            }
            None => self.is_anywhere = true,
        }
    }

    /// Takes a gap, which was told at a position of the connection.
    pub(super) fn gap(&mut self, world: &World, id: Option<Place>) {
        self.has_gap = true;
        if let Some(id) = id
            && self.replays_until.is_none()
        {
            self.at = self.at.max(id);
            self.has_gap = false;
            self.is_anywhere = false;
            // A gap names the position before the first event that is left of any channel. More may be missing of
            // this one.
            self.excused = self.excused.max(id).max(world.may_lack(id.0));
        }
    }

    /// Takes an event of the channel. What is missing behind it is no longer part of an earlier gap.
    pub(super) fn took(&mut self, id: Place) {
        self.at = id;
        self.is_anywhere = false;
        self.has_gap = false;
        self.excused = (0, 0);
    }

    /// Checks that nothing is missing up to a place.
    pub(super) fn pass(&mut self, world: &World, channel: &str, place: Place, connection: &str) {
        let facts = world.facts.get(channel).map_or(&[][..], Vec::as_slice);
        let mut missing = facts.iter().filter(|fact| {
            self.at.max(self.excused) < fact.place
                && fact.place <= place
                && fact.only.as_deref().is_none_or(|only| only == connection)
        });
        if !self.is_anywhere
            && !self.has_gap
            && self.lost.is_none()
            && let Some(missing) = missing.next()
        {
            self.lost = Some(format!(
                "{missing:?} of {channel} was lost: {self:?} up to {place:?}"
            ));
        }
        self.at = self.at.max(place);
    }
}
