//! The clock of the world, and each of its steps.

mod page;
mod rules;
mod stream;

use std::time::Duration;

use everstream_core::connection::Instant;
use everstream_core::live::{Freshness, Input, Live, LoadId};

use crate::coverage::{Coverage, Mark};
use crate::plan::{Kind, Plan};
use crate::queue::{Queue, Time};
use crate::random::Random;
use crate::server::{Change, Server, Snapshot};
use rules::Rules;
use stream::{Arrival, Stream};

/// More steps than any schedule takes. A timer that is set again and again would never end.
const MOST_STEPS: u32 = 20_000;

/// An entry of the schedule.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Write(usize),
    /// Moves what was written into the log, and sends it.
    Publish,
    /// The client asks for the stream.
    Connect(u32),
    /// Something arrives over the connection of that number.
    Arrive(u32, Arrival),
    /// The connection breaks, and the client notices after this time.
    Cut(Time),
    Noticed(u32),
    /// The server restarts, with its log or without.
    Restart {
        loses_log: bool,
    },
    /// The server drops the next events of a slow connection, and says so.
    Skip,
    /// The server notes the position of a snapshot, and reads it after this time.
    Position(LoadId, Time),
    /// The server reads the snapshot of a load.
    Read(LoadId, (u64, u64)),
    Answer(LoadId, Snapshot),
    FailLoad(LoadId),
    Reload,
    Timer(Time),
    Heal,
}

/// The page, the network, the server and the rules of one schedule.
pub(crate) struct World {
    pub(crate) plan: Plan,
    random: Random,
    now: Time,
    queue: Queue<Happening>,
    server: Server,
    stream: Stream,
    machine: Live<Snapshot, Change>,
    /// The load under way.
    load: Option<LoadId>,
    /// Whether the connection was lost during that load.
    lost_during_load: bool,
    /// The number of pending events that can't be applied.
    unapplied: u32,
    /// How often in a row the server has answered with older data.
    lagged: u32,
    rules: Rules,
    timer: Option<Time>,
    coverage: Coverage,
    violation: Option<String>,
    trace: Option<Vec<String>>,
}

/// The result of a schedule.
pub(crate) struct Outcome {
    pub(crate) violation: Option<String>,
    pub(crate) coverage: Coverage,
    /// The happenings, if they were recorded.
    pub(crate) trace: Vec<String>,
}

pub(crate) fn instant(time: Time) -> Instant {
    Instant::from_origin(Duration::from_millis(time))
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let mut world = Self {
            machine: Live::new(instant(0), plan.config()),
            random,
            now: 0,
            queue: Queue::new(),
            server: Server::default(),
            stream: Stream::default(),
            load: None,
            lost_during_load: false,
            unapplied: 0,
            lagged: 0,
            rules: Rules::default(),
            timer: None,
            coverage: Coverage::default(),
            violation: None,
            trace: None,
            plan,
        };
        world.draw();
        world
    }

    /// Records the happenings.
    pub(crate) fn recording(mut self) -> Self {
        self.trace = Some(vec![format!("{:#?}", self.plan)]);
        self
    }

    /// Plans everything that doesn't depend on earlier happenings.
    fn draw(&mut self) {
        let (random, queue, plan) = (&mut self.random, &mut self.queue, &self.plan);
        let end = plan.healthy_from;
        queue.plan(random.within(0..=3_000), Happening::Connect(0));
        for _ in 0..random.within(5..=40) {
            // Some writes come in bursts, in the middle of a load.
            let at = random.within(0..=end);
            for _ in 0..=random.within(0..=5) / 3 {
                queue.plan(at, Happening::Write(random.index(plan.keys)));
            }
        }
        queue.plan(end, Happening::Heal);
        // Without a late write, nothing hides what is missing.
        for key in 0..plan.keys {
            if random.one_in(2) {
                queue.plan(plan.end() - 10_000, Happening::Write(key));
            }
        }
        for _ in 0..random.within(0..=1) {
            queue.plan(random.within(0..=end), Happening::Reload);
        }
        if plan.calm {
            return;
        }
        for _ in 0..random.within(0..=6) {
            let at = random.within(0..=end);
            let what = match random.within(0..=5) {
                0..=2 => Happening::Cut(random.pick(&[0, 50, 5_000])),
                3 => Happening::Restart { loses_log: false },
                4 => Happening::Restart { loses_log: true },
                _ => Happening::Skip,
            };
            queue.plan(at, what);
        }
        self.unapplied = u32::from(random.one_in(3));
    }

    pub(crate) fn run(mut self) -> Outcome {
        let mut steps = 0;
        while let Some((at, what)) = self.queue.next() {
            steps += 1;
            if steps > MOST_STEPS {
                self.violation = Some("it never comes to rest".to_owned());
            }
            if at > self.plan.end() || self.violation.is_some() {
                break;
            }
            self.now = at;
            self.note(|| format!("{what:?}"));
            self.happen(what);
        }
        if self.violation.is_none() {
            self.finish();
        }
        Outcome {
            violation: self.violation,
            coverage: self.coverage,
            trace: self.trace.unwrap_or_default(),
        }
    }

    fn finish(&mut self) {
        let shown = self.rules.shown();
        if self.machine.freshness() != Freshness::Live {
            self.violation = Some(format!("it ends as {:?}", self.machine.freshness()));
        } else if shown != self.server.state() {
            let state = self.server.state();
            self.violation = Some(format!("it ends as {shown:?}, and the server as {state:?}"));
        }
        if self.plan.calm {
            self.coverage.reach(Mark::Calm);
        }
    }

    fn is_healthy(&self) -> bool {
        self.now >= self.plan.healthy_from || self.plan.calm
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Write(key) => {
                self.server.write(key);
                let exact = self.plan.kind == Kind::Position;
                let delay = if exact { 0 } else { self.random.within(0..=30) };
                self.queue.plan(self.now + delay, Happening::Publish);
                if exact {
                    self.publish();
                }
            }
            Happening::Publish => self.publish(),
            Happening::Connect(number) => self.connect(number),
            Happening::Arrive(number, arrival) => self.arrive(number, arrival),
            Happening::Cut(after) => self.cut(after),
            Happening::Noticed(number) => self.noticed(number),
            Happening::Restart { loses_log } => {
                self.publish();
                if loses_log {
                    self.server.lose_log();
                    self.rules.reasons += 2;
                    self.coverage.reach(Mark::LogLost);
                }
                self.cut(0);
            }
            Happening::Skip => self.stream.skips = true,
            Happening::Position(id, delay) => {
                let head = self.server.head();
                self.queue.plan(self.now + delay, Happening::Read(id, head));
            }
            Happening::Read(id, head) => self.read(id, head),
            Happening::Answer(id, snapshot) => self.answer(id, snapshot),
            Happening::FailLoad(id) => {
                if self.load == Some(id) {
                    self.load = None;
                    self.rules.reasons += 1;
                    self.coverage.reach(Mark::LoadFailed);
                }
                let is_final = false;
                self.give(Input::LoadFailed { id, is_final });
            }
            Happening::Reload => {
                self.rules.reasons += 1;
                self.coverage.reach(Mark::Reloaded);
                self.give(Input::Reload);
            }
            Happening::Timer(at) => {
                if self.timer == Some(at) {
                    self.timer = None;
                    self.give(Input::Timeout);
                }
            }
            Happening::Heal => {
                self.stop_skipping();
                if self.plan.lags {
                    // Older data that went unnoticed would remain. By then no older answer is under way.
                    self.queue.plan(self.now + 15_000, Happening::Reload);
                }
            }
        }
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>6} {}", self.now, what()));
        }
    }
}
