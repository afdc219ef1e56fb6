//! The page: sends requests, reads messages, and records the deliveries and outputs of its session.

use everstream_core::connection::{Attempt, State};
use everstream_core::session::{ChannelId, LinkId};
use everstream_core::tabs::Role;

use super::{Happening, World};
use crate::coverage::Mark;
use crate::hub::edge::{Edge, Told, Wish};
use crate::hub::net::{Fault, Incoming, Mood, Passage};
use crate::hub::wire::{Fact, Message};
use crate::life::Life;

impl World {
    // The server

    pub(super) fn publish(&mut self, channel: usize) {
        self.published += 1;
        self.net.server.publish(channel);
        let number = self.net.server.truth.head;
        self.may_expect(number);
    }

    pub(super) fn ping(&mut self) {
        self.net.server.ping();
        if let Some(interval) = self.plan.habits.ping {
            self.queue.plan(self.now + interval, Happening::Ping);
        }
    }

    pub(super) fn strike(&mut self, fault: Fault) {
        self.disturb();
        match fault {
            Fault::Restarts => self.coverage.reach(Mark::Restarted),
            Fault::Silences => self.coverage.reach(Mark::Silenced),
            _ => {}
        }
        self.net.strike(&mut self.random, fault);
    }

    pub(super) fn end_all(&mut self) {
        self.disturb();
        self.has_ended = true;
        self.net.server.has_ended = true;
        self.net.strike(&mut self.random, Fault::Ends);
    }

    // The network

    pub(super) fn send(&mut self, tab: usize, link: LinkId, attempt: &Attempt) {
        let sent = self.with_edge(tab, |edge, moment, net| {
            edge.send(moment, net, link, attempt)
        });
        if let Some(Some(wire)) = sent
            && self.net.wires[wire].resumes
        {
            self.coverage.reach(Mark::Resumed);
        }
        if attempt.number > 1 {
            self.coverage.reach(Mark::Reconnected);
        }
    }

    pub(super) fn pass(&mut self, passage: Passage) {
        let time = (self.now, &mut self.random);
        let Some(incoming) = self.net.happen(time, passage) else {
            return;
        };
        let tab = match &incoming {
            Incoming::Message(wire, message) => {
                if let Message::Piece(_, facts) = message
                    && facts
                        .iter()
                        .any(|noted| matches!(noted.fact, Fact::InForce(_)))
                {
                    self.coverage.reach(Mark::SetByControl);
                }
                self.net.wires[*wire].page
            }
            Incoming::Answer(number, _) => self.net.sends[*number].page,
        };
        let read = self.with_edge(tab, |edge, moment, net| edge.come(moment, net, incoming));
        if let Some(Some(Incoming::Message(wire, message))) = read {
            self.with_edge(tab, |edge, moment, net| {
                edge.read(moment, net, wire, &message);
            });
        }
    }

    // Subscribers

    /// Sometimes limits the subscribers' room to a few deliveries.
    pub(super) fn fill(&mut self, tab: usize) {
        let once_in = self.plan.full_once_in;
        if self.now < self.plan.healthy_from && self.random.one_in(once_in) {
            let room = 1 + self.random.index(3);
            if let Some(page) = self.page(tab)
                && !page.edge.is_full()
            {
                page.edge.make_room(room);
                let at = self.now + self.random.within(0..=300);
                self.queue.plan(at, Happening::HasRoom(tab));
            }
        }
    }

    pub(super) fn has_room(&mut self, tab: usize) {
        let Some(page) = self.page(tab) else { return };
        if page.edge.is_full() {
            self.coverage.reach(Mark::Full);
        }
        if let Some(page) = self.page(tab) {
            page.edge.make_room(usize::MAX);
        }
        self.with_edge(tab, Edge::go_on);
    }

    /// Checks the rules after each step of a page's edge.
    pub(super) fn look(&mut self, tab: usize) {
        let Some(page) = self.page(tab) else { return };
        for fault in core::mem::take(&mut page.edge.faults) {
            self.demand(false, || format!("tab {tab}: {fault}"));
        }
        while let Some(wish) = self.page(tab).and_then(|page| page.edge.wishes.pop_front()) {
            if !matches!(wish, Wish::Say(_)) {
                self.note(|| format!("    {tab}: {wish:?}"));
            }
            self.grant_wish(tab, wish);
        }
        let Some(page) = self.page(tab) else { return };
        for told in core::mem::take(&mut page.edge.told) {
            self.note(|| format!("    {tab}: {told:?}"));
            self.hand_on(tab, told);
        }
        self.set_timer(tab);
    }

    fn grant_wish(&mut self, tab: usize, wish: Wish) {
        match wish {
            Wish::Connect(link, attempt) => {
                self.attempts += 1;
                let links = self.page(tab).map_or(0, |page| page.edge.links.len());
                let most = if crate::HAS_CHANNELS { 2 } else { 1 };
                self.demand(links <= most, || format!("tab {tab}: {links} connections"));
                if links > 1 {
                    self.coverage.reach(Mark::Successor);
                }
                let soon = self.now + self.random.within(0..=2);
                self.queue.plan(soon, Happening::Send(tab, link, attempt));
            }
            Wish::Say(bytes) => self.say(tab, bytes),
            Wish::RequestLock => self.request_lock(tab),
            Wish::StealLock => self.steal_lock(tab),
            Wish::ReleaseLock => self.release_lock(tab),
        }
        let hangs = self.net.mood == Mood::Hangs;
        if hangs
            && self
                .page(tab)
                .is_some_and(|page| page.edge.waits_for_answer())
        {
            self.coverage.reach(Mark::RequestHung);
        }
    }

    /// Returns a tab's subscription, by the number of its channel. The first one stands for a source.
    fn life(&mut self, tab: usize, id: ChannelId) -> Option<&mut Life> {
        let page = self.page(tab)?;
        page.lives.iter_mut().flatten().find(|life| life.id == id)
    }

    fn hand_on(&mut self, tab: usize, told: Told) {
        match told {
            Told::Event { channel, data, .. } => self.hand_event_on(tab, channel, &data),
            Told::Gap(channel) => {
                self.coverage.reach(Mark::Gap);
                let no_reason = self.plan.calm
                    && self.plan.habits.kind.has_ids()
                    && self.plan.habits.channels == 1
                    // With a higher latency, two tabs that open together may begin two logs.
                    && self.plan.latency <= 20
                    && !self.led_without_position;
                self.demand(!no_reason, || format!("tab {tab}: a gap for no reason"));
                match self.life(tab, channel) {
                    Some(life) => life.miss(),
                    None => self.demand(false, || format!("tab {tab}: a gap for nobody")),
                }
            }
            Told::Skipped(channel, _) => {
                self.coverage.reach(Mark::Skipped);
                match self.life(tab, channel) {
                    Some(life) => life.miss(),
                    None => self.demand(false, || format!("tab {tab}: skipped for nobody")),
                }
            }
            Told::InForce(channel, yes) => {
                self.demand(yes, || format!("tab {tab}: {channel:?} is not in force"));
                let served = self.net.server.served.clone();
                let head = self.net.server.truth.head;
                match self.life(tab, channel) {
                    Some(life) => {
                        let is_served = served[life.channel];
                        life.come_into_force(head);
                        self.demand(is_served, || {
                            format!("{channel:?} is in force, and was never served")
                        });
                    }
                    None => self.demand(false, || format!("{channel:?} is in force for nobody")),
                }
            }
            Told::End(channel, _) => {
                self.coverage.reach(Mark::ChannelEnded);
                let is_calm = self.plan.calm;
                self.demand(!is_calm, || format!("{channel:?} ends for no reason"));
                let known = self.life(tab, channel).map(|life| life.channel);
                match (known, self.page(tab)) {
                    (Some(channel), Some(page)) => page.lives[channel] = None,
                    _ => self.demand(false, || format!("{channel:?} ends for nobody")),
                }
            }
            Told::Failed(error) => {
                // A successor that must stop doesn't end the stream in use.
                let is_owed =
                    self.plan.habits.has_large_events || error.status().is_some() || self.has_ended;
                self.demand(is_owed, || format!("tab {tab}: nothing fails: {error}"));
            }
            Told::State(State::Closed { error }) => {
                self.coverage.reach(Mark::ClosedForAll);
                let has_ended = self.has_ended;
                self.demand(has_ended, || {
                    format!("tab {tab}: it was closed for no reason: {error:?}")
                });
                self.release_lock(tab);
                self.vanish(tab);
            }
            Told::State(state) => {
                let is_open = matches!(state, State::Open { .. });
                let head = self.net.server.truth.head;
                let Some(page) = self.page(tab) else { return };
                for life in page.lives.iter_mut().flatten() {
                    if !is_open {
                        life.is_in_force = false;
                    } else if !crate::HAS_CHANNELS {
                        // A source is in force as soon as it is open.
                        life.come_into_force(head);
                    }
                }
            }
            Told::Ended(_) => {}
            Told::Sharing(sharing) => {
                let Some(page) = self.page(tab) else { return };
                let before = page.sharing.replace(sharing);
                let led = before.is_some_and(|before| before.role == Role::Leader);
                if led && sharing.role == Role::Follower && page.is_awake() {
                    self.coverage.reach(Mark::GaveWay);
                }
            }
        }
    }

    fn hand_event_on(&mut self, tab: usize, channel: ChannelId, data: &str) {
        let Ok(number) = data.parse() else {
            return self.demand(false, || format!("{data} is no number of ours"));
        };
        self.coverage.reach(Mark::Delivered);
        let Some(mut life) = self.life(tab, channel).cloned() else {
            return self.demand(false, || format!("tab {tab}: {number} is for nobody"));
        };
        let result = life.receive(&self.net.server, &self.plan.habits, number);
        self.demand(result.is_ok(), || {
            format!("tab {tab}: {}", result.expect_err("it is not"))
        });
        if let Some(known) = self.life(tab, channel) {
            *known = life;
        }
    }
}
