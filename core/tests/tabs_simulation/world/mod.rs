//! The clock of the world, and each of its steps.

mod bus;
mod check;
mod fate;
mod page;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use everstream_core::connection::{Attempt, Instant};
use everstream_core::session::{Input, LinkId};
use everstream_core::tabs::{Message, Sharing, TabId, Term};

use crate::coverage::{Coverage, Mark};
use crate::disturbance::{self, Fate};
use crate::hub::edge::{Edge, Moment};
use crate::hub::net::{Fault, Mood, Net, Passage};
use crate::hub::spy::Kept;
use crate::hub::truth::Number;
use crate::life::Life;
use crate::lock::{Lock, Request};
use crate::plan::Plan;
use crate::queue::{Queue, Time};
use crate::random::Random;

/// An entry of the schedule.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Come(usize),
    Fate(usize, Fate),
    /// Every tab is awake and visible from here on.
    AllWake,
    Publish(usize),
    Complete(usize),
    Fail(usize),
    /// The server begins or stops refusing a channel.
    Refusing(usize, bool),
    Ping,
    Fault(Fault),
    Mood(Mood),
    /// The server ends for good.
    EndAll,
    /// Other code of the same origin takes the lock and gives it back.
    Rob,
    GiveBack,
    /// The machine's clock is set back by this much, so tabs that open later have another time.
    SetWallBack(Time),
    /// A message of a tab reaches another.
    Said(usize, usize, Spoken),
    /// A tab gets or loses a lock that it had requested.
    Lock(Request, bool),
    /// A tab learns that there are no locks.
    NoLocks(usize),
    /// A tab sends the request of an attempt.
    Send(usize, LinkId, Attempt),
    Net(Passage),
    /// A tab's subscribers have room again.
    HasRoom(usize),
    Timer(usize, Time),
    /// An event of a calm stretch must have reached every tab by now.
    Expect(Number, u64),
}

/// A message of a tab, as bytes and decoded.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    bytes: std::rc::Rc<[u8]>,
    message: std::rc::Rc<Message>,
}

/// The source of a happening. A sleeping page keeps the order of each source.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Said(usize),
    Lock,
    Timer,
    Net,
}

impl Happening {
    /// Returns the tab that a happening concerns. A sleeping tab processes it later.
    fn place(&self, net: &Net) -> Option<(usize, Order)> {
        match self {
            Self::Said(from, tab, _) => Some((*tab, Order::Said(*from))),
            Self::Lock((tab, _), _) | Self::NoLocks(tab) => Some((*tab, Order::Lock)),
            Self::Timer(tab, _) | Self::HasRoom(tab) | Self::Send(tab, ..) => {
                Some((*tab, Order::Timer))
            }
            Self::Net(Passage::Down(wire, _)) => Some((net.wires[*wire].page, Order::Net)),
            Self::Net(Passage::Answer(number, _)) => Some((net.sends[*number].page, Order::Net)),
            _ => None,
        }
    }
}

/// A page with its edge and its state.
struct Page {
    edge: Edge,
    lives: Vec<Option<Life>>,
    /// The tab's name, once it has said something.
    name: Option<TabId>,
    /// The number of the latest channel.
    channels: u32,
    /// The measured size of the shared connection, if it is this tab's.
    kept: Kept,
    sleep: Option<Sleep>,
    is_away: bool,
    is_gone: bool,
    /// The page's timers fire at multiples of this time.
    throttled: Time,
    /// How far ahead the page's clock is.
    ahead: Time,
    timer: Option<Time>,
    lock_requests: u64,
    sharing: Option<Sharing>,
    /// The term in which the tab first received each event.
    terms: BTreeMap<Number, Term>,
    claimed: Option<Time>,
}

/// The state of a sleeping page, which processes its happenings when it wakes up.
struct Sleep {
    /// Messages of the other tabs are lost.
    loses: bool,
    /// The page was frozen, and gets the signal when it thaws.
    is_frozen: bool,
    missed: VecDeque<(Order, Happening)>,
}

impl Page {
    fn is_awake(&self) -> bool {
        !self.is_gone && !self.is_away && self.sleep.is_none()
    }
}

/// The pages, the network, the server and the rules of one schedule.
pub(crate) struct World {
    plan: Plan,
    random: Random,
    /// Draws where channels begin.
    starts: Random,
    now: Time,
    queue: Queue<Happening>,
    net: Net,
    has_ended: bool,
    /// How far the machine's clock was set back.
    wall_behind: Time,
    pages: Vec<Option<Page>>,
    /// The arrival time of the previous message, from each tab at each other.
    arrivals: BTreeMap<(usize, usize), Time>,
    /// Pairs of tabs: messages from the first to the second are lost.
    lost: Vec<(usize, usize)>,
    lock: Lock,
    /// The time of the last disturbance, and the number of all.
    disturbed: Time,
    disturbances: u64,
    overlap_since: Option<Time>,
    crashed: usize,
    messages: u64,
    attempts: u64,
    /// A tab took over from another before the first event.
    led_without_position: bool,
    published: u64,
    violation: Option<String>,
    coverage: Coverage,
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
            now: 0,
            queue: Queue::new(),
            net: Net::new(&plan.habits),
            has_ended: false,
            wall_behind: 0,
            pages: (0..plan.tabs).map(|_| None).collect(),
            arrivals: BTreeMap::new(),
            lost: Vec::new(),
            lock: Lock::default(),
            disturbed: 0,
            disturbances: 0,
            overlap_since: None,
            crashed: 0,
            messages: 0,
            attempts: 0,
            led_without_position: false,
            published: 0,
            violation: None,
            coverage: Coverage::default(),
            trace: None,
            plan,
            random,
            starts: Random::new(!seed),
        }
    }

    pub(crate) fn recording(mut self) -> Self {
        self.trace = Some(Vec::new());
        let line = format!("{:?}", self.plan);
        self.note(|| line);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        disturbance::plan(&self.plan, &mut self.random, &mut self.queue);
        while let Some((at, happening)) = self.queue.next() {
            if at > self.plan.end() || self.violation.is_some() {
                break;
            }
            self.now = at;
            self.happen(happening);
            self.net.dispatch(self.now, &mut self.random);
            for (at, passage) in self.net.out.drain(..) {
                self.queue.plan(at, Happening::Net(passage));
            }
            self.check_overlap();
        }
        self.now = self.plan.end();
        if self.violation.is_none() {
            self.check_the_end();
        }
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

    fn disturb(&mut self) {
        self.disturbed = self.now;
        self.disturbances += 1;
    }

    fn page(&mut self, tab: usize) -> Option<&mut Page> {
        self.pages[tab].as_mut().filter(|page| !page.is_gone)
    }

    pub(super) fn happen(&mut self, happening: Happening) {
        if let Some((tab, order)) = happening.place(&self.net) {
            let is_speech = matches!(order, Order::Said(_));
            let Some(page) = self.page(tab) else { return };
            if let Some(sleep) = &mut page.sleep {
                if is_speech && sleep.loses {
                    self.coverage.reach(Mark::LostInFreeze);
                } else {
                    sleep.missed.push_back((order, happening));
                }
                return;
            }
        }
        self.note(|| brief(&happening));
        match happening {
            Happening::Come(tab) => self.come(tab),
            Happening::Fate(tab, fate) => self.meet(tab, fate),
            Happening::AllWake => self.all_wake(),
            Happening::Publish(channel) => self.publish(channel),
            Happening::Complete(channel) => {
                self.disturb();
                self.net.server.complete(channel);
            }
            Happening::Fail(channel) => {
                self.disturb();
                self.net.server.fail(channel);
            }
            Happening::Refusing(channel, yes) => {
                self.disturb();
                self.net.server.refuse(channel, yes);
            }
            Happening::Ping => self.ping(),
            Happening::Fault(fault) => self.strike(fault),
            Happening::Mood(mood) => {
                self.disturb();
                self.net.mood = mood;
            }
            Happening::EndAll => self.end_all(),
            Happening::Rob => self.rob(),
            Happening::GiveBack => {
                let granted = self.lock.give_back();
                self.grant(granted);
            }
            Happening::SetWallBack(by) => {
                self.coverage.reach(Mark::WallSetBack);
                self.wall_behind += by;
            }
            Happening::Said(from, to, spoken) => self.hear(from, to, &spoken),
            Happening::Lock(request, is_ours) => self.lock_changes(request, is_ours),
            Happening::NoLocks(tab) => self.input(tab, Input::LockRefused),
            Happening::Send(tab, link, attempt) => self.send(tab, link, &attempt),
            Happening::Net(passage) => self.pass(passage),
            Happening::HasRoom(tab) => self.has_room(tab),
            Happening::Timer(tab, at) => self.timer(tab, at),
            Happening::Expect(number, disturbances) => self.expect(number, disturbances),
        }
    }

    /// Passes an input into a tab's session and carries out the outputs.
    fn input(&mut self, tab: usize, input: Input<'_>) {
        self.with_edge(tab, |edge, moment, net| edge.input(moment, net, input));
    }

    fn with_edge<R>(
        &mut self,
        tab: usize,
        work: impl FnOnce(&mut Edge, &mut Moment<'_>, &mut Net) -> R,
    ) -> Option<R> {
        let page = self.pages[tab].as_mut().filter(|page| !page.is_gone)?;
        let mut moment = Moment {
            now: self.now,
            instant: instant(self.now + page.ahead),
            random: &mut self.random,
        };
        let done = work(&mut page.edge, &mut moment, &mut self.net);
        self.look(tab);
        Some(done)
    }

    fn timer(&mut self, tab: usize, at: Time) {
        let Some(page) = self.page(tab).filter(|page| page.timer == Some(at)) else {
            return;
        };
        page.timer = None;
        self.input(tab, Input::Timeout);
        let now = self.now;
        let Some(page) = self.page(tab) else { return };
        let next = page.edge.session.poll_timeout();
        let moves_on = next.is_none_or(|next| next > instant(now + page.ahead));
        self.demand(moves_on, || format!("the timer of {tab} spins"));
    }

    fn set_timer(&mut self, tab: usize) {
        let end = self.plan.end();
        let now = self.now;
        let Some(page) = self.page(tab) else { return };
        let Some(due) = page.edge.session.poll_timeout() else {
            page.timer = None;
            return;
        };
        let due = due.saturating_since(Instant::default()).as_nanos();
        let due = u64::try_from(due.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let due = due.saturating_sub(page.ahead).max(now);
        let due = due.next_multiple_of(page.throttled);
        if due <= end && page.timer != Some(due) {
            page.timer = Some(due);
            self.queue.plan(due, Happening::Timer(tab, due));
        }
    }
}

fn instant(milliseconds: Time) -> Instant {
    Instant::from_origin(Duration::from_millis(milliseconds))
}

/// Describes a happening. Messages appear decoded rather than as bytes.
fn brief(happening: &Happening) -> String {
    match happening {
        Happening::Said(from, to, spoken) => format!("{from} to {to}: {:?}", spoken.message),
        other => format!("{other:?}"),
    }
}
