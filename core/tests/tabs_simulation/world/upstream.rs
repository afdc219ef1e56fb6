//! The connection of a tab that leads: it reconnects by itself, and resumes where it can.

use std::collections::{BTreeMap, BTreeSet};

use everstream_core::Error;
use everstream_core::connection::{Resumed, State, TransportKind};
use everstream_core::parse::Event;
use everstream_core::tabs::UpstreamId;

use super::{Happening, World};
use crate::coverage::Mark;
use crate::plan;
use crate::queue::Time;
use crate::server::{Number, Server};

pub(crate) type LinkId = usize;

/// What comes down a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Down {
    Open,
    /// It was sent when that set was in force.
    Event(Number, u32),
    /// The server has come so far, and that set is in force.
    Progress(Number, u32),
    End(usize),
    Lost,
    Closed,
}

pub(crate) struct Link {
    pub(super) tab: usize,
    pub(super) id: UpstreamId,
    /// The tab has it.
    pub(super) is_held: bool,
    /// The server has it.
    is_open: bool,
    channels: BTreeSet<usize>,
    /// The number of that set.
    in_force: u32,
    /// What the tab asks for, and the number of the set since which it has.
    wanted: BTreeMap<usize, u32>,
    requested: u32,
    served: BTreeSet<usize>,
    /// What it would resume behind.
    position: Number,
    was_open: bool,
    /// Counts how often it broke: what was under way is lost.
    cut: u32,
    arrives: Time,
}

impl Link {
    /// The tab has heard from the server that it sends that channel, now or before.
    pub(super) fn has_served(&self, channel: usize) -> bool {
        self.served.contains(&channel)
    }
}

impl World {
    pub(super) fn open(
        &mut self,
        tab: usize,
        id: UpstreamId,
        position: &str,
        set: BTreeSet<usize>,
    ) {
        self.opened += 1;
        let position = Server::number(position);
        if position > 0 {
            self.coverage.reach(Mark::Resumed);
        }
        let link = self.links.len();
        self.links.push(Link {
            tab,
            id,
            is_held: true,
            is_open: false,
            channels: BTreeSet::new(),
            in_force: 0,
            wanted: set.into_iter().map(|channel| (channel, 0)).collect(),
            requested: 0,
            served: BTreeSet::new(),
            position,
            was_open: false,
            cut: 0,
            arrives: self.now,
        });
        if let Some(page) = self.page(tab) {
            page.link = Some(link);
        }
        self.plan_arrival(link, 0);
    }

    fn plan_arrival(&mut self, link: LinkId, wait: Time) {
        let at = self.now + wait + self.random.within(1..=self.plan.distance);
        self.queue.plan(at, Happening::Arrive(link));
    }

    pub(super) fn close_link(&mut self, link: LinkId) {
        let link = &mut self.links[link];
        link.is_held = false;
        link.is_open = false;
    }

    pub(super) fn change_set(&mut self, link: LinkId, set: &BTreeSet<usize>) {
        let at = self.now + self.random.within(1..=self.plan.distance);
        let at = at.max(self.links[link].arrives);
        let id = link;
        let link = &mut self.links[id];
        link.arrives = at;
        link.requested += 1;
        let requested = link.requested;
        link.wanted.retain(|channel, _| set.contains(channel));
        for channel in set {
            link.wanted.entry(*channel).or_insert(requested);
        }
        let set = set.iter().copied().collect();
        self.queue
            .plan(at, Happening::SetArrives(id, requested, set));
    }

    pub(super) fn arrive(&mut self, id: LinkId) {
        if !self.links[id].is_held || self.links[id].is_open {
            return;
        }
        if self.has_ended {
            return self.send_down(id, Down::Closed);
        }
        let link = &mut self.links[id];
        link.is_open = true;
        link.channels = link.wanted.keys().copied().collect();
        link.in_force = link.requested;
        self.send_down(id, Down::Open);
        let link = &self.links[id];
        let resumes = self.server.has_ids && link.position > 0;
        if resumes {
            for number in self.server.replay(link.position, &link.channels) {
                self.send_event(id, number);
            }
        }
        self.send_progress(id);
    }

    fn send_progress(&mut self, id: LinkId) {
        let in_force = self.links[id].in_force;
        self.send_down(id, Down::Progress(self.server.head(), in_force));
    }

    pub(super) fn set_arrives(&mut self, id: LinkId, number: u32, set: Vec<usize>) {
        let link = &mut self.links[id];
        if link.is_open && number > link.in_force {
            link.in_force = number;
            link.channels = set.into_iter().collect();
            self.send_progress(id);
        }
    }

    fn send_event(&mut self, id: LinkId, number: Number) {
        let in_force = self.links[id].in_force;
        self.send_down(id, Down::Event(number, in_force));
    }

    pub(super) fn publish(&mut self, channel: usize) {
        self.published += 1;
        let number = self.server.publish(channel);
        let is_for = |id: &LinkId| {
            let link = &self.links[*id];
            link.is_open && link.channels.contains(&channel)
        };
        let takers: Vec<LinkId> = (0..self.links.len()).filter(is_for).collect();
        for id in takers {
            self.send_event(id, number);
        }
        self.may_expect(number);
    }

    pub(super) fn complete(&mut self, channel: usize) {
        self.disturb();
        for id in 0..self.links.len() {
            let link = &mut self.links[id];
            if link.is_open && link.channels.remove(&channel) {
                self.coverage.reach(Mark::ChannelEnded);
                self.send_down(id, Down::End(channel));
            }
        }
    }

    pub(super) fn cut(&mut self) {
        self.disturb();
        for id in 0..self.links.len() {
            if self.links[id].is_open {
                self.links[id].is_open = false;
                self.links[id].cut += 1;
                self.send_down(id, Down::Lost);
            }
        }
    }

    pub(super) fn end_all(&mut self) {
        self.disturb();
        self.has_ended = true;
        for id in 0..self.links.len() {
            if self.links[id].is_open {
                self.send_down(id, Down::Closed);
                self.links[id].is_open = false;
            }
        }
    }

    fn send_down(&mut self, id: LinkId, down: Down) {
        let link = &mut self.links[id];
        let at = self.now + self.random.within(1..=self.plan.distance);
        let at = at.max(link.arrives);
        link.arrives = at;
        self.queue.plan(at, Happening::Down(id, link.cut, down));
    }

    pub(super) fn down(&mut self, id: LinkId, cut: u32, down: Down) {
        let link = &mut self.links[id];
        if !link.is_held || link.cut != cut {
            return;
        }
        let (tab, upstream) = (link.tab, link.id);
        let transport = TransportKind::Fetch;
        match down {
            Down::Open => {
                let resumed = link.position > 0;
                let has_missed = core::mem::replace(&mut link.was_open, true) && !resumed;
                if has_missed {
                    self.coverage.reach(Mark::Reconnected);
                }
                self.input(tab, |tab, _| {
                    if has_missed {
                        tab.handle_gap(upstream, None);
                    }
                    let state = State::Open {
                        transport,
                        resumed: if resumed { Resumed::Asked } else { Resumed::No },
                        answer: None,
                    };
                    tab.handle_state(upstream, &state);
                });
            }
            Down::Event(number, in_force) => {
                // What was sent before the channel was asked for anew is not for who has it now.
                let since = link.wanted.get(&self.server.channel(number));
                if since.is_none_or(|since| in_force < *since) {
                    return;
                }
                let event_id = self.server.id(number);
                if self.server.has_ids {
                    link.position = link.position.max(number);
                }
                let channel = plan::name(&self.plan, self.server.channel(number));
                let event = Event {
                    event_type: "message",
                    data: &number.to_string(),
                    last_event_id: &event_id,
                };
                self.input(tab, |tab, _| {
                    tab.handle_event(upstream, &channel, &event, &event_id);
                });
            }
            Down::Progress(number, in_force) => {
                if self.server.has_ids {
                    link.position = link.position.max(number);
                }
                let position = self.server.id(link.position);
                let is_in_force = |since: &u32| *since <= in_force;
                let channels = link.wanted.iter().filter(|(_, since)| is_in_force(since));
                let channels: Vec<usize> = channels.map(|(channel, _)| *channel).collect();
                link.served.extend(&channels);
                let names = channels
                    .iter()
                    .map(|channel| plan::name(&self.plan, *channel));
                let names = names.collect();
                self.input(tab, |tab, _| {
                    tab.handle_progress(upstream, &position, names);
                });
            }
            Down::End(channel) => {
                link.wanted.remove(&channel);
                let channel = plan::name(&self.plan, channel);
                self.input(tab, |tab, _| tab.handle_end(upstream, &channel, None));
            }
            Down::Lost => {
                let state = State::Waiting {
                    retry_in: None,
                    failures: 1,
                    error: Error::Disconnected {
                        unfinished: None,
                        detail: "the connection was cut".to_owned(),
                    },
                };
                self.input(tab, |tab, _| tab.handle_state(upstream, &state));
                let wait = self.random.within(10..=1_000);
                self.plan_arrival(id, wait);
            }
            Down::Closed => {
                let state = State::Closed { error: None };
                self.input(tab, |tab, _| tab.handle_state(upstream, &state));
            }
        }
    }
}
