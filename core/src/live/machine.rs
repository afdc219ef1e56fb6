//! The machine of a live state.

use std::collections::VecDeque;

use super::config::LiveConfig;
use super::io::{Freshness, Input, LoadId, Output, Refusal};
use super::load::{Buffer, Received, Running};
use super::stamps::{Place, Shown, Stamp};
use crate::connection::{Instant, part};

/// What the stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It has never been open.
    Unopened,
    Open,
    Lost,
    Closed {
        failed: bool,
    },
}

/// Decides when to load, which events to apply, and how fresh the state is.
///
/// `S` is a snapshot and `E` an event; the machine looks into neither.
#[derive(Debug)]
pub struct Live<S, E> {
    pub(super) config: LiveConfig,
    pub(super) link: Link,
    freshness: Freshness,
    pub(super) has_state: bool,
    /// Whether loading was given up.
    pub(super) given_up: bool,
    /// Whether a gap followed the snapshot that is shown. A restarted server may then count anew.
    pub(super) is_renumbered: bool,
    pub(super) shown: Shown,
    /// The position of the last event.
    pub(super) received: Option<Received>,
    pub(super) buffer: Buffer<E>,
    pub(super) running: Option<Running>,
    /// The time at which a load that is needed may begin.
    pub(super) due: Option<Instant>,
    last_load: Option<Instant>,
    /// The number of loads in a row that have failed or were refused.
    pub(super) failures: u32,
    /// The number of loads in a row that were refused as older.
    pub(super) refusals: u32,
    /// The number of gaps that this side has caused, and the time of the last.
    strain: (u32, Instant),
    created: Instant,
    next_id: u32,
    pub(super) outputs: VecDeque<Output<S, E>>,
}

impl<S, E> Live<S, E> {
    /// Creates a live state that waits for its stream to open.
    #[must_use]
    pub fn new(now: Instant, config: LiveConfig) -> Self {
        Self {
            link: Link::Unopened,
            freshness: Freshness::Loading,
            has_state: false,
            given_up: false,
            is_renumbered: false,
            shown: Shown::default(),
            received: None,
            buffer: Buffer::new(config.capacity),
            running: None,
            due: None,
            last_load: None,
            failures: 0,
            refusals: 0,
            strain: (0, now),
            created: now,
            next_id: 0,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Takes in what has happened. `random` is a random number in 0..1.
    pub fn handle(&mut self, now: Instant, random: f64, input: Input<S, E>) {
        match input {
            Input::Open => self.open(now),
            Input::Lost => {
                if self.link == Link::Open {
                    self.link = Link::Lost;
                }
            }
            Input::Gap => {
                self.buffer.clear();
                if let Some(received) = &mut self.received {
                    received.is_before_gap = true;
                }
                self.is_renumbered = true;
                self.refusals = 0;
                self.given_up = false;
                self.need(now + part(self.config.jitter, random));
            }
            Input::Closed { failed } => {
                self.abort();
                self.due = None;
                self.link = Link::Closed { failed };
            }
            Input::Event(stamp, event) => self.event(now, random, stamp, event),
            Input::Loaded(id, loaded) => self.loaded(now, random, id, loaded),
            Input::LoadFailed { id, is_final } => {
                if self.running.take_if(|running| running.id == id).is_some() {
                    self.fail(now, random, is_final);
                }
            }
            Input::NotApplied => {
                // A load contains these events. Applying them to a state that lacks another would be wrong.
                self.outputs
                    .retain(|output| !matches!(output, Output::Apply(_)));
                self.strain(now, random);
            }
            Input::Reload => {
                self.given_up = false;
                self.failures = 0;
                self.due = None;
                if self.running.is_none() {
                    self.need(now);
                }
            }
            Input::Timeout => self.time_out(now, random),
        }
        self.advance(now);
        self.settle(now);
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output<S, E>> {
        self.outputs.pop_front()
    }

    /// Returns how fresh the state is.
    #[must_use]
    pub const fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// Returns the time at which to pass in [`Input::Timeout`].
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if let Some(running) = &self.running {
            return Some(running.begun + self.config.load_timeout);
        }
        match self.link {
            Link::Open => self.due,
            Link::Unopened | Link::Lost if !self.has_state && !self.given_up => {
                let patient = self.created + self.config.open_patience;
                Some(self.due.map_or(patient, |due| due.max(patient)))
            }
            Link::Unopened | Link::Lost | Link::Closed { .. } => None,
        }
    }

    fn open(&mut self, now: Instant) {
        let before = core::mem::replace(&mut self.link, Link::Open);
        if before == Link::Unopened {
            // Events before the stream opened are in no load that began earlier.
            self.need(now);
        }
    }

    fn event(&mut self, now: Instant, random: f64, stamp: Stamp, event: E) {
        if let Some(position) = &stamp.position {
            self.received = Some(Received {
                position: position.clone(),
                is_before_gap: false,
            });
        }
        if !self.has_state || self.running.is_some() || self.due.is_some() {
            if let Some((number, dropped)) = self.buffer.push(stamp, event)
                && let Some(running) = &mut self.running
                && number >= running.first
            {
                running.dropped = Some(dropped);
            }
            return;
        }
        self.buffer.skip();
        match self.shown.place(&stamp) {
            Place::Contained => {}
            Place::New | Place::Untold => self.apply(stamp, event),
            Place::OtherLog => {
                self.buffer.push(stamp, event);
                self.strain(now, random);
            }
        }
    }

    pub(super) fn apply(&mut self, stamp: Stamp, event: E) {
        self.shown.apply(stamp);
        self.outputs.push_back(Output::Apply(event));
    }

    /// Makes a load begin at that time, unless one is due already.
    pub(super) fn need(&mut self, at: Instant) {
        self.abort();
        if matches!(self.link, Link::Closed { .. }) {
            return;
        }
        let earliest = self.last_load.map(|last| last + self.config.min_interval);
        self.due
            .get_or_insert(earliest.map_or(at, |earliest| earliest.max(at)));
    }

    /// Makes a load begin after a gap that this side has caused. If such gaps follow one another, the waits
    /// grow.
    pub(super) fn strain(&mut self, now: Instant, random: f64) {
        let (count, last) = self.strain;
        let is_over = now - last > self.config.max_backoff * 2;
        let count = if is_over { 1 } else { count + 1 };
        self.strain = (count, now);
        self.need(now + self.config.wait_after(count, random));
    }

    /// Makes another load follow one that failed.
    pub(super) fn fail(&mut self, now: Instant, random: f64, is_final: bool) {
        self.failures += 1;
        self.given_up = is_final;
        if !is_final {
            self.need(now + self.config.wait_after(self.failures, random));
        }
    }

    fn abort(&mut self) {
        if let Some(running) = self.running.take() {
            self.outputs.push_back(Output::Abort(running.id));
        }
    }

    fn time_out(&mut self, now: Instant, random: f64) {
        let limit = self.config.load_timeout;
        if (self.running.as_ref()).is_some_and(|running| now >= running.begun + limit) {
            self.abort();
            self.outputs.push_back(Output::Refused(Refusal::Slow));
            self.fail(now, random, false);
        }
    }

    /// Begins a load that is due.
    fn advance(&mut self, now: Instant) {
        if self.running.is_some() || self.given_up {
            return;
        }
        let is_patient = self.has_state || now < self.created + self.config.open_patience;
        match self.link {
            Link::Open => {}
            Link::Unopened if !is_patient => self.due = self.due.or(Some(now)),
            Link::Lost if !is_patient => {}
            Link::Unopened | Link::Lost | Link::Closed { .. } => return,
        }
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        self.due = None;
        self.last_load = Some(now);
        self.next_id += 1;
        let id = LoadId(self.next_id);
        self.running = Some(Running {
            id,
            begun: now,
            first: self.buffer.next_number(),
            received: self.received.clone(),
            dropped: None,
        });
        self.outputs.push_back(Output::Load(id));
    }

    /// Brings the freshness up to date.
    fn settle(&mut self, now: Instant) {
        let has_failed = self.given_up
            || match self.link {
                Link::Closed { failed } => failed || !self.has_state,
                Link::Unopened | Link::Open | Link::Lost => false,
            };
        let is_behind = self.running.is_some() || self.due.is_some() || self.link != Link::Open;
        self.freshness = match self.freshness {
            _ if has_failed => Freshness::Failed,
            _ if !self.has_state => Freshness::Loading,
            _ if !is_behind => Freshness::Live,
            Freshness::Stale { since } => Freshness::Stale { since },
            Freshness::Loading | Freshness::Live | Freshness::Failed => {
                Freshness::Stale { since: now }
            }
        };
    }
}
