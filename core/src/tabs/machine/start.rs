//! Channels that begin after an event of the past.
//!
//! The log of all tabs answers where it has everything of the channel since. Otherwise the server is asked, if
//! no tab has the channel yet, and a gap stands before the channel's new events if some tab has.

use std::collections::VecDeque;
use std::rc::Rc;

use super::claim::Wants;
use super::{Output, Position, Tab};
use crate::tabs::entry::{Entry, Fact, Start};
use crate::tabs::message::{Body, Replay};
use crate::tabs::term::TabId;

/// The entry at which a channel begins, and what a log has of the channel after it, with their indexes.
type Events = Vec<(u64, Rc<Entry>)>;

impl Tab {
    /// Begins a channel of `wants` after an event. The channel receives nothing until it is known how.
    pub(super) fn begin_after(&mut self, start: Start) {
        self.forget_start(&start.0);
        self.starts.push(start.clone());
        let decided = match &self.role {
            Position::Leading(_) => self.decide(&start),
            _ => self.log.events_after(&start).map(Some),
        };
        if let Some(events) = decided {
            self.begin(&start, events);
        }
    }

    /// Begins the channels that have waited for a leader, which is this tab now. Channels that the previous
    /// leader's connection began after an event have a gap, because nobody knows how far they had come.
    pub(super) fn begin_as_leader(&mut self) {
        self.replays.clear();
        let replaying = self.log.standing.replaying.clone();
        let has_any = !replaying.is_empty();
        for channel in replaying {
            self.write(Fact::Gap(Some(channel)), None);
        }
        if has_any {
            self.write(Fact::Replay(None), None);
        }
        for start in core::mem::take(&mut self.starts) {
            self.begin_after(start);
        }
    }

    /// Decides, as the leader, how a channel begins: with these events, or with a gap. Returns `None` if the
    /// server is asked, of which an entry of the log tells.
    fn decide(&mut self, start: &Start) -> Option<Option<Events>> {
        let events = self.log.events_after(start);
        if events.is_none() && !self.log.standing.union.contains(&start.0) {
            self.replays.push(start.clone());
            return None;
        }
        Some(events)
    }

    /// Answers, as the leader, how another tab's channels begin.
    pub(super) fn answer_starts(&mut self, to: TabId, channels: &Wants, starts: &[Start]) {
        for start in starts {
            if channels.contains(&start.0)
                && let Some(events) = self.decide(start)
                && let Position::Leading(leading) = &self.role
            {
                let term = leading.term;
                self.send(Body::Replay(Box::new(Replay {
                    term,
                    to,
                    start: start.clone(),
                    end: self.log.end(),
                    events,
                })));
            }
        }
    }

    pub(super) fn handle_replay(&mut self, replay: &Replay) {
        let Position::Following(following) = &self.role else {
            return;
        };
        // An answer that ends before this tab's log does was given to an earlier request, and lacks what the
        // channel has missed since.
        if replay.to == self.id
            && following.leader == Some(replay.term)
            && replay.end >= self.log.end()
        {
            self.begin(&replay.start, replay.events.clone());
        }
    }

    /// Begins the channel that the server was asked to begin. If this tab's subscribers have the channel
    /// already, they don't receive again what they have had of it.
    pub(super) fn handle_replay_entry(&mut self, start: &Start) {
        if self.receives(&start.0) {
            let begun = self.begun.iter().find(|(name, _)| *name == start.0);
            let after = begun.map_or(0, |(_, after)| *after);
            let had = self.log.events_of(&start.0, after).cloned();
            self.seen.add_others(had.collect());
        }
        self.begin(start, Some(Vec::new()));
    }

    /// Begins the channels of which this tab's log has everything by now.
    pub(super) fn begin_found(&mut self) {
        for start in self.starts.clone() {
            if let Some(events) = self.log.events_after(&start) {
                self.begin(&start, Some(events));
            }
        }
    }

    /// Begins a channel with these events, or with a gap, unless it has begun.
    pub(super) fn begin(&mut self, start: &Start, events: Option<Events>) {
        let Some(at) = self.starts.iter().position(|other| other == start) else {
            return;
        };
        let first = events.as_ref().and_then(|events| events.first());
        if first.is_some_and(|(index, _)| *index > self.log.end()) {
            // This tab's log has still to come there.
            return;
        }
        let after = first.map_or(self.log.end(), |(index, _)| *index);
        self.note_beginning(&start.0, after);
        self.starts.swap_remove(at);
        let (channel, _) = start;
        self.seen.forget(channel);
        self.served.insert(channel.clone());
        // A gap that was told to all channels was not told to this one.
        self.was_told_of_gap = false;
        let Some(events) = events else {
            return self.gap_in(channel);
        };
        for (index, entry) in events.into_iter().skip(1) {
            // The log has still to bring the entries that are missing here.
            if index > self.log.end() {
                break;
            }
            match &entry.fact {
                Fact::Skipped { error, .. } => {
                    let skipped = Output::Skipped(channel.clone(), error.clone());
                    self.outputs.push_back(skipped);
                }
                _ => self.outputs.push_back(Output::Event(entry)),
            }
        }
    }

    /// Notes after which entry of the log the subscribers of a channel receive its events.
    pub(super) fn note_beginning(&mut self, channel: &str, after: u64) {
        self.begun.retain(|(name, _)| **name != *channel);
        if self.log.events_of(channel, 0).next().is_some() {
            self.begun.push((channel.into(), after));
        }
    }

    /// Returns those of the last entries of a log, which had this end, that this tab's present subscribers may
    /// have had.
    pub(super) fn had_of(&self, entries: VecDeque<Rc<Entry>>, end: u64) -> VecDeque<Rc<Entry>> {
        let first = end + 1 - entries.len() as u64;
        let is_had = |(entry, index): &(Rc<Entry>, u64)| match &entry.fact {
            Fact::Event { channel, .. } => {
                let is_before = |(name, after): &(Box<str>, u64)| name == channel && index <= after;
                !self.begun.iter().any(is_before)
            }
            _ => true,
        };
        let had = entries.into_iter().zip(first..).filter(is_had);
        had.map(|(entry, _)| entry).collect()
    }

    /// Whether this tab's subscribers receive what the log has of a channel.
    pub(super) fn receives(&self, channel: &str) -> bool {
        self.wants.contains(channel) && !is_among(&self.starts, channel)
    }

    /// Gives up a request for a channel to begin after an event.
    pub fn forget_start(&mut self, channel: &str) {
        self.starts.retain(|(name, _)| **name != *channel);
    }

    /// Returns the ID of the event after which the server is to begin a channel, and forgets it.
    pub fn take_replay(&mut self, channel: &str) -> Option<Box<str>> {
        let at = self
            .replays
            .iter()
            .position(|(name, _)| **name == *channel)?;
        Some(self.replays.swap_remove(at).1)
    }
}

/// Whether a channel is among those that are to begin after an event.
pub(super) fn is_among(starts: &[Start], channel: &str) -> bool {
    starts.iter().any(|(name, _)| **name == *channel)
}
