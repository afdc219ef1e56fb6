//! The channels that are wanted, and since when.

use core::fmt;
use std::collections::hash_map::Entry;

use super::{Begin, Start, StreamId, Subscribers, Wanted};
use crate::gap::GapCause;
use crate::hash::HashMap;

/// Counts the sets. Each change makes a new one.
pub(super) type Version = u64;

#[derive(Debug)]
pub(super) struct Channel<S> {
    pub(super) subscribers: S,
    /// The first set that the channel belongs to: what an earlier one brings was not meant for these
    /// subscribers.
    pub(super) since: Version,
    pub(super) start: Start,
    /// The greatest seq that was delivered, in the log of the present epoch.
    pub(super) seen: u64,
    pub(super) wanted: bool,
    /// Whether its subscribers know that it is in force.
    pub(super) is_in_force: bool,
    pub(super) past: Past,
    /// The stream that was last asked to begin it now.
    pub(super) asked_now: Option<StreamId>,
}

/// What a channel's subscribers have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing yet.
    None,
    /// Events, and word of all that was missed.
    Known,
    /// Something may have been missed. They are told when nothing more is.
    Missed,
}

impl<S: Subscribers> Channel<S> {
    /// Nothing is missed from here on. The subscribers are told if something was.
    pub(super) fn continues(&mut self) {
        if core::mem::replace(&mut self.past, Past::Known) == Past::Missed {
            self.subscribers.gap(GapCause::NotResumed);
        }
    }
}

impl<S> Channel<S> {
    /// Where the connection is, is where it is. One that has a place of its own misses nothing if the
    /// position is missing.
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
    /// The next call of `settle` makes a new set.
    changed: bool,
    removed: Vec<Removed>,
}

/// A channel that was given up.
#[derive(Debug)]
struct Removed {
    name: Box<str>,
    /// The first set that it belonged to.
    since: Version,
    /// The first set that it is missing from.
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
    /// Shows which names are kept.
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

    /// The channel, added unless it is there. One that was given up in this same turn goes on, if it is in
    /// force and begins now; otherwise it begins anew.
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

    /// Takes a channel out that the server no longer sends.
    pub(super) fn take(&mut self, name: &str) -> Option<Channel<S>> {
        self.by_name.remove(name)
    }

    /// Takes all channels out.
    pub(super) fn take_all(&mut self) -> Vec<Channel<S>> {
        core::mem::take(&mut self.by_name).into_values().collect()
    }

    /// Makes one set of all changes since the last call.
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

    /// Takes the channels out that were added after the one set and up to the other.
    pub(super) fn take_added(&mut self, after: Version, up_to: Version) -> Vec<Channel<S>> {
        let is_one = |since| since > after && since <= up_to;
        let added = self.by_name.extract_if(|_, channel| is_one(channel.since));
        added.map(|(_, channel)| channel).collect()
    }

    /// All of them, sorted by name: a request is the same for the same set.
    pub(super) fn all(&self) -> Vec<Wanted<'_>> {
        self.wanted(None)
    }

    /// Those which are new since that set.
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

    /// Those which are missing since that set.
    pub(super) fn removed(&self, version: Version) -> Vec<&str> {
        let removed = self
            .removed
            .iter()
            .filter(|removed| removed.until > version);
        removed.map(|removed| &*removed.name).collect()
    }

    /// Whether an earlier life of this channel was given up, and the set without it is not known to be in
    /// force.
    pub(super) fn was_removed(&self, name: &str) -> bool {
        self.removed.iter().any(|removed| *removed.name == *name)
    }

    /// Forgets what was removed up to the set `settled`, and what belonged only to sets behind `latest`.
    pub(super) fn forget_removed(&mut self, settled: Version, latest: Version) {
        self.removed
            .retain(|removed| removed.until > settled && removed.since <= latest);
        if self.removed.is_empty() {
            self.removed = Vec::new();
        }
    }

    /// How many names are remembered that were given up.
    #[cfg(test)]
    pub(super) fn removed_len(&self) -> usize {
        self.removed.len()
    }
}
