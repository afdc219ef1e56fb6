//! A tab's copy of the log: its last entries, and the state that it has come to.

use std::collections::VecDeque;
use std::rc::Rc;

use super::codec::wire;
use super::entry::{Entry, Fact, Start};
use super::history::History;
use super::sorted::Set;
use super::term::Term;

/// About how many bytes at the log's end each tab keeps for others.
const KEPT_BYTES: usize = 1024 * 1024;

/// The state of a log at its end, as tabs tell it to each other.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The terms in which the log was written.
    pub history: History,
    /// The index of the last entry.
    pub end: u64,
    /// The position from which the connection would resume; empty if it can't.
    pub position: Box<str>,
    /// The channels that are asked for.
    pub union: Set<Box<str>>,
    /// Whether there has been a connection.
    pub opened: bool,
    /// The channels that were to begin after an event and may not have come to `position` yet.
    pub replaying: Set<Box<str>>,
}

wire!(struct Standing { history, end, position, union, opened, replaying });

impl Standing {
    /// Returns how far the log has gone, for comparison. Of two logs, that one is ahead whose last entry a
    /// later leader has written, or else the longer one.
    ///
    /// A tab that has only heard of a leader, and has no entry of that leader's, isn't ahead of tabs that
    /// haven't heard of it. If it were, they would follow its log and skip what they alone have.
    pub(super) fn reach(&self) -> (Option<Term>, u64) {
        (self.history.writer(self.end), self.end)
    }
}

/// How a tab has gone over to another log.
#[derive(Debug)]
pub(super) enum Switch {
    /// The tab goes on from the common part. These are the entries that it has had beyond it.
    Same(VecDeque<Rc<Entry>>),
    /// The tab goes on from a common part that ends before its kept entries. These are the kept entries, and
    /// the number is how many more lie in between.
    Before(VecDeque<Rc<Entry>>, u64),
    /// The logs have nothing in common, so the tab begins at the other's end. These are the entries that it
    /// has had.
    Other(VecDeque<Rc<Entry>>),
}

/// The entry at which a channel begins, and what the log has of the channel after it, with the index of the
/// first.
pub(super) type Found = (u64, Vec<Rc<Entry>>);

#[derive(Debug)]
pub(super) struct Log {
    /// How many entries are kept at most.
    limit: usize,
    pub(super) standing: Standing,
    /// The last entries.
    kept: VecDeque<Rc<Entry>>,
    bytes: usize,
    /// The position before the first kept entry.
    floor: Box<str>,
    /// The index from which on there is known to have been a position.
    positioned: u64,
}

impl Log {
    pub(super) fn new(limit: usize, position: &str) -> Self {
        let mut log = Self {
            limit,
            standing: Standing::default(),
            kept: VecDeque::new(),
            bytes: 0,
            floor: Box::default(),
            positioned: 0,
        };
        log.standing.position = position.into();
        log.note_position();
        log
    }

    fn note_position(&mut self) {
        if self.standing.position.is_empty() {
            self.positioned = self.end() + 1;
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.standing.end
    }

    pub(super) fn term(&self) -> Option<Term> {
        self.standing.history.last()
    }

    /// Whether this log has gone further than another.
    pub(super) fn is_ahead_of(&self, other: &Standing) -> bool {
        self.standing.reach() > other.reach()
    }

    pub(super) fn push(&mut self, entry: Rc<Entry>) {
        self.standing.end = self.standing.end.saturating_add(1);
        if let Some(position) = entry.position() {
            self.standing.position = position.into();
        }
        self.note_position();
        match &entry.fact {
            Fact::Added(names) => {
                self.standing.union.extend(names.iter().cloned());
                // The connection serves these channels, so it is open. A tab that is never told the state
                // learns it here.
                self.standing.opened |= entry.position.is_some() && !names.is_empty();
            }
            Fact::Left(names) => {
                self.standing.union.remove_all(names);
                self.standing.replaying.remove_all(names);
            }
            Fact::End { channel, .. } => {
                self.standing.union.remove(channel);
                self.standing.replaying.remove(channel);
            }
            Fact::Replay(Some((channel, _))) => {
                self.standing.replaying.insert(channel.clone());
            }
            Fact::Replay(None) => self.standing.replaying = Set::new(),
            Fact::Event { .. } => self.standing.opened = true,
            Fact::Gap(_) | Fact::Skipped { .. } | Fact::Closed(_) | Fact::Failed(_) => {}
        }
        self.bytes += entry.weight();
        self.kept.push_back(entry);
        while self.kept.len() > self.limit || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.weight();
            if let Some(position) = oldest.position() {
                self.floor = position.into();
            }
        }
    }

    /// Returns the index of the last entry before those that are kept.
    pub(super) fn before_kept(&self) -> u64 {
        self.end() - self.kept.len() as u64
    }

    /// Returns the entries after the index `after`, and the index of the first of them. There are at most
    /// `limit`, and no more after the one with which they weigh `bytes`. They begin at the first kept entry
    /// if not all are kept.
    pub(super) fn behind(&self, after: u64, limit: usize, bytes: usize) -> (u64, Vec<Rc<Entry>>) {
        let before = after.clamp(self.before_kept(), self.end());
        let skipped = usize::try_from(before - self.before_kept()).unwrap_or(usize::MAX);
        let (mut entries, mut weight) = (Vec::new(), 0);
        for entry in self.kept.iter().skip(skipped) {
            if entries.len() == limit || weight >= bytes {
                break;
            }
            weight += entry.weight();
            entries.push(Rc::clone(entry));
        }
        (before + 1, entries)
    }

    /// Returns the index of the latest event with this ID, if it is kept.
    pub(super) fn find(&self, id: &str) -> Option<u64> {
        let has_id =
            |entry: &Rc<Entry>| matches!(&entry.fact, Fact::Event { id: its, .. } if **its == *id);
        let from_the_end = self.kept.iter().rev().position(has_id)?;
        Some(self.end() - from_the_end as u64)
    }

    /// Returns the kept events of a channel after an index.
    pub(super) fn events_of<'l>(
        &'l self,
        name: &'l str,
        after: u64,
    ) -> impl Iterator<Item = &'l Rc<Entry>> {
        let skipped = after.saturating_sub(self.before_kept());
        let kept = self
            .kept
            .iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        kept.filter(
            move |entry| matches!(&entry.fact, Fact::Event { channel, .. } if **channel == *name),
        )
    }

    /// Returns what the log has of a channel from the event with this ID on. Returns `None` if that isn't all that the server has sent of the channel since.
    pub(super) fn events_after(&self, (name, id): &Start) -> Option<Found> {
        if !self.standing.union.contains(name) {
            return None;
        }
        let mut events = Vec::new();
        for (entry, back) in self.kept.iter().rev().zip(0..) {
            let (is_found, is_event) = match &entry.fact {
                Fact::Event {
                    channel, id: its, ..
                } if channel == name => (its == id, true),
                Fact::Replay(Some((channel, its))) if channel == name => {
                    // Another request began the channel elsewhere.
                    if its != id {
                        return None;
                    }
                    (true, false)
                }
                Fact::Skipped { channel, .. } => {
                    let is_meant = channel.as_ref().is_none_or(|channel| channel == name);
                    (false, is_meant)
                }
                Fact::Gap(None) => return None,
                Fact::Gap(Some(channel)) | Fact::End { channel, .. } if channel == name => {
                    return None;
                }
                Fact::Added(names) | Fact::Left(names)
                    if entry.position.is_none() && names.contains(name) =>
                {
                    return None;
                }
                _ => (false, false),
            };
            if is_found || is_event {
                events.push(Rc::clone(entry));
            }
            if is_found {
                events.reverse();
                return Some((self.end() - back, events));
            }
        }
        None
    }

    /// Follows another log from now on. The entries of that log beyond the common part are still to come.
    pub(super) fn follow(&mut self, other: &Standing) -> Switch {
        let mine = &self.standing;
        let before_kept = self.before_kept();
        match mine.history.common(mine.end, &other.history, other.end) {
            Some(common) if common >= before_kept => {
                let keep = usize::try_from(common - before_kept).unwrap_or(usize::MAX);
                let beyond = self.kept.split_off(keep);
                self.bytes -= beyond.iter().map(|entry| entry.weight()).sum::<usize>();
                let position = self.kept.iter().rev().find_map(|entry| entry.position());
                let position = position.unwrap_or(&self.floor).into();
                self.standing = Standing {
                    end: common,
                    position,
                    opened: self.standing.opened || other.opened,
                    ..other.clone()
                };
                self.note_position();
                Switch::Same(beyond)
            }
            Some(common) => {
                let had = core::mem::take(&mut self.kept);
                // The tab would resume from here if it had to by itself. The next entry tells where the log
                // is.
                let position = if common < self.positioned {
                    Box::default()
                } else {
                    mine.position.clone()
                };
                let standing = Standing {
                    end: common,
                    position,
                    opened: mine.opened || other.opened,
                    ..other.clone()
                };
                self.jump(standing);
                Switch::Before(had, before_kept - common)
            }
            None => {
                let had = core::mem::take(&mut self.kept);
                self.jump(other.clone());
                Switch::Other(had)
            }
        }
    }

    /// Goes on from elsewhere, without the entries in between.
    pub(super) fn jump(&mut self, to: Standing) {
        self.kept.clear();
        self.bytes = 0;
        self.floor.clone_from(&to.position);
        self.positioned = to.end;
        self.standing = to;
        self.note_position();
    }

    /// Returns the position before the first entry that is kept.
    pub(super) fn floor(&self) -> &str {
        &self.floor
    }

    /// Goes on after the index `end`, since the missing entries can't be had.
    pub(super) fn skip_to(&mut self, end: u64, position: &str) {
        let standing = Standing {
            end,
            position: position.into(),
            ..self.standing.clone()
        };
        self.jump(standing);
    }
}
