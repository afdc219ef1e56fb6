//! The clock of the world, and each of its steps.

mod browser;
mod circumstances;
mod edge;
mod network;

use std::collections::HashMap;

use everstream_core::parse::Parser;
use everstream_core::session::Input;

use crate::coverage::{Coverage, Mark};
use crate::disturbance::{self, Fault, Mood, PageChange};
use crate::page::Page;
use crate::plan::{Plan, RECOVERY};
use crate::queue::{Queue, Time};
use crate::random::Random;
use crate::rules::{Cause, Rules};
use crate::server::{self, Server};
use crate::wire::{Link, LinkId, Message};

/// The most characters of a printed session. A new session has about half as many.
const MOST_KEPT: usize = 3_000;

/// An entry of the schedule.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// The server's log grows by one event.
    Publish,
    KeepAlive,
    /// The log ends.
    Finish,
    Mood(Mood),
    Fault(Fault),
    Page(PageChange),
    /// A request reaches the server.
    Arrive(LinkId),
    /// A message of a response reaches the browser.
    Deliver(LinkId, Message),
    /// The subscribers have room for more.
    HasRoom,
    /// The browser reconnects on its own.
    NativeReconnect(u32),
    Timer(u64),
}

/// The page, the network, the server and the rules of one schedule.
pub(crate) struct World {
    plan: Plan,
    random: Random,
    now: Time,
    queue: Queue<Happening>,
    server: Server,
    links: Vec<Link>,
    network: bool,
    page: Page,
    rules: Rules,
    /// A parser for each link, which reads what the session doesn't show.
    parsers: HashMap<LinkId, Parser>,
    trace: Option<Vec<String>>,
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
        Self {
            page: Page::new(&plan, seed),
            server: Server::new(plan.events_before),
            rules: Rules::new(&plan),
            parsers: HashMap::new(),
            queue: Queue::new(),
            links: Vec::new(),
            network: true,
            now: 0,
            trace: None,
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
        self.prepare();
        self.input(Cause::Start, Input::Start);
        let end = self.plan.end();
        while let Some((at, happening)) = self.queue.next() {
            if at > end || self.rules.violated() {
                break;
            }
            self.now = at;
            if self.page.asleep.is_none() && self.page.rest.is_none() {
                self.rules.look_at_the_clock(at);
            }
            self.note(|| format!("{happening:?}"));
            self.happen(happening);
        }
        self.rules.end(self.server.head, self.server.processed);
        self.check_memory();
        if self.plan.calm {
            self.rules.coverage.reach(Mark::Calm);
        }
        let violation = self.rules.take_violation();
        if let Some(violation) = &violation {
            self.note(|| format!("VIOLATION: {violation}"));
        }
        Outcome {
            violation,
            coverage: self.rules.coverage,
            trace: self.trace.unwrap_or_default(),
        }
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let (seconds, millis) = (self.now / 1000, self.now % 1000);
            trace.push(format!("{seconds:>4}.{millis:03} {}", line()));
        }
    }

    /// Checks that the session keeps little at any time: its options, a position and empty buffers.
    fn check_memory(&mut self) {
        let kept = format!("{:?}", self.page.session).len();
        self.rules.demand(kept <= MOST_KEPT, || {
            format!("the session keeps {kept} characters' worth at the end")
        });
    }

    /// Plans everything that doesn't depend on earlier happenings.
    fn prepare(&mut self) {
        disturbance::plan(&self.plan, &mut self.random, &mut self.queue);
        let mut at = 0;
        for _ in 0..30 {
            at += self.random.within(1..=self.plan.healthy_from / 15);
            self.queue.plan(at, Happening::Publish);
        }
        for _ in 0..3 {
            let at = self.random.within(RECOVERY..=RECOVERY + 10_000);
            self.queue
                .plan(self.plan.healthy_from + at, Happening::Publish);
        }
        if self.plan.finite {
            let at = self.plan.healthy_from + RECOVERY + 11_000;
            self.queue.plan(at, Happening::Finish);
        }
        if let Some(interval) = self.plan.keep_alive {
            self.queue.plan(interval, Happening::KeepAlive);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Publish => {
                self.server.head += 1;
                let event = server::event(&self.plan, self.server.head);
                self.broadcast(&event);
            }
            Happening::KeepAlive => {
                let visible_to_native = !disturbance::is_fetch_only(&self.plan);
                let bytes = server::keep_alive(&self.plan, visible_to_native);
                self.broadcast(&bytes);
                let interval = self.plan.keep_alive.expect("it is what brought us here");
                self.queue.plan(self.now + interval, Happening::KeepAlive);
            }
            Happening::Finish => self.finish(),
            Happening::Mood(mood) => self.server.mood = mood,
            Happening::Fault(fault) => self.strike(fault),
            Happening::Page(change) => self.change_page(change),
            Happening::Arrive(link) => self.arrive(link),
            Happening::Deliver(link, message) => self.deliver(link, message),
            Happening::HasRoom => self.go_on(),
            Happening::NativeReconnect(attempt) => self.native_reconnect(attempt),
            Happening::Timer(timer) if timer == self.page.timer => self.fire_timer(),
            Happening::Timer(_) => {}
        }
    }
}
