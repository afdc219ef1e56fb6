//! The messages between tabs, and the lock.

use std::rc::Rc;

use everstream_core::connection::State;
use everstream_core::session::Input;
use everstream_core::tabs::{Begin, Body, Election, Entry, Fact, Message};

use super::{Happening, Spoken, World};
use crate::coverage::Mark;
use crate::lock::Request;

impl World {
    pub(super) fn say(&mut self, from: usize, bytes: Vec<u8>) {
        self.messages += 1;
        let Some(message) = Message::decode(&bytes) else {
            return self.demand(false, || format!("{bytes:?} can't be read"));
        };
        self.mark(from, &message);
        if let Some(page) = self.page(from) {
            page.name = Some(message.from);
        }
        let spoken = Spoken {
            bytes: bytes.into(),
            message: message.into(),
        };
        for to in 0..self.pages.len() {
            let hears = self.page(to).is_some_and(|page| !page.is_away);
            if to == from || !hears {
                continue;
            }
            let before = self.arrivals.get(&(from, to)).copied().unwrap_or(0);
            let at = before.max(self.now + self.random.within(0..=self.plan.latency));
            self.arrivals.insert((from, to), at);
            self.queue
                .plan(at, Happening::Said(from, to, spoken.clone()));
        }
    }

    fn mark(&mut self, from: usize, message: &Message) {
        if let Body::Beat(beat) = &message.body
            && matches!(beat.state, State::Open { .. })
        {
            let leader = self.page(from);
            let has_none = |page: &mut super::Page| page.edge.session.place().position.is_empty();
            self.led_without_position |= leader.is_some_and(has_none);
        }
        let mark = match &message.body {
            Body::Batch(batch) if batch.before.is_some() => Mark::NotKept,
            Body::Batch(batch) if batch.to.is_some() => Mark::Resent,
            Body::Have(have) if !have.entries.is_empty() => Mark::Taught,
            Body::Replay(replay) if replay.events.is_empty() => Mark::BegunWithGap,
            Body::Replay(_) => Mark::BegunFromLeadersLog,
            Body::Batch(batch) if batch.entries.iter().any(begins_by_server) => Mark::BegunByServer,
            Body::Ask(_) => Mark::Forgotten,
            Body::Beat(beat) if matches!(beat.begin, Some(Begin::Behind(_))) => Mark::BegunBehind,
            Body::Claim(_) => {
                let now = self.now;
                if let Some(page) = self.page(from) {
                    page.claimed = Some(now);
                }
                return;
            }
            _ => return,
        };
        self.coverage.reach(mark);
    }

    pub(super) fn hear(&mut self, from: usize, to: usize, spoken: &Spoken) {
        if self.lost.contains(&(from, to)) {
            self.coverage.reach(Mark::LostWithSender);
            return;
        }
        let now = self.now;
        let Some(page) = self.page(to).filter(|page| !page.is_away) else {
            return;
        };
        let mut mark = None;
        match &spoken.message.body {
            Body::Batch(batch) => {
                if batch.before.is_some() && batch.to == page.name {
                    // The tab was away for more than the leader keeps, and forgets what it has received.
                    for life in page.lives.iter_mut().flatten() {
                        life.keeps_little = true;
                    }
                }
                for entry in &batch.entries {
                    if let Fact::Event { data, .. } = &entry.fact {
                        let number = data.parse().expect("a number of ours");
                        let first = page.terms.get(&number);
                        if first.is_some_and(|first| *first < batch.term) {
                            mark = Some(Mark::SeenTwice);
                        }
                        page.terms.entry(number).or_insert(batch.term);
                    }
                }
            }
            Body::Claim(_) if page.claimed.is_some_and(|claimed| now - claimed < 300) => {
                mark = Some(Mark::ClaimedTogether);
            }
            _ => {}
        }
        if let Some(mark) = mark {
            self.coverage.reach(mark);
        }
        self.fill(to);
        self.input(to, Input::Heard(&spoken.bytes));
    }

    // The lock

    pub(super) fn request_lock(&mut self, tab: usize) {
        if self.plan.refuses_locks {
            self.coverage.reach(Mark::LocksRefused);
            let at = self.now + self.random.within(0..=5);
            return self.queue.plan(at, Happening::NoLocks(tab));
        }
        let request = self.new_request(tab);
        let granted = self.lock.request(request);
        self.grant(granted);
    }

    pub(super) fn steal_lock(&mut self, tab: usize) {
        self.coverage.reach(Mark::Stolen);
        if self.plan.refuses_locks {
            return self.request_lock(tab);
        }
        let request = self.new_request(tab);
        let robbed = self.lock.steal(request);
        if let Some(robbed) = robbed {
            self.queue
                .plan(self.now + 1, Happening::Lock(robbed, false));
        }
        self.grant(Some(request));
    }

    pub(super) fn release_lock(&mut self, tab: usize) {
        if self.plan.election == Election::Lock {
            if let Some(page) = self.page(tab) {
                // A lock granted in the meantime is not taken.
                page.lock_requests += 1;
            }
            let granted = self.lock.release(tab);
            self.grant(granted);
        }
    }

    /// Lets other code of the same origin take the lock for a while.
    pub(super) fn rob(&mut self) {
        self.disturb();
        let robbed = self.lock.rob();
        if let Some(robbed) = robbed {
            self.coverage.reach(Mark::Robbed);
            self.queue
                .plan(self.now + 1, Happening::Lock(robbed, false));
        }
        let until = self.now + self.random.within(0..=2_000);
        self.queue.plan(until, Happening::GiveBack);
    }

    fn new_request(&mut self, tab: usize) -> Request {
        let page = self.pages[tab].as_mut().expect("it asks");
        page.lock_requests += 1;
        (tab, page.lock_requests)
    }

    /// Hands the lock over, 14 to 31 ms after its release as in browsers.
    pub(super) fn grant(&mut self, request: Option<Request>) {
        if let Some(request) = request {
            let at = self.now + self.random.within(1..=31);
            self.queue.plan(at, Happening::Lock(request, true));
        }
    }

    pub(super) fn lock_changes(&mut self, (tab, number): Request, is_ours: bool) {
        if self
            .page(tab)
            .is_some_and(|page| page.lock_requests == number)
        {
            let input = if is_ours {
                Input::LockHeld
            } else {
                Input::LockLost
            };
            self.input(tab, input);
        }
    }
}

fn begins_by_server(entry: &Rc<Entry>) -> bool {
    matches!(entry.fact, Fact::Replay(Some(_)))
}
