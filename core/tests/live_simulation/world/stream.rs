//! The stream between server and client.

use everstream_core::live::{Input, Stamp};

use super::{Happening, World};
use crate::coverage::Mark;
use crate::plan::Kind;
use crate::queue::Time;
use crate::server::{Change, position};

/// Something that arrives over a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival {
    /// The answer of the server. `resumes`: it sends what the client has missed. `early`: the client learns
    /// of the gap before it learns that the stream is open.
    Opened {
        resumes: bool,
        early: bool,
        /// The index of the first change that follows.
        from: usize,
    },
    /// The changes that follow begin with this index.
    Gap(usize),
    Change(Change),
}

/// The connection, as both ends see it.
#[allow(clippy::struct_excessive_bools)] // Each is an independent fact.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The number of the latest connection.
    number: u32,
    /// Whether the server sends over it.
    is_up: bool,
    /// Whether the client takes it for open.
    is_open: bool,
    has_been_open: bool,
    /// The index after the last change sent.
    sent: usize,
    /// The last change that the client has received.
    last: Option<Change>,
    /// The time at which the last thing sent arrives.
    arrives: Time,
    /// The server drops the next events.
    pub(super) skips: bool,
}

impl World {
    pub(super) fn stream_is_open(&self) -> bool {
        self.stream.is_open
    }

    pub(super) fn stream_last_epoch(&self) -> Option<u64> {
        self.stream.last.map(|last| last.epoch)
    }

    pub(super) fn connect(&mut self, number: u32) {
        self.stream.number = number;
        if !self.is_healthy() && self.random.one_in(4) {
            let again = self.now + self.random.within(100..=3_000);
            self.queue.plan(again, Happening::Connect(number + 1));
            return;
        }
        let head = self.server.changes.len();
        let resume = self.stream.last.filter(|last| {
            // A log keeps its last changes only.
            self.plan.has_log
                && last.epoch == self.server.head().0
                && (head - last.index < 12 || self.is_healthy())
        });
        self.stream.is_up = true;
        self.stream.arrives = self.now;
        self.stream.skips = false;
        // Some servers send the last event once more.
        let again = usize::from(self.random.one_in(4));
        self.stream.sent = resume.map_or(head, |last| last.index + 1 - again);
        let early = self.random.one_in(2);
        let resumes = resume.is_some();
        let from = self.stream.sent;
        self.send(Arrival::Opened {
            resumes,
            early,
            from,
        });
        self.publish();
    }

    fn send(&mut self, arrival: Arrival) {
        let latency = self.random.within(0..=self.plan.latency);
        let at = self.stream.arrives.max(self.now + latency);
        self.stream.arrives = at;
        let number = self.stream.number;
        self.queue.plan(at, Happening::Arrive(number, arrival));
    }

    /// Moves what was written into the log, and sends what was not sent.
    pub(super) fn publish(&mut self) {
        self.server.publish();
        if !self.stream.is_up {
            return;
        }
        while let Some(change) = self.server.changes.get(self.stream.sent).copied() {
            self.stream.sent += 1;
            if self.stream.skips && !self.is_healthy() {
                if self.random.one_in(3) {
                    self.stream.skips = false;
                    self.send(Arrival::Gap(change.index + 1));
                }
            } else {
                if std::mem::take(&mut self.stream.skips) {
                    self.send(Arrival::Gap(change.index));
                }
                self.send(Arrival::Change(change));
            }
        }
    }

    /// Makes the server say what it has dropped.
    pub(super) fn stop_skipping(&mut self) {
        if std::mem::take(&mut self.stream.skips) && self.stream.is_up {
            let from = self.stream.sent;
            self.send(Arrival::Gap(from));
        }
    }

    /// Breaks the connection. What is on its way is lost.
    pub(super) fn cut(&mut self, after: Time) {
        if !self.stream.is_up {
            return;
        }
        self.stream.is_up = false;
        let number = self.stream.number;
        self.queue
            .plan(self.now + after, Happening::Noticed(number));
    }

    pub(super) fn noticed(&mut self, number: u32) {
        if number != self.stream.number {
            return;
        }
        self.stream.number += 1;
        if std::mem::take(&mut self.stream.is_open) {
            self.lost_during_load |= self.load.is_some();
            self.give(Input::Lost);
        }
        let again = self.now + self.random.within(100..=3_000);
        let number = self.stream.number;
        self.queue.plan(again, Happening::Connect(number));
    }

    pub(super) fn arrive(&mut self, number: u32, arrival: Arrival) {
        // A cut connection brings nothing more, also before the client notices.
        if number != self.stream.number || !self.stream.is_up {
            return;
        }
        match arrival {
            Arrival::Opened {
                resumes,
                early,
                from,
            } => {
                let is_gap = self.stream.has_been_open && !resumes;
                if !self.stream.has_been_open {
                    // The first load owes what no event of the stream brings.
                    self.owe_before(from);
                }
                self.stream.has_been_open = true;
                self.stream.is_open = true;
                if resumes {
                    self.coverage.reach(Mark::Resumed);
                }
                if is_gap && early {
                    self.gap(from);
                }
                self.give(Input::Open);
                if is_gap && !early {
                    self.gap(from);
                }
            }
            Arrival::Gap(from) => self.gap(from),
            Arrival::Change(change) => {
                self.stream.last = Some(change);
                self.rules.owe(change);
                let stamp = Stamp {
                    position: position(&self.plan, change.epoch, change.seq),
                    version: matches!(self.plan.kind, Kind::Version | Kind::PositionBefore)
                        .then(|| (change.key.to_string(), version(change.value))),
                };
                self.give(Input::Event(stamp, change));
            }
        }
    }

    /// Makes a live state owe the changes before that index.
    fn owe_before(&mut self, from: usize) {
        // An older answer of a load can't be told from a new one where no event shows it.
        if !self.plan.lags {
            for change in &self.server.changes[..from] {
                self.rules.owe(*change);
            }
        }
    }

    fn gap(&mut self, from: usize) {
        self.coverage.reach(Mark::Gap);
        if self.load.is_some() {
            self.coverage.reach(Mark::GapDuringLoad);
        }
        self.rules.reasons += 1;
        self.owe_before(from);
        self.give(Input::Gap);
    }
}

/// Returns a value as a version.
#[allow(clippy::cast_precision_loss)] // The values are small.
pub(super) fn version(value: u64) -> f64 {
    value as f64
}
