//! The rules that hold at all times, and those at the end.

use everstream_core::tabs::Role;

use super::{Happening, World};
use crate::coverage::Mark;
use crate::server::Number;

impl World {
    /// At most one connection, but while one tab takes over from another.
    pub(super) fn check_overlap(&mut self) {
        let holds = |page: &&super::Page| {
            let is_held = page.link.is_some_and(|link| self.links[link].is_held);
            page.is_awake() && is_held
        };
        let holders = self.pages.iter().flatten().filter(holds).count();
        if holders < 2 {
            self.overlap_since = None;
            return;
        }
        let now = self.now;
        let since = *self.overlap_since.get_or_insert(now);
        if since == now {
            self.coverage.reach(Mark::TwoAtOnce);
        }
        let limit = self.plan.overlap();
        self.demand(now - since <= limit, || {
            format!("{holders} connections for {} ms", now - since)
        });
    }

    /// In a calm stretch, an event reaches every tab that is awake.
    pub(super) fn may_expect(&mut self, number: Number) {
        if self.is_calm() {
            let latency = self.plan.latency + self.plan.distance;
            let at = self.now + latency + 1;
            self.queue
                .plan(at, Happening::Expect(number, self.disturbances));
        }
    }

    fn is_calm(&self) -> bool {
        // One whose timers are slow may be the only one to miss the leader.
        let has_eyes = self.pages.iter().flatten().any(|page| {
            let leads = page
                .sharing
                .is_some_and(|sharing| sharing.role == Role::Leader);
            page.is_awake() && page.throttled == 1 && !leads
        });
        let is_led = self.pages.iter().flatten().any(|page| {
            let is_held = page.link.is_some_and(|link| self.links[link].is_held);
            is_held && page.is_awake()
        });
        let is_watched = has_eyes || is_led;
        self.now - self.disturbed > self.plan.stated() && is_watched
    }

    pub(super) fn expect(&mut self, number: Number, disturbances: u64) {
        if disturbances != self.disturbances || self.has_ended {
            return;
        }
        self.coverage.reach(Mark::CalmStretch);
        let channel = self.server.channel(number);
        for tab in 0..self.pages.len() {
            let Some(page) = self.page(tab).filter(|page| page.is_awake()) else {
                continue;
            };
            if let Some(life) = &page.lives[channel] {
                let (has_it, last) = (life.had.contains(&number), life.last);
                self.demand(has_it, || {
                    format!("tab {tab} has not got {number} in calm times; its last is {last:?}")
                });
            }
        }
    }

    /// The world has been healthy for long: everything is where it should be.
    pub(super) fn check_the_end(&mut self) {
        if self.plan.calm {
            self.coverage.reach(Mark::Calm);
        }
        let here: Vec<usize> = (0..self.pages.len())
            .filter(|tab| self.pages[*tab].as_ref().is_some_and(|page| !page.is_gone))
            .collect();
        let messages = self.messages;
        let tabs = u64::try_from(self.plan.tabs).expect("it fits");
        let rounds = 8 + self.disturbances + self.published + self.plan.end() / 500;
        self.demand(messages <= 2 * tabs * rounds, || {
            format!("{messages} messages of {tabs} tabs in {rounds} rounds")
        });
        let (opened, disturbances) = (self.opened, self.disturbances);
        self.demand(opened <= 1 + 2 * disturbances, || {
            format!("{opened} connections for {disturbances} disturbances")
        });
        if self.has_ended {
            return self.demand(here.is_empty(), || {
                format!("the server has ended it, and {here:?} do not know")
            });
        }
        let mut leaders = 0;
        for tab in &here {
            let page = self.pages[*tab].as_ref().expect("it is here");
            let sharing = page.sharing.expect("it was told");
            leaders += usize::from(sharing.role == Role::Leader);
            let result = page.lives.iter().flatten().try_for_each(|life| {
                life.check_in_force()?;
                life.check_tail(&self.server, Number::MAX)
            });
            let all = here.len();
            self.coverage.reach(Mark::TabsCounted);
            // One that crashes is forgotten when it has not answered for long.
            let most = if self.plan.lingers {
                all
            } else {
                all + self.crashed
            };
            self.demand((all..=most).contains(&sharing.tabs), || {
                format!(
                    "tab {tab} counts {} tabs, and there are {all}",
                    sharing.tabs
                )
            });
            self.demand(result.is_ok(), || {
                format!("tab {tab}: {}", result.expect_err("it is not"))
            });
        }
        self.demand(leaders == usize::from(!here.is_empty()), || {
            format!("{leaders} leaders at the end")
        });
    }
}
