//! What becomes of the tabs.

use std::collections::BTreeMap;
use std::time::Duration;

use everstream_core::tabs::{Config, Role, Tab};

use super::{Page, Sleep, World};
use crate::coverage::Mark;
use crate::disturbance::Fate;
use crate::life::Life;
use crate::plan;

impl World {
    pub(super) fn come(&mut self, tab: usize) {
        self.disturb();
        // A position is that of a source; channels have none of their own.
        let may = self.plan.channels == 1 && self.server.has_ids && !self.plan.calm;
        let comes_behind = may && self.random.one_in(5);
        let head = u64::try_from(self.server.head()).expect("it fits");
        let behind = if comes_behind {
            usize::try_from(self.random.within(0..=head)).expect("it fits")
        } else {
            0
        };
        let mut lives: Vec<Option<Life>> = vec![None; self.plan.channels];
        for (channel, life) in lives.iter_mut().enumerate() {
            if channel == 0 || self.random.one_in(3) {
                *life = Some(Life::new(
                    channel,
                    (behind > 0).then_some(behind),
                    self.plan.kept,
                ));
            }
        }
        let config = Config {
            election: self.plan.election,
            last_event_id: self.server.id(behind),
            seed: self.random.next(),
            wall: Duration::from_millis(1_700_000_000_000 + self.now),
            kept: self.plan.kept,
        };
        let wanted = lives.iter().flatten();
        let wanted: Vec<_> = wanted
            .map(|life| plan::name(&self.plan, life.channel))
            .collect();
        let machine = Tab::new(self.instant(), config, wanted);
        self.pages[tab] = Some(Page {
            tab: machine,
            lives,
            sleep: None,
            is_away: false,
            is_gone: false,
            throttled: 1,
            timer: None,
            link: None,
            lock_requests: 0,
            sharing: None,
            terms: BTreeMap::new(),
            claimed: None,
        });
        self.input(tab, |_, _| {});
    }

    pub(super) fn meet(&mut self, tab: usize, fate: Fate) {
        let Some(page) = self.page(tab) else { return };
        let is_awake = page.is_awake();
        let leads = page
            .sharing
            .is_some_and(|sharing| sharing.role == Role::Leader);
        let fits = match fate {
            Fate::Crash => true,
            Fate::Wake => page.sleep.is_some(),
            Fate::Return => page.is_away,
            _ => is_awake,
        };
        if !fits {
            return;
        }
        self.disturb();
        let mark = match fate {
            Fate::Close => Mark::LeaderClosed,
            Fate::Crash => Mark::LeaderCrashed,
            Fate::Hang => Mark::LeaderHung,
            Fate::Freeze { .. } => Mark::LeaderFrozen,
            Fate::Leave => Mark::LeaderLeft,
            _ => Mark::LeaderHidden,
        };
        let is_hard = !matches!(
            fate,
            Fate::Wake | Fate::Return | Fate::Show | Fate::Subscribe(_) | Fate::Unsubscribe(_)
        );
        if leads && is_hard {
            self.coverage.reach(mark);
        }
        match fate {
            Fate::Close => {
                // Who sleeps then may not hear that it has said so.
                self.crashed += usize::from(!self.plan.calm);
                self.input(tab, |tab, _| tab.close());
                self.leave(tab);
            }
            Fate::Crash => {
                self.crashed += 1;
                // Of what it has said last, some hear and some do not.
                for other in 0..self.pages.len() {
                    if self.random.one_in(2) {
                        self.lost.push((tab, other));
                    }
                }
                self.leave(tab);
            }
            Fate::Hang => self.sleep(tab, false),
            Fate::Freeze { loses } => self.sleep(tab, loses),
            Fate::Wake => self.wake(tab),
            Fate::Leave => {
                if let Some(page) = self.page(tab) {
                    page.is_away = true;
                }
                self.input(tab, |tab, _| tab.handle_leave());
            }
            Fate::Return => {
                self.coverage.reach(Mark::CameBack);
                if let Some(page) = self.page(tab) {
                    page.is_away = false;
                }
                self.input(tab, Tab::handle_return);
            }
            Fate::Hide(throttled) => {
                if let Some(page) = self.page(tab) {
                    page.throttled = throttled;
                }
            }
            Fate::Show => {
                if let Some(page) = self.page(tab) {
                    page.throttled = 1;
                }
                self.input(tab, Tab::handle_return);
            }
            Fate::Subscribe(channel) => self.subscribe(tab, channel),
            Fate::Unsubscribe(channel) => {
                let name = plan::name(&self.plan, channel);
                if let Some(page) = self.page(tab) {
                    page.lives[channel] = None;
                }
                self.input(tab, |tab, _| tab.unsubscribe(&name));
            }
        }
    }

    fn subscribe(&mut self, tab: usize, channel: usize) {
        let name = plan::name(&self.plan, channel);
        let kept = self.plan.kept;
        let Some(page) = self.page(tab) else { return };
        if page.lives[channel].is_none() {
            page.lives[channel] = Some(Life::new(channel, None, kept));
            self.input(tab, |tab, _| tab.subscribe(&name));
        }
    }

    /// A page is gone, and with it its lock and its connection.
    fn leave(&mut self, tab: usize) {
        self.release_lock(tab);
        let Some(page) = self.page(tab) else { return };
        page.is_gone = true;
        if let Some(link) = page.link {
            self.close_link(link);
        }
    }

    fn sleep(&mut self, tab: usize, loses: bool) {
        if let Some(page) = self.page(tab) {
            page.sleep = Some(Sleep {
                loses,
                missed: Vec::new(),
            });
        }
    }

    fn wake(&mut self, tab: usize) {
        let Some(sleep) = self.page(tab).and_then(|page| page.sleep.take()) else {
            return;
        };
        for happening in sleep.missed {
            self.happen(happening);
        }
        if sleep.loses {
            self.input(tab, Tab::handle_return);
        }
    }

    pub(super) fn all_wake(&mut self) {
        for tab in 0..self.pages.len() {
            for fate in [Fate::Wake, Fate::Return, Fate::Show] {
                self.meet(tab, fate);
            }
        }
    }
}
