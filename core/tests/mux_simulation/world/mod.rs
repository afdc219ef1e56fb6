//! The clock of the world, and each of its steps.

mod check;
mod page;
mod rules;
mod user;

use std::collections::BTreeMap;
use std::time::Duration;

use everstream_core::connection::{Attempt, Instant, Signal};
use everstream_core::mux::EverstreamProtocol;
use everstream_core::session::{ChannelId, Input, LinkId, Muxed, MuxedConfig};

use crate::coverage::{Coverage, Mark};
use crate::disturbance::{self, Op};
use crate::hub::edge::{Edge, Moment};
use crate::hub::net::{Fault, Mood, Net, Passage};
use crate::hub::truth::Number;
use crate::life::{Cause, Life, Scene};
use crate::plan::Plan;
use crate::queue::{Queue, Time};
use crate::random::Random;

/// An entry of the schedule.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// The user's code runs.
    Turn(Vec<Op>),
    /// Ends a turn in which the user changed the set.
    Flush,
    Publish(usize),
    Complete(usize),
    Fail(usize),
    /// The server begins or stops refusing a channel.
    Refusing(usize, bool),
    Ping,
    Mood(Mood),
    Fault(Fault),
    /// The page's clock jumps ahead by this much.
    Jump(Time),
    Signal(Signal),
    /// The request of an attempt is sent.
    Send(LinkId, Attempt),
    Net(Passage),
    /// The subscribers have room again.
    HasRoom,
    Timer(Time),
}

/// The page, the network, the server and the rules of one schedule.
pub(crate) struct World {
    plan: Plan,
    random: Random,
    now: Time,
    /// How far ahead the page's clock is.
    ahead: Time,
    queue: Queue<Happening>,
    net: Net,
    edge: Edge,
    /// Every life so far, by its number.
    lives: Vec<Life>,
    /// The current or latest life of each channel.
    latest: Vec<Option<ChannelId>>,
    /// The lives that each control request was sent for.
    asked: Vec<Vec<ChannelId>>,
    /// The life that received each event.
    takers: BTreeMap<Number, ChannelId>,
    /// The positions that the latest attempts began from.
    begun: Vec<Number>,
    timer: Option<Time>,
    closed: bool,
    counts: Counts,
    scene: Scene,
    coverage: Coverage,
    violation: Option<String>,
    trace: Option<Vec<String>>,
}

/// Counts that must not grow faster than their reasons.
#[derive(Debug, Default)]
struct Counts {
    /// Turns of the user, and faults.
    reasons: u64,
    attempts: u64,
    controls: u64,
}

/// The result of a schedule.
pub(crate) struct Outcome {
    pub(crate) violation: Option<String>,
    pub(crate) coverage: Coverage,
    /// The happenings, if they were recorded.
    pub(crate) trace: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let mut net = Net::new(&plan.habits);
        for _ in 0..plan.events_before {
            net.server.publish(random.index(plan.habits.channels));
        }
        let position = plan
            .begins_behind
            .and_then(|number| net.server.truth.id(number));
        let config = MuxedConfig {
            url: "https://example.org/stream".to_owned(),
            connection: plan.connection(position.unwrap_or_default()),
            seed,
            first: LinkId(3),
        };
        let session = Muxed::new(config, EverstreamProtocol::new());
        Self {
            edge: Edge::new(Box::new(session), 0),
            latest: vec![None; plan.habits.channels],
            queue: Queue::new(),
            now: 0,
            ahead: 0,
            lives: Vec::new(),
            asked: Vec::new(),
            takers: BTreeMap::new(),
            begun: Vec::new(),
            timer: None,
            closed: false,
            counts: Counts::default(),
            scene: Scene::default(),
            coverage: Coverage::default(),
            violation: None,
            trace: None,
            net,
            random,
            plan,
        }
    }

    /// Records the happenings.
    pub(crate) fn recording(mut self) -> Self {
        self.trace = Some(vec![format!("{:#?}", self.plan)]);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        disturbance::plan(&self.plan, &mut self.random, &mut self.queue);
        self.input(&[], Input::Start);
        while let Some((at, happening)) = self.queue.next() {
            if at > self.plan.end() || self.violation.is_some() {
                break;
            }
            self.now = at;
            self.note(|| format!("{happening:?}"));
            self.happen(happening);
            self.net.dispatch(self.now, &mut self.random);
            for (at, passage) in self.net.out.drain(..) {
                self.queue.plan(at, Happening::Net(passage));
            }
        }
        self.check_the_end();
        if let Some(violation) = self.violation.clone() {
            self.note(|| format!("VIOLATION: {violation}"));
        }
        Outcome {
            violation: self.violation,
            coverage: self.coverage,
            trace: self.trace.unwrap_or_default(),
        }
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let (seconds, millis) = (self.now / 1000, self.now % 1000);
            trace.push(format!("{seconds:>4}.{millis:03} {}", line()));
        }
    }

    fn demand(&mut self, holds: bool, rule: impl FnOnce() -> String) {
        if !holds && self.violation.is_none() {
            self.violation = Some(rule());
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Turn(ops) => self.turn(ops),
            Happening::Flush => self.input(&[], Input::Flush),
            Happening::Publish(channel) => self.net.server.publish(channel),
            Happening::Complete(channel) => self.net.server.complete(channel),
            Happening::Fail(channel) => self.net.server.fail(channel),
            Happening::Refusing(channel, yes) => self.net.server.refuse(channel, yes),
            Happening::Ping => {
                self.net.server.ping();
                if let Some(interval) = self.plan.habits.ping {
                    self.queue.plan(self.now + interval, Happening::Ping);
                }
            }
            Happening::Mood(mood) => {
                self.counts.reasons += 1;
                self.net.mood = mood;
            }
            Happening::Fault(fault) => self.strike(fault),
            Happening::Jump(by) => {
                self.counts.reasons += 1;
                self.coverage.reach(Mark::Jumped);
                self.ahead += by;
                self.input(&[], Input::Timeout);
            }
            Happening::Signal(signal) => {
                self.counts.reasons += 1;
                self.input(&[], Input::Signal(signal));
            }
            Happening::Send(link, attempt) => self.send(link, &attempt),
            Happening::Net(passage) => self.pass(passage),
            Happening::HasRoom => self.go_on(),
            Happening::Timer(at) if self.timer == Some(at) => {
                self.timer = None;
                self.input(&[], Input::Timeout);
                let due = self.edge.session.poll_timeout();
                let spins = due.is_some_and(|due| due <= self.instant());
                self.demand(!spins, || "the timer spins".to_owned());
            }
            Happening::Timer(_) => {}
        }
    }

    fn instant(&self) -> Instant {
        Instant::from_origin(Duration::from_millis(self.now + self.ahead))
    }

    /// Passes an input into the session and notes its causes.
    fn input(&mut self, causes: &[Cause], input: Input<'_>) {
        self.because(causes);
        self.with_edge(|edge, moment, net| edge.input(moment, net, input));
    }

    fn because(&mut self, causes: &[Cause]) {
        self.scene.is_muddled |= self.edge.is_full();
        self.scene.causes.extend_from_slice(causes);
    }

    /// Runs `work` on the edge, then judges the deliveries and sets the timer.
    fn with_edge<R>(&mut self, work: impl FnOnce(&mut Edge, &mut Moment<'_>, &mut Net) -> R) -> R {
        let instant = self.instant();
        let mut moment = Moment {
            now: self.now,
            instant,
            random: &mut self.random,
        };
        let done = work(&mut self.edge, &mut moment, &mut self.net);
        self.look();
        done
    }

    fn set_timer(&mut self) {
        let Some(due) = self.edge.session.poll_timeout() else {
            self.timer = None;
            return;
        };
        let due = due.saturating_since(Instant::default()).as_nanos();
        let due = u64::try_from(due.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let due = due.saturating_sub(self.ahead).max(self.now);
        if due <= self.plan.end() && self.timer != Some(due) {
            self.timer = Some(due);
            self.queue.plan(due, Happening::Timer(due));
        }
    }
}
