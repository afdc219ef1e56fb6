//! The changes of the tabs.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use everstream_core::connection::Signal;
use everstream_core::mux::{EverstreamProtocol, Start};
use everstream_core::session::{
    ChannelId, Input, LinkId, Muxed, MuxedConfig, Open, Opening, SOLE, Session, Shared,
    SharedConfig, Solo,
};
use everstream_core::tabs::{Config, Role};

use super::{Order, Page, Sleep, World};
use crate::coverage::Mark;
use crate::disturbance::Fate;
use crate::hub::edge::Edge;
use crate::hub::habits::name;
use crate::hub::spy::{Kept, Spy};
use crate::hub::truth::Number;
use crate::life::Life;
use crate::plan::Plan;

impl World {
    pub(super) fn come(&mut self, tab: usize) {
        self.disturb();
        let has_channels = crate::HAS_CHANNELS;
        // Only a source has a position to begin behind. Channels have none of their own.
        let may = !has_channels && self.plan.habits.kind.has_ids() && !self.plan.calm;
        let comes_behind = may && self.random.one_in(5);
        let head = self.net.server.truth.head;
        let behind = if comes_behind {
            self.random.within(0..=head)
        } else {
            0
        };
        let last_event_id = Some(behind)
            .filter(|number| *number > 0)
            .and_then(|number| self.net.server.truth.id(number));
        let seed = self.random.next();
        let kept = Kept::default();
        let config = SharedConfig {
            tab: Config {
                election: self.plan.election,
                last_event_id: last_event_id.unwrap_or_default(),
                seed,
                wall: Duration::from_millis(1_700_000_000_000 + self.now - self.wall_behind),
                kept: self.plan.kept,
            },
            has_channels,
            open: open(&self.plan, seed, &kept),
        };
        let session = Shared::new(super::instant(self.now), config);
        let mut edge = Edge::new(Box::new(session), tab);
        edge.holds = false;
        let mut lives: Vec<Option<Life>> = vec![None; self.plan.habits.channels];
        if !has_channels {
            let behind = (behind > 0).then_some(behind);
            lives[0] = Some(Life::new(SOLE, 0, behind, self.plan.kept));
        }
        self.pages[tab] = Some(Page {
            edge,
            lives,
            name: None,
            channels: 0,
            kept,
            sleep: None,
            is_away: false,
            is_gone: false,
            throttled: 1,
            ahead: 0,
            timer: None,
            lock_requests: 0,
            sharing: None,
            terms: BTreeMap::new(),
            claimed: None,
        });
        self.input(tab, Input::Start);
        if has_channels {
            for channel in 0..self.plan.habits.channels {
                if channel == 0 || self.random.one_in(3) {
                    self.subscribe(tab, channel);
                }
            }
            self.input(tab, Input::Flush);
        }
    }

    pub(super) fn meet(&mut self, tab: usize, fate: Fate) {
        let Some(page) = self.page(tab) else { return };
        let is_awake = page.is_awake();
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
        self.mark_fate(tab, fate);
        self.fill(tab);
        match fate {
            Fate::Close => {
                // A tab that sleeps then may not hear the announcement.
                self.crashed += usize::from(!self.plan.calm);
                self.input(tab, Input::Close);
                self.leave(tab);
            }
            Fate::Crash => {
                self.crashed += 1;
                // The last messages of a crashing tab reach only some of the others.
                for other in 0..self.pages.len() {
                    if self.random.one_in(2) {
                        self.lost.push((tab, other));
                    }
                }
                self.leave(tab);
            }
            Fate::Hang => self.sleep(tab, false, false),
            Fate::Freeze { loses } => self.freeze(tab, loses),
            Fate::Wake => self.wake(tab),
            Fate::Leave => {
                if let Some(page) = self.page(tab) {
                    page.is_away = true;
                }
                self.input(tab, Input::Leave);
                let links = self.page(tab).map_or(0, |page| page.edge.links.len());
                self.demand(links == 0, || {
                    format!("tab {tab} leaves {links} connections open")
                });
            }
            Fate::Return => {
                self.coverage.reach(Mark::CameBack);
                if let Some(page) = self.page(tab) {
                    page.is_away = false;
                }
                self.input(tab, Input::Return);
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
                self.input(tab, Input::Return);
            }
            Fate::Jump(by) => {
                self.coverage.reach(Mark::Jumped);
                if let Some(page) = self.page(tab) {
                    page.ahead += by;
                }
                self.input(tab, Input::Timeout);
            }
            Fate::Subscribe(channel) => {
                self.subscribe(tab, channel);
                self.input(tab, Input::Flush);
                let life = self.page(tab).and_then(|page| page.lives[channel].as_ref());
                if life.is_some_and(|life| life.begins_behind && !life.had.is_empty()) {
                    self.coverage.reach(Mark::BegunFromOwnLog);
                }
            }
            Fate::Unsubscribe(channel) => {
                let given_up = self.page(tab).and_then(|page| page.lives[channel].take());
                if let Some(life) = given_up {
                    self.input(tab, Input::Unsubscribe(life.id, &name(channel)));
                    // Sometimes the tab requests the channel again in the same turn.
                    if self.random.one_in(4) {
                        self.subscribe(tab, channel);
                    }
                    self.input(tab, Input::Flush);
                }
            }
        }
    }

    /// Notes what happens to a leader.
    fn mark_fate(&mut self, tab: usize, fate: Fate) {
        let sharing = self.page(tab).and_then(|page| page.sharing);
        let leads = sharing.is_some_and(|sharing| sharing.role == Role::Leader);
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
            Fate::Wake
                | Fate::Return
                | Fate::Show
                | Fate::Jump(_)
                | Fate::Subscribe(_)
                | Fate::Unsubscribe(_)
        );
        if leads && is_hard {
            self.coverage.reach(mark);
            if self
                .page(tab)
                .is_some_and(|page| page.edge.waits_for_answer())
            {
                self.coverage.reach(Mark::LeaderHadRequest);
            }
        }
    }

    fn subscribe(&mut self, tab: usize, channel: usize) {
        let kept = self.plan.kept;
        let Some(page) = self.page(tab) else { return };
        if page.lives[channel].is_some() {
            return;
        }
        page.channels += 1;
        let id = ChannelId(page.channels);
        let behind = self.draw_start(channel);
        let start = behind.and_then(|number| self.net.server.truth.id(number));
        if let Some(page) = self.page(tab) {
            page.lives[channel] = Some(Life::new(id, channel, behind, kept));
        }
        self.input(
            tab,
            Input::Subscribe {
                channel: id,
                name: &name(channel),
                start: start.map_or(Start::Now, |id| Start::After(id.into())),
            },
        );
    }

    /// Draws the event after which a channel is to begin, if it is to begin after one: a late event of the
    /// channel, of which some log knows, or any.
    fn draw_start(&mut self, channel: usize) -> Option<Number> {
        if !self.plan.habits.kind.has_ids() || self.plan.calm || !self.starts.one_in(3) {
            return None;
        }
        let back = self.starts.within(0..=8);
        let truth = &self.net.server.truth;
        let number = if self.starts.one_in(4) {
            Some(truth.head.saturating_sub(back))
        } else {
            truth.back(channel, back)
        };
        number.filter(|number| *number > 0)
    }

    /// Removes a page with its lock and its connection.
    fn leave(&mut self, tab: usize) {
        self.release_lock(tab);
        self.vanish(tab);
    }

    pub(super) fn vanish(&mut self, tab: usize) {
        if let Some(page) = self.pages[tab].as_mut().filter(|page| !page.is_gone) {
            page.is_gone = true;
            page.edge.vanish(&mut self.net);
        }
    }

    /// Freezes a page, whose streams stay dead even after the thaw.
    fn freeze(&mut self, tab: usize, loses: bool) {
        // Browsers freeze only hidden pages.
        self.input(tab, Input::Signal(Signal::Hidden));
        let links = self.page(tab).map(|page| page.edge.links.clone());
        for wire in links.into_iter().flatten().filter_map(|open| open.wire) {
            self.net.wires[wire].stalled = true;
            self.net.server.close(wire);
        }
        self.sleep(tab, loses, true);
    }

    fn sleep(&mut self, tab: usize, loses: bool, is_frozen: bool) {
        if let Some(page) = self.page(tab) {
            page.sleep = Some(Sleep {
                loses,
                is_frozen,
                missed: VecDeque::new(),
            });
        }
    }

    /// Wakes a page. Happenings of the meantime are interleaved at random, but each kind keeps its order.
    fn wake(&mut self, tab: usize) {
        let Some(sleep) = self.page(tab).and_then(|page| page.sleep.take()) else {
            return;
        };
        let mut missed = sleep.missed;
        let is_frozen = sleep.is_frozen;
        let mut returns = sleep.loses;
        let mut thaws = is_frozen;
        while !missed.is_empty() || returns || thaws {
            let at = self.random.index(missed.len() + 1);
            let Some((order, _)) = missed.get(at) else {
                if core::mem::take(&mut thaws) {
                    self.input(tab, Input::Signal(Signal::Thawed));
                } else if core::mem::take(&mut returns) {
                    self.input(tab, Input::Return);
                }
                continue;
            };
            let order: Order = *order;
            let first = missed.iter().position(|(other, _)| *other == order);
            if let Some((_, happening)) = first.and_then(|first| missed.remove(first)) {
                self.happen(happening);
            }
        }
    }

    /// Wakes all pages. A page that was visible all the time gets no signal.
    pub(super) fn all_wake(&mut self) {
        for tab in 0..self.pages.len() {
            for fate in [Fate::Wake, Fate::Return] {
                self.meet(tab, fate);
            }
            if self.page(tab).is_some_and(|page| page.throttled > 1) {
                self.meet(tab, Fate::Show);
            }
        }
    }
}

/// Opens the leader's upstream, which serves all tabs.
fn open(plan: &Plan, seed: u64, kept: &Kept) -> Open {
    let (plan, kept) = (plan.clone(), Kept::clone(kept));
    Box::new(move |opening: Opening<'_>| -> Box<dyn Session> {
        let Opening { position, first } = opening;
        let connection = plan.connection(position.to_owned());
        if !crate::HAS_CHANNELS {
            let session = Box::new(Solo::new(connection, seed, first));
            return Box::new(Spy::new(session, &kept));
        }
        let config = MuxedConfig {
            url: "https://example.org/stream".to_owned(),
            connection,
            seed,
            first: LinkId(first.0),
        };
        let session = Box::new(Muxed::new(config, EverstreamProtocol::new()));
        Box::new(Spy::new(session, &kept))
    })
}
