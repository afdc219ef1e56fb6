//! The wanted channels, and the set in which each was added.

use core::fmt;
use std::collections::hash_map::Entry;

use super::{Begin, Start, StreamId, Subscribers, Wanted};
use crate::gap::GapCause;
use crate::hash::HashMap;

/// The number of a set. Each change makes a new set.
pub(super) type Version = u64;

#[derive(Debug)]
pub(super) struct Channel<S> {
    pub(super) subscribers: S,
    /// The first set that the channel belongs to. Events of earlier sets are not for these subscribers.
    pub(super) since: Version,
    pub(super) start: Start,
    /// The greatest seq that was delivered, in the log of the present epoch.
    pub(super) seen: u64,
    pub(super) wanted: bool,
    /// Whether the subscribers have been told that the channel is in force.
    pub(super) is_in_force: bool,
    pub(super) past: Past,
    /// The stream that was last asked to begin the channel now.
    pub(super) asked_now: Option<StreamId>,
}

/// How much a channel's subscribers know of past events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// The subscribers have received nothing yet.
    None,
    /// The subscribers have received events, and reports of all gaps.
    Known,
    /// Events may be missing. The subscribers are told once no more can be missed.
    Missed,
}

impl<S: Subscribers> Channel<S> {
    /// Notes that no event is missed from here on. Reports a gap if events were missed.
    pub(super) fn continues(&mut self) {
        if core::mem::replace(&mut self.past, Past::Known) == Past::Missed {
            self.subscribers.gap(GapCause::NotResumed);
        }
    }
}

impl<S> Channel<S> {
    /// Whether the channel resumes from the connection's last event ID rather than from a position of its
    /// own.
    pub(super) fn is_at_position(&self) -> bool {
        self.start == Start::Position
    }

    fn begin(&self) -> Begin<'_> {
        match &self.start {
            Start::Position => Begin::Position,
            Start::Now => Begin::Now,
            Start::After(id) => Begin::After(id),
        }
    }
}

/// The set of channels.
pub(super) struct ChannelSet<S> {
    by_name: HashMap<Box<str>, Channel<S>>,
    version: Version,
    /// Whether the next call of `settle` makes a new set.
    changed: bool,
    removed: Vec<Removed>,
}

/// A channel that was given up.
#[derive(Debug)]
struct Removed {
    name: Box<str>,
    /// The first set that the channel belonged to.
    since: Version,
    /// The first set without the channel.
    until: Version,
}

impl<S> Default for ChannelSet<S> {
    fn default() -> Self {
        Self {
            by_name: HashMap::default(),
            version: 0,
            changed: false,
            removed: Vec::new(),
        }
    }
}

impl<S> fmt::Debug for ChannelSet<S> {
    /// Shows names only, since subscribers need not be `Debug`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSet")
            .field("names", &self.by_name.keys())
            .field("version", &self.version)
            .field("removed", &self.removed)
            .finish_non_exhaustive()
    }
}

impl<S: Subscribers> ChannelSet<S> {
    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Channel<S>> {
        self.by_name.get(name)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Channel<S>> {
        self.by_name.get_mut(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Channel<S>)> {
        self.by_name
            .iter()
            .map(|(name, channel)| (&**name, channel))
    }

    pub(super) fn channels_mut(&mut self) -> impl Iterator<Item = &mut Channel<S>> {
        self.by_name.values_mut()
    }

    /// Returns the channel, added unless it is there. A channel given up since the last `settle` continues if
    /// it is in force and is to begin now. Otherwise it begins afresh.
    pub(super) fn add(
        &mut self,
        name: &str,
        start: Start,
        seen: u64,
        past: Past,
        subscribers: impl FnOnce() -> S,
    ) -> &Channel<S> {
        let since = self.version + 1;
        let begins_now = start == Start::Now;
        let new = move |subscribers: S| Channel {
            subscribers,
            since,
            start,
            seen,
            wanted: true,
            is_in_force: false,
            past,
            asked_now: None,
        };
        match self.by_name.entry(name.into()) {
            Entry::Occupied(entry) => {
                let channel = entry.into_mut();
                if channel.wanted {
                    return channel;
                }
                let goes_on = channel.is_in_force && channel.start == Start::Position;
                if goes_on && begins_now {
                    channel.wanted = true;
                    channel.subscribers = subscribers();
                    channel.subscribers.in_force(true);
                } else {
                    if channel.since < since {
                        self.removed.push(Removed {
                            name: name.into(),
                            since: channel.since,
                            until: since,
                        });
                    }
                    self.changed = true;
                    *channel = new(subscribers());
                }
                channel
            }
            Entry::Vacant(entry) => {
                self.changed = true;
                entry.insert(new(subscribers()))
            }
        }
    }

    /// Marks a channel as given up.
    pub(super) fn give_up(&mut self, name: &str) {
        if let Some(channel) = self.by_name.get_mut(name) {
            channel.wanted = false;
            self.changed = true;
        }
    }

    /// Removes a channel that the server no longer sends.
    pub(super) fn take(&mut self, name: &str) -> Option<Channel<S>> {
        self.by_name.remove(name)
    }

    /// Removes all channels.
    pub(super) fn take_all(&mut self) -> Vec<Channel<S>> {
        core::mem::take(&mut self.by_name).into_values().collect()
    }

    /// Makes one new set of all changes since the last call.
    pub(super) fn settle(&mut self) {
        if !core::mem::take(&mut self.changed) {
            return;
        }
        self.version += 1;
        let gone = self.by_name.extract_if(|_, channel| !channel.wanted);
        let until = self.version;
        self.removed.extend(gone.map(|(name, channel)| Removed {
            name,
            since: channel.since,
            until,
        }));
    }

    /// Removes the channels that were added after set `after` and up to set `up_to`.
    pub(super) fn take_added(&mut self, after: Version, up_to: Version) -> Vec<Channel<S>> {
        let is_one = |since| since > after && since <= up_to;
        let added = self.by_name.extract_if(|_, channel| is_one(channel.since));
        added.map(|(_, channel)| channel).collect()
    }

    /// Returns all channels, sorted by name, so that equal sets make equal requests.
    pub(super) fn all(&self) -> Vec<Wanted<'_>> {
        self.wanted(None)
    }

    /// Returns the channels added since that set.
    pub(super) fn added(&self, version: Version) -> Vec<Wanted<'_>> {
        self.wanted(Some(version))
    }

    fn wanted(&self, after: Option<Version>) -> Vec<Wanted<'_>> {
        let mut chosen = Vec::new();
        for (name, channel) in self.iter() {
            if after.is_none_or(|version| channel.since > version) {
                let begin = channel.begin();
                chosen.push(Wanted { name, begin });
            }
        }
        chosen.sort_unstable_by_key(|channel| channel.name);
        chosen
    }

    /// Returns the names of the channels removed since that set.
    pub(super) fn removed(&self, version: Version) -> Vec<&str> {
        let removed = self
            .removed
            .iter()
            .filter(|removed| removed.until > version);
        removed.map(|removed| &*removed.name).collect()
    }

    /// Returns whether an earlier subscription of this channel was given up while the set without it is not
    /// known to be in force.
    pub(super) fn was_removed(&self, name: &str) -> bool {
        self.removed.iter().any(|removed| *removed.name == *name)
    }

    /// Forgets channels removed up to the set `settled`, and those that belonged only to sets after `latest`.
    pub(super) fn forget_removed(&mut self, settled: Version, latest: Version) {
        self.removed
            .retain(|removed| removed.until > settled && removed.since <= latest);
        if self.removed.is_empty() {
            self.removed = Vec::new();
        }
    }

    /// Returns the number of removed channels that are remembered.
    #[cfg(test)]
    pub(super) fn removed_len(&self) -> usize {
        self.removed.len()
    }
}
