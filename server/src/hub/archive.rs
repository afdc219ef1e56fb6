//! Entries that newer ones have pushed out of the window, kept for their channels' sake.
//!
//! A channel with many events would otherwise push out the events of all others. Of each channel, the
//! archive keeps some, and it knows for each channel up to where entries are missing.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::window::{Capacity, Entry, Pushed};

/// How much the archive keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// The bound on each channel.
    pub(crate) channel: Capacity,
    /// The bound on all channels together.
    pub(crate) total: Capacity,
    /// How long an entry is kept after it was published.
    pub(crate) age: Duration,
}

#[cfg(test)]
impl History {
    /// Keeps nothing.
    pub(crate) const NONE: Self = {
        let nothing = Capacity {
            events: 0,
            bytes: 0,
        };
        Self {
            channel: nothing,
            total: nothing,
            age: Duration::ZERO,
        }
    };
}

/// Entries that are older than the window.
#[derive(Debug)]
pub(crate) struct Archive {
    entries: BTreeMap<u64, Archived>,
    bytes: usize,
    /// Replies to a connection count as a channel of their own ([`name`]). They would otherwise take the
    /// place of events that concern more than one client.
    channels: HashMap<Arc<str>, Channel>,
    /// The channels that have entries, by their share of the capacity.
    by_share: BTreeSet<(usize, Arc<str>)>,
    /// The channels that no longer have entries, by the number up to which theirs are missing.
    emptied: BTreeMap<u64, Arc<str>>,
    /// The number up to which entries may be missing of channels that aren't in `channels`.
    forgotten: u64,
    /// The same for replies.
    forgotten_replies: u64,
    history: History,
}

#[derive(Debug)]
struct Archived {
    entry: Entry,
    published: Instant,
}

/// A channel's entries, and up to where entries of it are missing.
#[derive(Debug)]
struct Channel {
    seqs: VecDeque<u64>,
    bytes: usize,
    /// The number up to which entries of the channel are missing.
    missing: u64,
}

impl Archive {
    /// Returns an empty archive for a log whose entries up to `head` are not known.
    pub(crate) fn new(head: u64, history: History) -> Self {
        Self {
            entries: BTreeMap::new(),
            bytes: 0,
            channels: HashMap::new(),
            by_share: BTreeSet::new(),
            emptied: BTreeMap::new(),
            forgotten: head,
            forgotten_replies: head,
            history,
        }
    }

    /// Forgets all entries, and that there were any up to `head`.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn skip_to(&mut self, head: u64) {
        *self = Self::new(head, self.history);
    }

    /// Returns how many entries are kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the bytes of the kept entries.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns, for a connection, the number up to which entries of a channel may be missing.
    pub(crate) fn missing(&self, connection: &str) -> impl Fn(&str) -> u64 {
        let replies = self.channels.get(&*replies_to(connection));
        let replies = replies.map_or(self.forgotten_replies, |replies| replies.missing);
        move |channel| {
            let channel = self.channels.get(channel);
            let missing = channel.map_or(self.forgotten, |channel| channel.missing);
            missing.max(replies)
        }
    }

    /// Returns the kept entries after one number and up to another.
    pub(crate) fn between(&self, after: u64, until: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let range = self.entries.range(after.saturating_add(1)..);
        range
            .take_while(move |(seq, _)| **seq <= until)
            .map(|(seq, archived)| (*seq, &archived.entry))
    }

    /// Takes an entry that was pushed out of the window.
    pub(crate) fn push(
        &mut self,
        Pushed {
            seq,
            published,
            entry,
        }: Pushed,
    ) {
        let (name, length) = (name(&entry), entry.frame.len());
        self.bytes += length;
        self.entries.insert(seq, Archived { entry, published });
        let forgotten = self.forgotten_of(&name);
        let known = self.channels.entry(Arc::clone(&name));
        let channel = known.or_insert_with(|| Channel::new(forgotten));
        if channel.seqs.is_empty() {
            self.emptied.remove(&channel.missing);
        } else {
            self.by_share
                .remove(&(channel.share(self.history.total), Arc::clone(&name)));
        }
        channel.seqs.push_back(seq);
        channel.bytes += length;
        self.by_share
            .insert((channel.share(self.history.total), Arc::clone(&name)));
        while self.is_beyond_history(&name) {
            self.remove_oldest(&name);
        }
        // The channel with the most gives way, so that many channels with little keep theirs.
        while self.is_beyond_capacity()
            && let Some((_, largest)) = self.by_share.last()
        {
            let largest = Arc::clone(largest);
            self.remove_oldest(&largest);
        }
    }

    /// Removes the entries that are too old, but not more than `most` of them.
    pub(crate) fn expire(&mut self, now: Instant, most: usize) {
        for _ in 0..most {
            let oldest = self.entries.first_key_value();
            let Some((_, oldest)) = oldest.filter(|(_, oldest)| {
                now.saturating_duration_since(oldest.published) > self.history.age
            }) else {
                return;
            };
            let name = name(&oldest.entry);
            self.remove_oldest(&name);
        }
    }

    fn is_beyond_history(&self, channel: &str) -> bool {
        let most = self.history.channel;
        self.channels
            .get(channel)
            .is_some_and(|channel| channel.seqs.len() > most.events || channel.bytes > most.bytes)
    }

    fn is_beyond_capacity(&self) -> bool {
        let most = self.history.total;
        self.entries.len() > most.events || self.bytes > most.bytes
    }

    /// Removes the oldest entry of a channel.
    fn remove_oldest(&mut self, name: &Arc<str>) {
        let Some(channel) = self.channels.get_mut(name) else {
            return;
        };
        let share = channel.share(self.history.total);
        let Some(seq) = channel.seqs.pop_front() else {
            return;
        };
        self.by_share.remove(&(share, Arc::clone(name)));
        if let Some(Archived { entry, .. }) = self.entries.remove(&seq) {
            channel.bytes -= entry.frame.len();
            self.bytes -= entry.frame.len();
        }
        channel.missing = seq;
        if channel.seqs.is_empty() {
            channel.seqs = VecDeque::new();
            self.emptied.insert(seq, Arc::clone(name));
            self.forget_emptied();
        } else {
            let share = channel.share(self.history.total);
            self.by_share.insert((share, Arc::clone(name)));
        }
    }

    /// Bounds what is known of channels that no longer have entries.
    fn forget_emptied(&mut self) {
        while self.emptied.len() > self.history.total.events
            && let Some((missing, channel)) = self.emptied.pop_first()
        {
            self.channels.remove(&channel);
            let forgotten = if is_of_replies(&channel) {
                &mut self.forgotten_replies
            } else {
                &mut self.forgotten
            };
            *forgotten = missing.max(*forgotten);
        }
    }

    fn forgotten_of(&self, name: &str) -> u64 {
        if is_of_replies(name) {
            self.forgotten_replies
        } else {
            self.forgotten
        }
    }
}

/// Returns the name under which an entry is counted.
fn name(entry: &Entry) -> Arc<str> {
    match &entry.only {
        Some(connection) => replies_to(connection),
        None => Arc::clone(&entry.channel),
    }
}

/// Returns the name of the replies to a connection. No channel's name begins with `@`.
fn replies_to(connection: &str) -> Arc<str> {
    format!("@{connection}").into()
}

fn is_of_replies(name: &str) -> bool {
    name.starts_with('@')
}

impl Channel {
    fn new(missing: u64) -> Self {
        Self {
            seqs: VecDeque::new(),
            bytes: 0,
            missing,
        }
    }

    /// Returns the channel's share of the total, in bytes. Each event counts as at least its part of
    /// them, so that both bounds are shared.
    fn share(&self, total: Capacity) -> usize {
        let each = total.bytes / total.events.max(1);
        self.bytes
            .saturating_add(self.seqs.len().saturating_mul(each))
    }
}

#[cfg(test)]
mod tests;
