//! The events that a tab has had of one channel, and may receive again.

use std::collections::VecDeque;
use std::rc::Rc;

use super::REMEMBERED;
use crate::hash::hash_of;
use crate::tabs::entry::{Entry, Fact};
use crate::tabs::sorted::Set;

/// The verdict on an event: whether the tab has had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tabs) enum News {
    New,
    /// The tab has had the event.
    Again,
    /// The tab hasn't had the event, and another event should have come again before it.
    Unexpected,
}

/// The events that were had of one channel.
#[derive(Debug, Default)]
pub(super) struct Had {
    /// Events that only this tab has had, after what the next leader knows. That leader resumes from what it
    /// knows, so they come a second time, in their places and before anything new.
    pub(super) beyond: Events,
    /// The last of the events that only this tab has had, where there were more than it keeps. The log begins
    /// before these, with events that the tab has forgotten.
    pub(super) ahead: Events,
    /// The events that were had on logs unrelated to the present one, for each of these logs. The present log
    /// may begin anywhere.
    pub(super) elsewhere: Vec<Elsewhere>,
}

/// The events that were had on another log.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) events: Events,
    /// Whether some of the events have come again: the present log has come to where the tab was on that one.
    pub(super) is_found: bool,
    /// How many new events have come meanwhile.
    pub(super) passed: usize,
    pub(super) age: u64,
}

/// Events in their order.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) entries: VecDeque<Rc<Entry>>,
    /// The hashes of the events' IDs, and perhaps of some that are gone. Nearly every event that is looked
    /// for is new, and its ID isn't among these.
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
        self.ids.extend(others.ids);
    }

    pub(super) fn find(&self, entry: &Entry) -> Option<usize> {
        if !self.ids.contains(&hash_of(entry.event_id())) {
            return None;
        }
        self.entries.iter().position(|had| is_same(had, entry))
    }

    /// Removes and returns the events after a place, and forgets those up to it.
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

    /// No longer expects the events that are still to come again in their places. Returns whether there were
    /// any.
    pub(super) fn wait_for_none(&mut self, age: u64) -> bool {
        let mut events = core::mem::take(&mut self.ahead);
        events.append(core::mem::take(&mut self.beyond));
        let any = !events.is_empty();
        self.add_elsewhere(events, age);
        any
    }

    /// No longer expects the events that are `ahead` in their places, nor the forgotten events before them.
    pub(super) fn wait_for_none_ahead(&mut self, age: u64) {
        let ahead = core::mem::take(&mut self.ahead);
        self.add_elsewhere(ahead, age);
    }

    /// Notes that something new has come. Where the log has gone beyond events that came again, an event that
    /// looks like one of them is another event from now on.
    pub(super) fn pass(&mut self) {
        self.elsewhere.retain_mut(|other| {
            other.passed += 1;
            !other.is_found && other.passed < REMEMBERED
        });
    }

    pub(super) fn check(&mut self, entry: &Entry, forgotten: &mut u64, age: u64) -> News {
        for other in &mut self.elsewhere {
            if let Some(found) = other.events.find(entry) {
                // The log has passed the events that were had before this one.
                other.events = other.events.split_behind(found);
                other.is_found = true;
                return News::Again;
            }
        }
        if let Some(found) = self.ahead.find(entry) {
            // From here on the tab remembers every event.
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

/// Returns whether two events are the same. IDs alone don't tell: an event without one has that of the event
/// before.
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
