//! The judgement of what a load has answered.

use std::collections::VecDeque;

use super::io::{LoadId, Loaded, Output, Refusal};
use super::machine::Live;
use super::order::Order;
use super::stamps::{Place, Stamp, order};
use crate::connection::Instant;

/// The number of answers in a row that are refused as older after a gap. Then the server has gone back for
/// good, for example to a backup.
const REFUSALS: u32 = 5;

/// The position of the last event.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) position: String,
    /// Whether a gap followed. A restarted server may then count anew, or in another log.
    pub(super) is_before_gap: bool,
}

/// A load under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) id: LoadId,
    pub(super) begun: Instant,
    /// The number of the first event that arrives after the load began.
    pub(super) first: u64,
    /// The position of the last event before the load began.
    pub(super) received: Option<Received>,
    /// The newest event since the load began that there was no room for.
    pub(super) dropped: Option<Stamp>,
}

/// The events that wait for a load, each with its number.
#[derive(Debug)]
pub(super) struct Buffer<E> {
    entries: VecDeque<(u64, Stamp, E)>,
    capacity: usize,
    next: u64,
}

impl<E> Buffer<E> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity: capacity.max(1),
            next: 0,
        }
    }

    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Counts an event that is not kept.
    pub(super) fn skip(&mut self) {
        self.next += 1;
    }

    /// Keeps an event. If there is no room, drops the oldest and returns its number and stamp.
    pub(super) fn push(&mut self, stamp: Stamp, event: E) -> Option<(u64, Stamp)> {
        let is_full = self.entries.len() == self.capacity;
        let dropped = is_full.then(|| self.entries.pop_front()).flatten();
        self.entries.push_back((self.next, stamp, event));
        self.next += 1;
        dropped.map(|(number, stamp, _)| (number, stamp))
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    fn front(&self) -> Option<&str> {
        self.entries.front()?.1.position.as_deref()
    }
}

impl<S, E> Live<S, E> {
    pub(super) fn loaded(&mut self, now: Instant, random: f64, id: LoadId, loaded: Loaded<S>) {
        let Some(running) = self.running.take_if(|running| running.id == id) else {
            return;
        };
        let (position, versions) = (loaded.position.as_deref(), loaded.versions.as_deref());
        let may_go_back = self.is_renumbered && self.refusals >= REFUSALS;
        let is_behind = self.has_state && self.shown.is_behind(position, versions);
        if (is_behind && !may_go_back) || self.misses_events(position, &running, may_go_back) {
            self.refusals += 1;
            self.outputs.push_back(Output::Refused(Refusal::Older));
            self.fail(now, random, false);
            return;
        }
        let has_overflown = running
            .dropped
            .is_some_and(|dropped| !reaches(position, dropped.position.as_deref()));
        self.shown.replace(loaded.position, loaded.versions);
        self.outputs.push_back(Output::Replace(loaded.state));
        self.has_state = true;
        self.is_renumbered = false;
        // The snapshot's position counts from here on, perhaps of a server that counts anew.
        self.received.take_if(|received| received.is_before_gap);
        (self.failures, self.refusals) = (0, 0);
        if has_overflown {
            self.outputs.push_back(Output::Refused(Refusal::Overflow));
            self.strain(now, random);
        } else {
            self.apply_kept(now, random, running.first);
        }
    }

    /// Returns whether the snapshot may lack events from before the load began. It lacks none if it reaches
    /// the oldest event that was kept, since all later ones were kept too.
    fn misses_events(&self, position: Option<&str>, running: &Running, may_go_back: bool) -> bool {
        let Some(received) = &running.received else {
            return false;
        };
        let is_missing = match order(position, Some(&received.position)) {
            Order::Before => !(received.is_before_gap && may_go_back),
            Order::OtherLog => !received.is_before_gap,
            Order::Same | Order::After | Order::Unknown => false,
        };
        is_missing && !reaches(position, self.buffer.front())
    }

    /// Applies the kept events that the snapshot doesn't contain.
    fn apply_kept(&mut self, now: Instant, random: f64, first: u64) {
        let mut entries = core::mem::take(&mut self.buffer.entries);
        let position = self.shown.position.as_deref();
        let is_snapshots = |(_, stamp, _): &(u64, Stamp, E)| {
            position.is_some() && stamp.position.as_deref() == position
        };
        // Where positions have no order, the event of the snapshot's own position still parts the others.
        let contained = entries.iter().rposition(is_snapshots);
        entries.drain(..contained.map_or(0, |last| last + 1));
        let mut is_other_log = false;
        for (number, stamp, event) in entries {
            let place = self.shown.place(&stamp);
            match place {
                // Events of another log precede those of the snapshot's.
                Place::Contained => is_other_log = false,
                Place::New => {
                    is_other_log = false;
                    self.apply(stamp, event);
                }
                // Without a position or a version, the time of arrival decides.
                Place::Untold if number >= first => self.apply(stamp, event),
                Place::Untold => {}
                Place::OtherLog => is_other_log = true,
            }
        }
        if is_other_log {
            self.strain(now, random);
        }
    }
}

/// Returns whether a snapshot of that position contains the event of another.
fn reaches(position: Option<&str>, other: Option<&str>) -> bool {
    matches!(order(position, other), Order::Same | Order::After)
}
