//! What a tab has had beyond the log that it now follows.

mod had;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::rc::Rc;

use super::entry::{Entry, Fact};
use crate::hash::HashMap;
use had::{Events, Had};

pub(super) use had::News;

/// So many events are remembered, in all channels together. More are there only if leaders follow each other
/// without a new event. Behind so many new events of a channel, nothing of another log is waited for any more.
const REMEMBERED: usize = 4096;

/// Events that may come again, each channel's in the order in which they were had.
#[derive(Debug, Default)]
pub(super) struct Seen {
    channels: HashMap<Box<str>, Had>,
    /// At most so many events come before those that are `ahead`.
    forgotten: u64,
    /// The position behind the events that are `ahead`.
    behind: Box<str>,
    /// Counts what was added, so that the oldest can be told.
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

    /// Adds what was had beyond the part that the log from now on has in common with the one before. Says
    /// whether something was missing in it.
    pub(super) fn add_beyond(&mut self, entries: VecDeque<Rc<Entry>>) -> bool {
        // Of these too some may have been forgotten.
        self.forgotten += entries.len() as u64;
        let (whole, behind_break) = split_at_break(entries);
        let is_broken = !behind_break.is_empty();
        for (channel, mut events) in by_channel(whole) {
            let had = self.of(&channel);
            // What was still to come comes behind it: it would not be in its place if it did not.
            events.append(core::mem::take(&mut had.beyond));
            had.beyond = events;
        }
        self.add_others(behind_break);
        self.keep_within_bounds();
        is_broken
    }

    /// The same where the tab does not keep all of that, but only these, up to a position, and so many come
    /// before them.
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

    /// Whether something of this channel is still to come again that was had.
    pub(super) fn is_ahead(&self, channel: &str) -> bool {
        let had = self.channels.get(channel);
        had.is_some_and(|had| !had.ahead.is_empty())
    }

    /// The log goes on from a position. If that is behind what the tab has had, nothing comes again.
    pub(super) fn resume(&mut self, position: &str) {
        if *self.behind == *position {
            self.wait_no_longer(None);
        }
    }

    /// There is a gap, in one channel or in all: what is remembered of it may not come again, and what comes
    /// need not be what was forgotten.
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

    /// The connection begins with a channel now: nothing of it that was still to come again comes in its
    /// place. Says whether there was something, and so something is missing.
    pub(super) fn begins_anew(&mut self, channel: &str) -> bool {
        let age = self.age();
        let had = self.channels.get_mut(channel);
        had.is_some_and(|had| had.wait_for_none(age))
    }

    /// Adds what was had on another log.
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
                // What is still to come of that log comes behind what has come again.
                events.append(core::mem::take(&mut other.events));
                other.events = events;
                other.age = age;
            } else {
                had.add_elsewhere(events, age);
            }
        }
        // The next log may begin anywhere once more.
        for other in self
            .channels
            .values_mut()
            .flat_map(|had| &mut had.elsewhere)
        {
            (other.is_found, other.passed) = (false, 0);
        }
        self.keep_within_bounds();
    }

    /// Adds what may not come again.
    fn add_others(&mut self, entries: VecDeque<Rc<Entry>>) {
        let age = self.age();
        for (channel, events) in by_channel(entries) {
            self.of(&channel).add_elsewhere(events, age);
        }
    }

    /// Forgets the oldest of what is too much.
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

    /// What an event is to this tab.
    pub(super) fn check(&mut self, entry: &Entry) -> News {
        // Nearly always there is nothing.
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

/// The events with an ID, by their channels. Without an ID nothing is resumed: what looks the same is another
/// event.
fn by_channel(entries: VecDeque<Rc<Entry>>) -> impl Iterator<Item = (Box<str>, Events)> {
    // The same map as that of what was had, so that there is one in the program.
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

/// Divides what is known to come again from what may not.
fn split_at_break(mut entries: VecDeque<Rc<Entry>>) -> (VecDeque<Rc<Entry>>, VecDeque<Rc<Entry>>) {
    let whole = entries.iter().take_while(|entry| !is_break(entry)).count();
    let behind_break = entries.split_off(whole);
    (entries, behind_break)
}

/// Events may be missing there, which the log from now on may have.
fn is_break(entry: &Entry) -> bool {
    matches!(entry.fact, Fact::Gap(_) | Fact::Left(_))
}
