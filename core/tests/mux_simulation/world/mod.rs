//! The clock, and whatever happens at each of its steps.

mod edge;
mod network;
mod user;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use everstream_core::connection::Instant;
use everstream_core::connection::RetryPolicy;
use everstream_core::mux::{Config, ControlId, EverstreamProtocol, Multiplexer, StreamId};

use crate::coverage::{Coverage, Mark};
use crate::disturbance::{self, Fault, Mood, Op};
use crate::life::{Cause, Handle, Life, Scene};
use crate::plan::{Kind, Plan};
use crate::queue::{Queue, Time};
use crate::random::Random;
use crate::request::From;
use crate::server::Server;
use crate::truth::Number;
use crate::wire::{Link, LinkId, Message};
use edge::Stream;
use network::Pending;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// The user's code runs.
    Turn(Vec<Op>),
    /// The end of a turn in which events came, or something was asked for.
    Flush,
    Publish(usize),
    Complete(usize),
    Fail(usize),
    /// From now on the server refuses a channel, or no longer.
    Refusing(usize, bool),
    Ping,
    Mood(Mood),
    Fault(Fault),
    /// A stream tries to connect.
    Attempt(StreamId),
    /// Its request reaches the server.
    Arrive(LinkId, Option<String>, Vec<(usize, From)>),
    Deliver(LinkId, Message),
    /// A control request reaches the server.
    Control(ControlId),
    /// Its answer reaches the client.
    Answer(ControlId, Option<u16>),
    Timer(Time),
}

/// Everything there is.
pub(crate) struct World {
    plan: Plan,
    random: Random,
    now: Time,
    queue: Queue<Happening>,
    server: Server,
    mood: Mood,
    links: Vec<Link>,
    mux: Multiplexer<Handle>,
    streams: Vec<Stream>,
    controls: BTreeMap<String, Pending>,
    last_control: Option<ControlId>,
    /// Control requests that are neither answered nor aborted.
    under_way: Vec<ControlId>,
    /// The life that each channel leads, or has led last.
    lives: Vec<Option<Rc<Life>>>,
    /// Who has had each event.
    takers: BTreeMap<Number, Rc<Life>>,
    timer: Option<Time>,
    /// The multiplexer's, for the trace.
    position: String,
    closed: bool,
    counts: Counts,
    scene: Rc<Scene>,
    trace: Option<Vec<String>>,
}

/// What must not grow faster than its reasons.
#[derive(Debug, Default)]
struct Counts {
    /// Turns of the user, and things that went wrong.
    reasons: u64,
    opened: u64,
    controls: u64,
}

/// What a schedule came to.
pub(crate) struct Outcome {
    pub(crate) violation: Option<String>,
    pub(crate) coverage: Coverage,
    /// What happened, if it was recorded.
    pub(crate) trace: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let mut server = Server::new(&plan);
        for _ in 0..plan.events_before {
            server.publish(random.index(plan.channels));
        }
        let position = plan
            .begins_behind
            .and_then(|number| server.truth.id(number));
        let config = Config {
            url: "https://example.org/stream".to_owned(),
            retry: RetryPolicy::default(),
            last_event_id: position.unwrap_or_default(),
        };
        Self {
            mux: Multiplexer::new(config, EverstreamProtocol::new(), seed),
            lives: vec![None; plan.channels],
            queue: Queue::new(),
            now: 0,
            mood: Mood::Healthy,
            links: Vec::new(),
            streams: Vec::new(),
            controls: BTreeMap::new(),
            last_control: None,
            under_way: Vec::new(),
            takers: BTreeMap::new(),
            timer: None,
            position: String::new(),
            closed: false,
            counts: Counts::default(),
            scene: Rc::default(),
            trace: None,
            server,
            random,
            plan,
        }
    }

    /// Keeps what happens.
    pub(crate) fn recording(mut self) -> Self {
        self.trace = Some(vec![format!("{:#?}", self.plan)]);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        disturbance::plan(&self.plan, &mut self.random, &mut self.queue);
        while let Some((at, happening)) = self.queue.next() {
            if at > self.plan.end() || self.scene.violation.borrow().is_some() {
                break;
            }
            self.now = at;
            self.note(|| format!("{happening:?}"));
            self.happen(happening);
            self.dispatch();
        }
        self.check_the_end();
        let violation = self.scene.violation.take();
        if let Some(violation) = &violation {
            self.note(|| format!("VIOLATION: {violation}"));
        }
        Outcome {
            violation,
            coverage: self.scene.coverage.take(),
            trace: self.trace.unwrap_or_default(),
        }
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let (seconds, millis) = (self.now / 1000, self.now % 1000);
            trace.push(format!("{seconds:>4}.{millis:03} {}", line()));
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Turn(ops) => self.turn(ops),
            Happening::Flush => self.input(Cause::Quiet, Multiplexer::flush),
            Happening::Publish(channel) => self.server.publish(channel),
            Happening::Complete(channel) => self.server.complete(channel),
            Happening::Fail(channel) => self.server.fail(channel),
            Happening::Refusing(channel, yes) => self.server.refuse(channel, yes),
            Happening::Ping => {
                self.server.ping();
                if let Some(interval) = self.plan.ping {
                    self.queue.plan(self.now + interval, Happening::Ping);
                }
            }
            Happening::Mood(mood) => {
                self.counts.reasons += 1;
                self.mood = mood;
            }
            Happening::Fault(fault) => self.strike(fault),
            Happening::Attempt(stream) => self.attempt(stream),
            Happening::Arrive(link, position, channels) => {
                self.arrive(link, position.as_deref(), channels);
            }
            Happening::Deliver(link, message) => self.deliver(link, message),
            Happening::Control(id) => self.control_arrives(id),
            Happening::Answer(id, status) => self.answer(id, status),
            Happening::Timer(at) if self.timer == Some(at) => {
                self.timer = None;
                self.input(Cause::Quiet, Multiplexer::handle_timeout);
                let next = self.mux.poll_timeout();
                let spins = next.is_some_and(|next| next <= self.instant());
                self.scene.demand(!spins, || "the timer spins".to_owned());
            }
            Happening::Timer(_) => {}
        }
    }

    fn instant(&self) -> Instant {
        Instant::from_origin(Duration::from_millis(self.now))
    }

    /// The world has been healthy for long: everything is where it should be.
    fn check_the_end(&mut self) {
        if self.scene.violation.borrow().is_some() {
            return;
        }
        let Counts {
            reasons,
            opened,
            controls,
        } = self.counts;
        self.scene.demand(opened <= 2 + 2 * reasons, || {
            format!("{opened} streams were opened for {reasons} reasons")
        });
        self.scene.demand(controls <= 8 * (1 + reasons), || {
            format!("{controls} control requests were sent for {reasons} reasons")
        });
        if self.plan.calm {
            self.scene.reach(Mark::Calm);
        }
        let is_calm_hub = self.plan.calm && self.plan.kind == Kind::Hub;
        for (channel, life) in self.lives.iter().enumerate() {
            let Some(life) = life.as_ref().filter(|life| life.is_alive()) else {
                continue;
            };
            self.scene.demand(life.is_in_force(), || {
                format!("channel {channel} is not in force at the end")
            });
            self.scene.reach(Mark::InForceAtTheEnd);
            life.check_tail(&self.server.truth, Number::MAX);
        }
        let alive = self.lives.iter().flatten().any(|life| life.is_alive());
        self.scene.demand(!(self.closed && alive), || {
            "it is closed, and a subscriber does not know".to_owned()
        });
        let streams = usize::from(alive);
        self.scene.demand(self.streams.len() == streams, || {
            format!("{} streams at the end", self.streams.len())
        });
        self.scene.demand(
            !is_calm_hub || self.counts.opened <= 1 + self.counts.reasons / 2,
            || "nothing went wrong, and more than one stream was opened".to_owned(),
        );
    }
}
