//! What tabs want done.

use std::collections::BTreeSet;

use everstream_core::connection::State;
use everstream_core::tabs::{Output, Set};

use super::{World, bus, is_of};
use crate::coverage::Mark;
use crate::plan;

impl World {
    pub(super) fn perform(&mut self, tab: usize, output: Output) {
        match output {
            Output::Send(message) => self.say(tab, message),
            Output::RequestLock => self.request_lock(tab),
            Output::StealLock => self.steal_lock(tab),
            Output::ReleaseLock => self.release_lock(tab),
            Output::Open {
                id,
                position,
                channels,
            } => {
                let set = numbers(&channels);
                self.open(tab, id, &position, set);
            }
            Output::Channels(channels) => {
                if let Some(link) = self.page(tab).and_then(|page| page.link) {
                    self.change_set(link, &numbers(&channels));
                }
            }
            Output::Close(id) => {
                let link = self.links.iter().position(|link| is_of(link, tab, id));
                self.demand(link.is_some(), || format!("{tab} closes what is not open"));
                if let Some(link) = link {
                    self.close_link(link);
                }
                if self.page(tab).is_some_and(|page| !page.is_away) {
                    self.coverage.reach(Mark::GaveWay);
                }
            }
            Output::Event(entry) => {
                let fact = &entry.fact;
                let everstream_core::tabs::Fact::Event { channel, .. } = fact else {
                    return self.demand(false, || format!("{fact:?} is no event"));
                };
                let number = bus::number_of(fact);
                let channel = plan::channel(channel);
                self.coverage.reach(Mark::Delivered);
                let page = self.pages[tab].as_mut().expect("it is there");
                let result = match &mut page.lives[channel] {
                    Some(life) => life.receive(&self.server, number),
                    None => Err(format!("{number} is for nobody")),
                };
                self.demand(result.is_ok(), || {
                    format!("tab {tab}: {}", result.expect_err("it is not"))
                });
            }
            Output::Gap(channel) => {
                self.coverage.reach(Mark::Gap);
                let no_reason = self.plan.calm
                    && self.plan.has_ids
                    && self.plan.channels == 1
                    // Slower, and two that come together may begin two logs.
                    && self.plan.latency <= 20
                    && !self.led_without_position;
                self.demand(!no_reason, || format!("tab {tab}: a gap for no reason"));
                let life = self
                    .page(tab)
                    .and_then(|page| page.lives[plan::channel(&channel)].as_mut());
                match life {
                    Some(life) => life.miss(),
                    None => self.demand(false, || "a gap for nobody".to_owned()),
                }
            }
            Output::Skipped(..) | Output::Failed(_) => self.demand(false, || "no fault".to_owned()),
            Output::End(channel, _) => {
                if let Some(page) = self.page(tab) {
                    page.lives[plan::channel(&channel)] = None;
                }
            }
            Output::InForce(channel) => {
                let channel = plan::channel(&channel);
                let is_served = self.links.iter().any(|link| link.has_served(channel));
                self.demand(is_served, || format!("{channel} is not in force anywhere"));
                let life = self.page(tab).and_then(|page| page.lives[channel].as_mut());
                match life {
                    Some(life) => life.is_in_force = true,
                    None => self.demand(false, || format!("{channel} is in force for nobody")),
                }
            }
            Output::State(state) => {
                let is_open = matches!(state, State::Open { .. });
                if let Some(page) = self.page(tab).filter(|_| !is_open) {
                    for life in page.lives.iter_mut().flatten() {
                        life.is_in_force = false;
                    }
                }
            }
            Output::Sharing(sharing) => {
                if let Some(page) = self.page(tab) {
                    page.sharing = Some(sharing);
                }
            }
            Output::Closed(_) => {
                self.coverage.reach(Mark::ClosedForAll);
                let has_ended = self.has_ended;
                self.demand(has_ended, || "it was closed for no reason".to_owned());
                self.release_lock(tab);
                if let Some(page) = self.page(tab) {
                    page.is_gone = true;
                }
            }
        }
    }
}

fn numbers(channels: &Set<Box<str>>) -> BTreeSet<usize> {
    channels.iter().map(|name| plan::channel(name)).collect()
}
