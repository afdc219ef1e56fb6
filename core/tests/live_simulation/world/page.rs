//! The page: it loads, and shows what the machine says.

use everstream_core::live::{Freshness, Input, LoadId, Loaded, Output, Refusal};

use super::stream::version;
use super::{Happening, World, instant};
use crate::coverage::Mark;
use crate::plan::Kind;
use crate::queue::Time;
use crate::server::{Change, Snapshot, position};

/// How often in a row a replica lags. If it does so for longer, a server that has gone back looks the same.
const MOST_LAGS: u32 = 4;

impl World {
    /// Passes an input to the machine, and does what it asks for.
    pub(super) fn give(&mut self, input: Input<Snapshot, Change>) {
        let random = [0.0, 0.25, 0.5, 0.75][self.random.index(4)];
        let before = self.machine.freshness();
        let is_event = matches!(input, Input::Event(..));
        self.machine.handle(instant(self.now), random, input);
        let mut count = 0;
        while let Some(output) = self.machine.poll_output() {
            count += 1;
            self.note(|| format!("  {output:?}"));
            self.act(output, is_event);
        }
        let freshness = self.machine.freshness();
        self.note(|| format!("  {freshness:?}"));
        if is_event && count == 0 && freshness == Freshness::Live {
            self.coverage.reach(Mark::Contained);
        }
        if freshness == Freshness::Live {
            if matches!(before, Freshness::Stale { .. }) {
                self.coverage.reach(Mark::LiveAgain);
            }
            let ruling = self.rules.check_live(&self.plan);
            self.judge(ruling);
        }
        self.set_timer();
    }

    pub(super) fn judge(&mut self, ruling: Result<(), String>) {
        if let Err(violation) = ruling {
            self.violation.get_or_insert(violation);
        }
    }

    fn act(&mut self, output: Output<Snapshot, Change>, is_event: bool) {
        match output {
            Output::Load(id) => {
                self.load = Some(id);
                self.lost_during_load = false;
                let ruling = self.rules.load(self.now, self.stream_is_open());
                self.judge(ruling);
                self.request(id);
            }
            Output::Abort(id) => {
                self.coverage.reach(Mark::LoadAborted);
                if self.load == Some(id) {
                    self.load = None;
                }
            }
            Output::Replace(snapshot) => {
                if !self.stream_is_open() {
                    self.coverage.reach(Mark::ShownUnopened);
                }
                if self.lost_during_load {
                    self.coverage.reach(Mark::LostDuringLoad);
                }
                self.rules.replace(snapshot.state);
            }
            Output::Apply(change) => {
                if !is_event {
                    self.coverage.reach(Mark::AppliedAfterLoad);
                }
                if self.unapplied > 0 && !self.is_healthy() && self.random.one_in(10) {
                    self.unapplied -= 1;
                    self.rules.lacks_event = true;
                    self.rules.reasons += 1;
                    self.coverage.reach(Mark::NotApplied);
                    self.give(Input::NotApplied);
                    return;
                }
                let ruling = self.rules.apply(change, &self.plan);
                self.judge(ruling);
            }
            Output::Refused(refusal) => {
                self.rules.reasons += 1;
                self.coverage.reach(match refusal {
                    Refusal::Older => Mark::RefusedOlder,
                    Refusal::Slow => Mark::LoadHung,
                    _ => Mark::Overflowed,
                });
            }
        }
    }

    fn request(&mut self, id: LoadId) {
        let way = self.random.within(0..=self.plan.load_time);
        if !self.is_healthy() {
            match self.random.within(0..=9) {
                0 | 1 => {
                    self.queue.plan(self.now + way, Happening::FailLoad(id));
                    return;
                }
                // It never answers.
                2 => return,
                _ => {}
            }
        }
        let delay = self.random.within(0..=50);
        self.queue
            .plan(self.now + way, Happening::Position(id, delay));
    }

    /// The server reads a snapshot, whose position was taken before.
    pub(super) fn read(&mut self, id: LoadId, head: (u64, u64)) {
        let may_lag = self.plan.lags && !self.is_healthy() && self.lagged < MOST_LAGS;
        let lags = may_lag && self.random.one_in(2);
        self.lagged = if lags { self.lagged + 1 } else { 0 };
        let older = if lags { self.random.index(4) } else { 0 };
        let snapshot = if self.plan.kind == Kind::Position {
            self.server.read_older(older)
        } else if lags {
            // A replica that lags: the position and the data are both older.
            self.server.publish();
            self.server.read_older(older)
        } else {
            self.server.read(head)
        };
        self.publish();
        let way = self.random.within(0..=self.plan.load_time);
        self.queue
            .plan(self.now + way, Happening::Answer(id, snapshot));
    }

    pub(super) fn answer(&mut self, id: LoadId, snapshot: Snapshot) {
        if self.load == Some(id) {
            self.load = None;
            if self
                .stream_last_epoch()
                .is_some_and(|epoch| epoch < snapshot.epoch)
            {
                self.coverage.reach(Mark::SnapshotOfNewLog);
            }
        }
        let has_versions = matches!(self.plan.kind, Kind::Version | Kind::PositionBefore);
        let versions = snapshot.state.iter();
        let versions = versions.map(|(key, value)| (key.to_string(), version(*value)));
        let loaded = Loaded {
            position: position(&self.plan, snapshot.epoch, snapshot.seq),
            versions: has_versions.then(|| versions.collect()),
            state: snapshot,
        };
        self.give(Input::Loaded(id, loaded));
    }

    fn set_timer(&mut self) {
        let next = self.machine.poll_timeout().map(|next| {
            let wait = (next - instant(0)).as_millis();
            Time::try_from(wait).expect("it is near")
        });
        if next != self.timer {
            self.timer = next;
            if let Some(next) = next {
                let at = next.max(self.now);
                self.timer = Some(at);
                self.queue.plan(at, Happening::Timer(at));
            }
        }
    }
}
