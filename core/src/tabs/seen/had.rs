//! What a tab has had of one channel, and may be handed again.

use std::collections::VecDeque;
use std::rc::Rc;

use super::REMEMBERED;
use crate::hash::hash_of;
use crate::tabs::entry::{Entry, Fact};
use crate::tabs::sorted::Set;

/// What an event is to a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tabs) enum News {
    New,
    /// It was had.
    Again,
    /// It was not had, and does not come where it should: something else should have come again before.
    Unexpected,
}

/// What was had of one channel.
#[derive(Debug, Default)]
pub(super) struct Had {
    /// The next leader resumes from what it knows. What a tab alone has had behind that comes to it a
    /// second time, in its place and before anything new.
    pub(super) beyond: Events,
    /// The last of what a tab alone has had where that was more than it keeps. The log begins before these,
    /// with what it has forgotten.
    pub(super) ahead: Events,
    /// What was had on logs that have nothing to do with the present one, which may begin anywhere: for each
    /// log what was had on it.
    pub(super) elsewhere: Vec<Elsewhere>,
}

/// What was had on another log.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) events: Events,
    /// Something of it has come again: the present log has come to where the tab was on that one.
    pub(super) is_found: bool,
    /// So many new events have come meanwhile.
    pub(super) passed: usize,
    pub(super) age: u64,
}

/// Events in their order.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) entries: VecDeque<Rc<Entry>>,
    /// The hashes of their IDs, and perhaps of some that are gone: nearly every event that is looked for is
    /// new, and its ID is not among these.
    ids: Set<u64>,
}

impl Events {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, entry: Rc<Entry>) {
        self.ids.insert(hash_of(entry.event_id()));
        self.entries.push_back(entry);
    }

    pub(super) fn append(&mut self, mut others: Self) {
        if self.is_empty() {
            *self = others;
            return;
        }
        self.entries.append(&mut others.entries);
        for id in others.ids {
            self.ids.insert(id);
        }
    }

    pub(super) fn find(&self, entry: &Entry) -> Option<usize> {
        if !self.ids.contains(&hash_of(entry.event_id())) {
            return None;
        }
        self.entries.iter().position(|had| is_same(had, entry))
    }

    /// Takes out what comes behind a place, and forgets what comes before.
    pub(super) fn split_behind(&mut self, place: usize) -> Self {
        let events = core::mem::take(self);
        let mut behind = Self::default();
        for entry in events.entries.into_iter().skip(place + 1) {
            behind.push(entry);
        }
        behind
    }
}

impl Had {
    pub(super) fn is_empty(&self) -> bool {
        self.beyond.is_empty() && self.ahead.is_empty() && self.elsewhere.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        let elsewhere = self.elsewhere.iter().map(|other| other.events.len());
        self.beyond.len() + self.ahead.len() + elsewhere.sum::<usize>()
    }

    pub(super) fn add_elsewhere(&mut self, events: Events, age: u64) {
        if !events.is_empty() {
            self.elsewhere.push(Elsewhere {
                events,
                is_found: false,
                passed: 0,
                age,
            });
        }
    }

    /// What is still to come again need not be in its place any more. Says whether there was something.
    pub(super) fn wait_for_none(&mut self, age: u64) -> bool {
        let mut events = core::mem::take(&mut self.ahead);
        events.append(core::mem::take(&mut self.beyond));
        let any = !events.is_empty();
        self.add_elsewhere(events, age);
        any
    }

    /// The same of what was had and forgotten, and of what was had behind that.
    pub(super) fn wait_for_none_ahead(&mut self, age: u64) {
        let ahead = core::mem::take(&mut self.ahead);
        self.add_elsewhere(ahead, age);
    }

    /// Something new has come. Where the log has gone beyond what was found again, what looks the same from
    /// now on is another event.
    pub(super) fn pass(&mut self) {
        self.elsewhere.retain_mut(|other| {
            other.passed += 1;
            !other.is_found && other.passed < REMEMBERED
        });
    }

    pub(super) fn check(&mut self, entry: &Entry, forgotten: &mut u64, age: u64) -> News {
        for other in &mut self.elsewhere {
            if let Some(found) = other.events.find(entry) {
                // What it had before is behind it.
                other.events = other.events.split_behind(found);
                other.is_found = true;
                return News::Again;
            }
        }
        if let Some(found) = self.ahead.find(entry) {
            // From here on everything is known.
            let mut beyond = self.ahead.split_behind(found);
            beyond.append(core::mem::take(&mut self.beyond));
            self.beyond = beyond;
            return News::Again;
        }
        if !self.ahead.is_empty() {
            if *forgotten > 0 {
                *forgotten -= 1;
                return News::Again;
            }
        } else if let Some(found) = self.beyond.find(entry) {
            self.beyond = self.beyond.split_behind(found);
            return News::Again;
        }
        self.pass();
        if self.wait_for_none(age) {
            News::Unexpected
        } else {
            News::New
        }
    }
}

/// IDs alone do not tell: an event without one has that of the event before.
pub(super) fn is_same(had: &Entry, entry: &Entry) -> bool {
    match (&had.fact, &entry.fact) {
        (
            Fact::Event {
                channel,
                event_type,
                data,
                id,
            },
            Fact::Event {
                channel: other_channel,
                event_type: other_type,
                data: other_data,
                id: other_id,
            },
        ) => {
            id == other_id
                && channel == other_channel
                && event_type == other_type
                && data == other_data
        }
        _ => false,
    }
}
