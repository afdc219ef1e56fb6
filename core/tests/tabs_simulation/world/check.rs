//! The rules that hold at all times, and those that hold at the end.

use everstream_core::session::Input;
use everstream_core::tabs::Role;

use super::{Happening, Page, World};
use crate::coverage::Mark;
use crate::hub::truth::Number;

/// The most characters of a printed session.
const MOST_KEPT: usize = 6_000;
/// The most additional characters for each entry of the log.
const MOST_KEPT_AN_ENTRY: usize = 160;

impl World {
    /// Checks that there is at most one connection, except while one tab takes over from another.
    pub(super) fn check_overlap(&mut self) {
        let holds = |page: &&Page| page.is_awake() && !page.edge.links.is_empty();
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

    /// Expects an event of a calm stretch to reach every awake tab.
    pub(super) fn may_expect(&mut self, number: Number) {
        if self.is_calm() {
            let latency = self.plan.latency + self.plan.habits.latency;
            let at = self.now + latency + 1;
            self.queue
                .plan(at, Happening::Expect(number, self.disturbances));
        }
    }

    fn is_calm(&self) -> bool {
        // A tab with slow timers may be the only one that could notice the leader's absence.
        let has_eyes = self.pages.iter().flatten().any(|page| {
            let leads = page
                .sharing
                .is_some_and(|sharing| sharing.role == Role::Leader);
            page.is_awake() && page.throttled == 1 && !leads
        });
        let is_led = self.pages.iter().flatten().any(|page| {
            let is_served = |open: &crate::hub::edge::Open| {
                open.wire.is_some_and(|wire| self.net.server.serves(wire))
            };
            page.is_awake() && page.edge.links.iter().any(is_served)
        });
        let is_watched = has_eyes || is_led;
        self.now - self.disturbed > self.plan.stated() && is_watched
    }

    pub(super) fn expect(&mut self, number: Number, disturbances: u64) {
        if disturbances != self.disturbances || self.has_ended {
            return;
        }
        self.coverage.reach(Mark::CalmStretch);
        let channel = self.net.server.channel_of(number);
        let is_large = self.plan.habits.is_large(number);
        for tab in 0..self.pages.len() {
            self.has_room(tab);
            let Some(page) = self.page(tab).filter(|page| page.is_awake()) else {
                continue;
            };
            if let Some(life) = &page.lives[channel] {
                let (has_it, last) = (life.had.contains(&number) || is_large, life.last);
                self.demand(has_it, || {
                    format!("tab {tab} has not got {number} in calm times; its last is {last:?}")
                });
            }
        }
    }

    /// Checks that a tab keeps its log within the limit, and little else, and that its connection keeps
    /// little.
    fn check_memory(&mut self, tab: usize) {
        if let Some(page) = self.page(tab) {
            page.kept.set(Some(0));
        }
        self.input(tab, Input::Timeout);
        let Some(page) = self.page(tab) else { return };
        let of_connection = page.kept.replace(None).unwrap_or(0);
        let of_tab = format!("{:?}", page.edge.session).len();
        let tabs = self.plan.tabs;
        self.demand(of_connection <= MOST_KEPT, || {
            format!("the connection of {tab} keeps {of_connection} characters' worth at the end")
        });
        // A tab also keeps, for a while, the entries of another log.
        let entries = self.plan.kept.min(80) + 80;
        let most = MOST_KEPT + 100 * tabs + MOST_KEPT_AN_ENTRY * entries;
        self.demand(of_tab <= most, || {
            format!("tab {tab} keeps {of_tab} characters' worth at the end")
        });
    }

    /// Checks the final state: after a long healthy time, everything must have recovered.
    pub(super) fn check_the_end(&mut self) {
        if self.plan.calm {
            self.coverage.reach(Mark::Calm);
        }
        let here: Vec<usize> = (0..self.pages.len())
            .filter(|tab| self.pages[*tab].as_ref().is_some_and(|page| !page.is_gone))
            .collect();
        for tab in &here {
            self.has_room(*tab);
        }
        for tab in &here {
            self.check_memory(*tab);
        }
        let messages = self.messages;
        let tabs = u64::try_from(self.plan.tabs).expect("it fits");
        let rounds = 8 + self.disturbances + self.published + self.plan.end() / 500;
        self.demand(messages <= 2 * tabs * rounds, || {
            format!("{messages} messages of {tabs} tabs in {rounds} rounds")
        });
        let (attempts, disturbances) = (self.attempts, self.disturbances);
        self.demand(attempts <= 20 * (1 + disturbances), || {
            format!("{attempts} attempts for {disturbances} disturbances")
        });
        if self.has_ended {
            // A tab without subscriptions opens no connection, so it never learns of the end.
            let asks = |tab: &usize| {
                let page = self.pages[*tab].as_ref();
                page.is_some_and(|page| page.lives.iter().any(Option::is_some))
            };
            let asked = here.iter().any(asks);
            return self.demand(!asked, || {
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
                life.check_tail(&self.net.server, Number::MAX)
            });
            let all = here.len();
            self.coverage.reach(Mark::TabsCounted);
            // A crashed tab is forgotten after it hasn't answered for long.
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
