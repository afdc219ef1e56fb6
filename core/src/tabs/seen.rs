//! The events that a tab has had beyond the log that it now follows.

mod had;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::rc::Rc;

use super::entry::{Entry, Fact};
use crate::hash::HashMap;
use had::{Events, Had};

pub(super) use had::News;

/// How many events are remembered, in all channels together. There are more only if leaders follow each other
/// without a new event. After this many new events of a channel, the tab no longer waits for events of
/// another log.
const REMEMBERED: usize = 4096;

/// Events that may come again. Those of each channel are in the order in which they were had.
#[derive(Debug, Default)]
pub(super) struct Seen {
    channels: HashMap<Box<str>, Had>,
    /// The most events that come before those that are `ahead`.
    forgotten: u64,
    /// The position after the events that are `ahead`.
    behind: Box<str>,
    /// Counts the additions, so that the oldest can be found.
    added: u64,
}

impl Seen {
    fn of(&mut self, channel: &str) -> &mut Had {
        self.channels.entry(channel.into()).or_default()
    }

    fn age(&mut self) -> u64 {
        self.added += 1;
        self.added
    }

    /// Adds the events that were had beyond the part that the present log has in common with the previous
    /// one. Returns whether something was missing among them.
    pub(super) fn add_beyond(&mut self, entries: VecDeque<Rc<Entry>>) -> bool {
        // Some of these events may have been forgotten, too.
        self.forgotten += entries.len() as u64;
        let (whole, behind_break) = split_at_break(entries);
        let is_broken = !behind_break.is_empty();
        for (channel, mut events) in by_channel(whole) {
            let had = self.of(&channel);
            // Events that were still to come again follow these. Otherwise they would be out of place.
            events.append(core::mem::take(&mut had.beyond));
            had.beyond = events;
        }
        self.add_others(behind_break);
        self.keep_within_bounds();
        is_broken
    }

    /// Adds such events where the tab keeps only the last of them, up to a position. `between` more come
    /// before those. Returns whether something was missing among them.
    pub(super) fn add_ahead(
        &mut self,
        entries: VecDeque<Rc<Entry>>,
        between: u64,
        position: &str,
    ) -> bool {
        let (whole, behind_break) = split_at_break(entries);
        let is_broken = !behind_break.is_empty();
        self.add_elsewhere(VecDeque::new());
        for (channel, events) in by_channel(whole) {
            self.of(&channel).ahead.append(events);
        }
        self.forgotten = between;
        self.behind = position.into();
        self.add_others(behind_break);
        self.keep_within_bounds();
        is_broken
    }

    /// Whether events of this channel that are `ahead` are still to come again.
    pub(super) fn is_ahead(&self, channel: &str) -> bool {
        let had = self.channels.get(channel);
        had.is_some_and(|had| !had.ahead.is_empty())
    }

    /// Notes that the log goes on from a position. If that is after everything that the tab has had, nothing
    /// comes again.
    pub(super) fn resume(&mut self, position: &str) {
        if *self.behind == *position {
            self.wait_no_longer(None);
        }
    }

    /// Handles a gap, in one channel or in all. Remembered events may not come again, and events that come
    /// need not be forgotten ones.
    pub(super) fn wait_no_longer(&mut self, channel: Option<&str>) {
        let age = self.age();
        match channel {
            Some(channel) => {
                if let Some(had) = self.channels.get_mut(channel) {
                    had.wait_for_none_ahead(age);
                }
            }
            None => {
                for had in self.channels.values_mut() {
                    had.wait_for_none_ahead(age);
                }
            }
        }
    }

    /// Notes that the connection begins with a channel now. Events of the channel that were still to come
    /// again don't come in their places any more. Returns whether there were any, which means that events are
    /// missing.
    pub(super) fn begins_anew(&mut self, channel: &str) -> bool {
        let age = self.age();
        let had = self.channels.get_mut(channel);
        had.is_some_and(|had| had.wait_for_none(age))
    }

    /// Forgets the events of a channel, whose present subscribers have had none of them.
    pub(super) fn forget(&mut self, channel: &str) {
        self.channels.remove(channel);
    }

    /// Adds the events that were had on another log.
    pub(super) fn add_elsewhere(&mut self, entries: VecDeque<Rc<Entry>>) {
        let age = self.age();
        for had in self.channels.values_mut() {
            had.wait_for_none(age);
        }
        let age = self.age();
        for (channel, mut events) in by_channel(entries) {
            let had = self.of(&channel);
            let found = had.elsewhere.iter_mut().rev().find(|other| other.is_found);
            if let Some(other) = found {
                // The events still to come of that log follow those that have come again.
                events.append(core::mem::take(&mut other.events));
                other.events = events;
                other.age = age;
            } else {
                had.add_elsewhere(events, age);
            }
        }
        // The next log may begin anywhere, once more.
        for other in self
            .channels
            .values_mut()
            .flat_map(|had| &mut had.elsewhere)
        {
            (other.is_found, other.passed) = (false, 0);
        }
        self.keep_within_bounds();
    }

    /// Adds events that may not come again.
    pub(super) fn add_others(&mut self, entries: VecDeque<Rc<Entry>>) {
        let age = self.age();
        for (channel, events) in by_channel(entries) {
            self.of(&channel).add_elsewhere(events, age);
        }
    }

    /// Forgets the oldest events beyond the limit.
    fn keep_within_bounds(&mut self) {
        let mut excess = self.len().saturating_sub(REMEMBERED);
        while excess > 0 {
            let elsewhere = self.channels.values().flat_map(|had| &had.elsewhere);
            let Some(age) = elsewhere.map(|other| other.age).min() else {
                break;
            };
            for had in self.channels.values_mut() {
                had.elsewhere.retain(|other| other.age != age);
            }
            excess = self.len().saturating_sub(REMEMBERED);
        }
        for had in self.channels.values_mut() {
            for events in [&mut had.beyond, &mut had.ahead] {
                while excess > 0 && events.entries.pop_front().is_some() {
                    excess -= 1;
                }
            }
        }
        self.channels.retain(|_, had| !had.is_empty());
    }

    fn len(&self) -> usize {
        self.channels.values().map(Had::len).sum()
    }

    /// Returns whether an event is new to this tab.
    pub(super) fn check(&mut self, entry: &Entry) -> News {
        // Usually no events are remembered.
        if self.channels.is_empty() {
            return News::New;
        }
        let Fact::Event { channel, .. } = &entry.fact else {
            return News::New;
        };
        let age = self.added;
        let Some(had) = self.channels.get_mut(channel) else {
            return News::New;
        };
        let news = had.check(entry, &mut self.forgotten, age);
        if had.is_empty() {
            self.channels.remove(channel);
        }
        news
    }
}

/// Returns the events that have an ID, by channel. Nothing is resumed without an ID, so an event without one
/// that looks the same is another event.
fn by_channel(entries: VecDeque<Rc<Entry>>) -> impl Iterator<Item = (Box<str>, Events)> {
    // The map has the type of the one in `Seen`, so that the program contains only one such type.
    let mut by_channel: HashMap<Box<str>, Had> = HashMap::default();
    for entry in entries {
        if let Fact::Event { channel, id, .. } = &entry.fact
            && !id.is_empty()
        {
            let channel = channel.clone();
            by_channel.entry(channel).or_default().beyond.push(entry);
        }
    }
    let had = by_channel.into_iter();
    had.map(|(channel, had)| (channel, had.beyond))
}

/// Splits the entries into those known to come again and those that may not.
fn split_at_break(mut entries: VecDeque<Rc<Entry>>) -> (VecDeque<Rc<Entry>>, VecDeque<Rc<Entry>>) {
    let whole = entries.iter().take_while(|entry| !is_break(entry)).count();
    let behind_break = entries.split_off(whole);
    (entries, behind_break)
}

/// Whether events may be missing at this entry, which the present log may have.
fn is_break(entry: &Entry) -> bool {
    matches!(entry.fact, Fact::Gap(_) | Fact::Left(_))
}
