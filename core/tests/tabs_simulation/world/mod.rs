//! The clock, and whatever happens at each of its steps.

mod bus;
mod check;
mod edge;
mod fate;
mod upstream;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use everstream_core::connection::Instant;
use everstream_core::tabs::{Message, Sharing, Tab, Term, UpstreamId};

use crate::coverage::{Coverage, Mark};
use crate::disturbance::{self, Fate};
use crate::life::Life;
use crate::lock::{Lock, Request};
use crate::plan::Plan;
use crate::queue::{Queue, Time};
use crate::random::Random;
use crate::server::{Number, Server};
use upstream::{Down, Link, LinkId};

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Come(usize),
    Fate(usize, Fate),
    /// Every tab is awake and seen from here on.
    AllWake,
    Publish(usize),
    Complete(usize),
    /// The connections break.
    Cut,
    /// The server ends it for good.
    EndAll,
    /// What a tab has said reaches another.
    Said(usize, usize, Rc<Message>),
    /// A tab gets or loses the lock that it had asked for.
    Lock(Request, bool),
    /// A request reaches the server.
    Arrive(LinkId),
    SetArrives(LinkId, u32, Vec<usize>),
    Down(LinkId, u32, Down),
    Timer(usize, Time),
    /// What was published in a calm stretch has reached everyone by now.
    Expect(Number, u64),
}

impl Happening {
    /// The tab in which it happens; a tab that sleeps does it later.
    fn place(&self, links: &[Link]) -> Option<usize> {
        match self {
            Self::Said(_, tab, _) | Self::Lock((tab, _), _) | Self::Timer(tab, _) => Some(*tab),
            Self::Down(link, _, _) => Some(links[*link].tab),
            _ => None,
        }
    }
}

/// A page.
struct Page {
    tab: Tab,
    lives: Vec<Option<Life>>,
    sleep: Option<Sleep>,
    is_away: bool,
    is_gone: bool,
    /// Its timers fire at multiples of it.
    throttled: Time,
    timer: Option<Time>,
    link: Option<LinkId>,
    lock_requests: u64,
    sharing: Option<Sharing>,
    /// In which term it has first had each event.
    terms: BTreeMap<Number, Term>,
    claimed: Option<Time>,
}

/// What happens to a page meanwhile, happens when it is awake.
struct Sleep {
    /// What others say is lost to it.
    loses: bool,
    missed: Vec<Happening>,
}

impl Page {
    fn is_awake(&self) -> bool {
        !self.is_gone && !self.is_away && self.sleep.is_none()
    }
}

/// Everything there is.
pub(crate) struct World {
    plan: Plan,
    random: Random,
    now: Time,
    queue: Queue<Happening>,
    server: Server,
    has_ended: bool,
    pages: Vec<Option<Page>>,
    /// When the message before arrives, from each tab at each.
    arrivals: BTreeMap<(usize, usize), Time>,
    /// What these have said is lost to those.
    lost: Vec<(usize, usize)>,
    lock: Lock,
    links: Vec<Link>,
    /// When the last disturbance was, and how many there were.
    disturbed: Time,
    disturbances: u64,
    overlap_since: Option<Time>,
    crashed: usize,
    messages: u64,
    opened: u64,
    /// One tab took over from another before the first event.
    led_without_position: bool,
    published: u64,
    violation: Option<String>,
    coverage: Coverage,
    trace: Option<Vec<String>>,
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
        Self {
            now: 0,
            queue: Queue::new(),
            server: Server::new(plan.has_ids),
            has_ended: false,
            pages: (0..plan.tabs).map(|_| None).collect(),
            arrivals: BTreeMap::new(),
            lost: Vec::new(),
            lock: Lock::default(),
            links: Vec::new(),
            disturbed: 0,
            disturbances: 0,
            overlap_since: None,
            crashed: 0,
            messages: 0,
            opened: 0,
            led_without_position: false,
            published: 0,
            violation: None,
            coverage: Coverage::default(),
            trace: None,
            plan,
            random,
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

    fn instant(&self) -> Instant {
        Instant::from_origin(Duration::from_millis(self.now))
    }

    fn page(&mut self, tab: usize) -> Option<&mut Page> {
        self.pages[tab].as_mut().filter(|page| !page.is_gone)
    }

    pub(super) fn happen(&mut self, happening: Happening) {
        if let Some(tab) = happening.place(&self.links) {
            let is_speech = matches!(happening, Happening::Said(..));
            let Some(page) = self.page(tab) else { return };
            if let Some(sleep) = &mut page.sleep {
                if is_speech && sleep.loses {
                    self.coverage.reach(Mark::LostInFreeze);
                } else {
                    sleep.missed.push(happening);
                }
                return;
            }
        }
        self.note(|| format!("{happening:?}"));
        match happening {
            Happening::Come(tab) => self.come(tab),
            Happening::Fate(tab, fate) => self.meet(tab, fate),
            Happening::AllWake => self.all_wake(),
            Happening::Publish(channel) => self.publish(channel),
            Happening::Complete(channel) => self.complete(channel),
            Happening::Cut => self.cut(),
            Happening::EndAll => self.end_all(),
            Happening::Said(from, to, message) => self.hear(from, to, &message),
            Happening::Lock(request, is_ours) => self.lock_changes(request, is_ours),
            Happening::Arrive(link) => self.arrive(link),
            Happening::SetArrives(link, number, set) => self.set_arrives(link, number, set),
            Happening::Down(link, cut, down) => self.down(link, cut, down),
            Happening::Timer(tab, at) => self.timer(tab, at),
            Happening::Expect(number, disturbances) => self.expect(number, disturbances),
        }
    }

    /// Something goes into a tab; what comes out is done.
    fn input(&mut self, tab: usize, input: impl FnOnce(&mut Tab, Instant)) {
        let now = self.instant();
        let Some(page) = self.page(tab) else { return };
        input(&mut page.tab, now);
        while let Some(output) = self.page(tab).and_then(|page| page.tab.poll_output()) {
            self.note(|| format!("    {tab}: {output:?}"));
            self.perform(tab, output);
        }
        self.set_timer(tab);
    }

    fn timer(&mut self, tab: usize, at: Time) {
        let Some(page) = self.page(tab).filter(|page| page.timer == Some(at)) else {
            return;
        };
        page.timer = None;
        self.input(tab, Tab::handle_timeout);
        let now = self.instant();
        let next = self.page(tab).and_then(|page| page.tab.poll_timeout());
        self.demand(next.is_none_or(|next| next > now), || {
            format!("the timer of {tab} spins")
        });
    }

    fn set_timer(&mut self, tab: usize) {
        let end = self.plan.end();
        let now = self.now;
        let Some(page) = self.page(tab) else { return };
        let Some(due) = page.tab.poll_timeout() else {
            page.timer = None;
            return;
        };
        let due = due.saturating_since(Instant::default()).as_nanos();
        let due = u64::try_from(due.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let due = due.max(now).next_multiple_of(page.throttled);
        if due <= end && page.timer != Some(due) {
            page.timer = Some(due);
            self.queue.plan(due, Happening::Timer(tab, due));
        }
    }
}

/// Whether a link is that of the tab's connection.
fn is_of(link: &Link, tab: usize, id: UpstreamId) -> bool {
    link.tab == tab && link.id == id
}
