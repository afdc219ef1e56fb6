//! Channels that begin after an event of the past.
//!
//! The log of all tabs answers where it has everything of the channel since. Otherwise the server is asked, if
//! no tab has the channel yet, and a gap stands before the channel's new events if some tab has.

use std::collections::VecDeque;
use std::rc::Rc;

use super::claim::Wants;
use super::{Output, Position, Tab};
use crate::tabs::entry::{Entry, Fact, Start};
use crate::tabs::log::Found;
use crate::tabs::message::{Body, Replay};
use crate::tabs::term::TabId;

impl Tab {
    /// Begins a channel after an event, once [`ask_for`](Self::ask_for) asks for it.
    pub fn start(&mut self, channel: &str, id: Box<str>) {
        self.forget_start(channel);
        self.starts.push((channel.into(), id));
    }

    /// Gives up a request for a channel to begin after an event.
    pub fn forget_start(&mut self, channel: &str) {
        take(&mut self.starts, channel);
    }

    /// Begins the channels for which that is known by now how they begin. The others receive nothing.
    pub(super) fn begin_starts(&mut self) {
        for start in self.starts.clone() {
            let found = self.log.events_after(&start);
            let leads = matches!(self.role, Position::Leading(_));
            if found.is_some() || leads && !self.asks_server(&start) {
                self.begin(&start, found);
            }
        }
    }

    /// Asks the server, as the leader, to begin a channel after an event, unless some tab has the channel.
    /// Returns whether the server is asked. An entry of the log tells of it.
    fn asks_server(&mut self, start: &Start) -> bool {
        let is_free = !self.log.standing.union.contains(&start.0);
        if is_free {
            self.replays.push(start.clone());
        }
        is_free
    }

    /// Returns the ID of the event after which the server is to begin a channel, and forgets it.
    pub fn take_replay(&mut self, channel: &str) -> Option<Box<str>> {
        take(&mut self.replays, channel)
    }

    /// Reports a gap in the channels that the previous leader's connection began after an event, because nobody
    /// knows how far they had come. Then begins the channels that have waited for a leader.
    pub(super) fn begin_as_leader(&mut self) {
        self.replays.clear();
        for channel in self.log.standing.replaying.clone() {
            self.write(Fact::Gap(Some(channel)), None);
        }
        self.end_replays();
        self.begin_starts();
    }

    /// Notes that all channels have come to where the connection is.
    pub(super) fn end_replays(&mut self) {
        if !self.log.standing.replaying.is_empty() {
            self.write(Fact::Replay(None), None);
        }
    }

    /// Answers, as the leader, how another tab's channels begin.
    pub(super) fn answer_starts(&mut self, to: TabId, channels: &Wants, starts: &[Start]) {
        for start in starts.iter().filter(|(name, _)| channels.contains(name)) {
            let found = self.log.events_after(start);
            if found.is_none() && self.asks_server(start) {
                continue;
            }
            let Position::Leading(leading) = &self.role else {
                return;
            };
            let term = leading.term;
            let (first, events) = found.unwrap_or_default();
            self.send(Body::Replay(Box::new(Replay {
                term,
                to,
                start: start.clone(),
                end: self.log.end(),
                first,
                events,
            })));
        }
    }

    pub(super) fn handle_replay(&mut self, replay: &Replay) {
        let Position::Following(following) = &self.role else {
            return;
        };
        // Where this tab's log has another end, the answer lacks what the channel has missed since, or includes
        // what the log has still to bring.
        if replay.to == self.id
            && following.leader == Some(replay.term)
            && replay.end == self.log.end()
        {
            let is_found = !replay.events.is_empty();
            let found = is_found.then(|| (replay.first, replay.events.clone()));
            self.begin(&replay.start, found);
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
        self.begin(start, Some((self.log.end(), Vec::new())));
    }

    /// Begins a channel with what the log has of it, or with a gap, unless it has begun.
    fn begin(&mut self, start: &Start, found: Option<Found>) {
        if !self.starts.contains(start) {
            return;
        }
        let (channel, _) = start;
        self.forget_start(channel);
        self.seen.forget(channel);
        self.served.insert(channel.clone());
        // A gap that was told to all channels was not told to this one.
        self.was_told_of_gap = false;
        let after = found.as_ref().map_or(self.log.end(), |(first, _)| *first);
        self.note_beginning(channel, after);
        let Some((_, events)) = found else {
            return self.gap_in(channel);
        };
        for entry in events.into_iter().skip(1) {
            let output = match &entry.fact {
                Fact::Skipped { error, .. } => Output::Skipped(channel.clone(), error.clone()),
                _ => Output::Event(entry),
            };
            self.outputs.push_back(output);
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
}

/// Removes a channel, and returns its ID.
#[inline(never)]
fn take(starts: &mut Vec<Start>, channel: &str) -> Option<Box<str>> {
    let at = starts.iter().position(|(name, _)| **name == *channel)?;
    Some(starts.swap_remove(at).1)
}

/// Whether a channel is among those that are to begin after an event.
#[inline(never)]
pub(super) fn is_among(starts: &[Start], channel: &str) -> bool {
    starts.iter().any(|(name, _)| **name == *channel)
}
