//! The election, as seen by a tab that is about to lead.

use super::watch::Watch;
use super::{Election, Output, Position, Tab};
use crate::connection::Instant;
use crate::tabs::entry::Start;
use crate::tabs::message::{Batch, Body, Claim, Have};
use crate::tabs::sorted::{Map, Set};
use crate::tabs::term::{TabId, Term};

/// The channels that a tab asks for.
pub(super) type Wants = Set<Box<str>>;

/// Returns the channels without those that are still to begin after an event. A leader that heard only the
/// channels' names would have the server begin those at the present.
#[inline(never)]
fn begun(channels: &Wants, starts: &[Start]) -> Wants {
    let mut begun = channels.clone();
    for (name, _) in starts {
        begun.remove(name);
    }
    begun
}

/// The state of a tab that asks the others what they have, before it leads.
#[derive(Debug)]
pub(super) struct Claiming {
    pub(super) term: Term,
    pub(super) until: Instant,
    /// The known tabs that haven't answered.
    awaited: Set<TabId>,
    /// Whether the tab knew of no others, so that only waiting for `until` shows which tabs are there.
    is_stranger: bool,
    /// Whether this tab has slept through its previous claim.
    is_second: bool,
    answers: Map<TabId, Wants>,
}

impl Claiming {
    /// Notes what another tab says to the leader, whichever tab that is.
    pub(super) fn hear(&mut self, from: TabId, body: &Body) {
        match body {
            Body::Hello {
                channels, starts, ..
            }
            | Body::Want { channels, starts } => {
                self.answers.insert(from, begun(channels, starts));
            }
            _ => {}
        }
    }

    pub(super) fn forget(&mut self, tab: TabId) {
        self.awaited.remove(&tab);
        self.answers.remove(&tab);
    }

    /// Returns the term, the tabs that have answered, and whether every known tab has.
    pub(super) fn result(self) -> (Term, Map<TabId, Wants>, bool) {
        (self.term, self.answers, self.awaited.is_empty())
    }
}

impl Tab {
    pub(super) fn claim(&mut self, now: Instant) {
        let (created, wall) = self.created;
        let wall = u64::try_from((wall + (now - created)).as_millis()).unwrap_or(0);
        self.greatest = wall.max(self.greatest.saturating_add(1));
        let term = Term {
            number: self.greatest,
            leader: self.id,
        };
        // The previous leader doesn't answer, or is gone.
        let mut awaited = self.known.clone();
        if let Some(before) = self.log.term() {
            awaited.remove(&before.leader);
        }
        let is_second = matches!(self.role, Position::Claiming(_));
        let wait = if awaited.is_empty() {
            self.timing.alone
        } else {
            self.timing.collect
        };
        self.role = Position::Claiming(Claiming {
            term,
            until: now + wait,
            is_stranger: awaited.is_empty(),
            is_second,
            awaited,
            answers: Map::new(),
        });
        let standing = self.log.standing.clone();
        self.send(Body::Claim(Claim { term, standing }));
    }

    pub(super) fn handle_claim(&mut self, now: Instant, from: TabId, claim: &Claim) {
        self.greatest = self.greatest.max(claim.term.number);
        let put_off = now + self.timing.collect + self.timing.answer;
        match &mut self.role {
            Position::Leading(leading) => {
                // The other tab has taken the lock from this one, even if the browser hasn't said so yet.
                if self.election == Election::Lock && claim.term > leading.term {
                    self.step_down(now);
                    self.answer_claim(from, claim);
                } else {
                    leading.assert_again = now;
                    self.assert(now);
                }
            }
            Position::Claiming(claiming) if claim.term > claiming.term => {
                self.step_down(now);
                self.answer_claim(from, claim);
            }
            Position::Following(_) => {
                self.answer_claim(from, claim);
                if let Position::Following(following) = &mut self.role {
                    following.watch.put_off(put_off);
                }
            }
            // A tab that claims, too, hears of this tab's claim and answers it.
            Position::Claiming(_) | Position::Away | Position::Over => {}
        }
    }

    fn answer_claim(&mut self, from: TabId, claim: &Claim) {
        let has_leader = match &self.role {
            Position::Following(following) => {
                // An older tab knows by itself when it misses the leader, so only a new one is told.
                let is_new = claim.standing.history.last().is_none();
                let leader = following.leader.filter(|term| term.leader != from);
                is_new && leader.is_some() && !following.watch.is_doubtful()
            }
            _ => false,
        };
        let (mut standing, mut first, mut entries) = (None, 0, Vec::new());
        if self.log.is_ahead_of(&claim.standing) {
            let mine = &self.log.standing;
            let theirs = &claim.standing;
            let common = mine
                .history
                .common(mine.end, &theirs.history, theirs.end)
                .unwrap_or(mine.end);
            (first, entries) = self.log.behind(common, usize::MAX, usize::MAX);
            standing = Some(mine.clone());
        }
        self.send(Body::Have(Box::new(Have {
            term: claim.term,
            channels: begun(&self.wants, &self.starts),
            has_leader,
            standing,
            first,
            entries,
        })));
    }

    pub(super) fn handle_have(&mut self, now: Instant, from: TabId, have: &Have) {
        if have.term.leader != self.id {
            return;
        }
        let due = now + self.timing.quiet;
        match &mut self.role {
            Position::Claiming(claiming) if claiming.term == have.term => {
                claiming.awaited.remove(&from);
                claiming.answers.insert(from, have.channels.clone());
                if have.has_leader && self.election == Election::Lease {
                    self.become_follower(now);
                    if let Position::Following(following) = &mut self.role {
                        following.watch = Watch::until(due);
                    }
                    return;
                }
                self.learn(have);
                self.lead_if_all_have_answered(now);
            }
            // The answer is late.
            Position::Leading(_) => {
                let standing = have.standing.as_ref();
                let latest = standing.and_then(|standing| standing.history.last());
                if !self.is_overtaken(now, latest) {
                    self.register(from, have.channels.clone());
                }
            }
            _ => {}
        }
    }

    /// Takes over what another tab has, if that is more of the log.
    fn learn(&mut self, have: &Have) {
        let Some(standing) = &have.standing else {
            return;
        };
        if let Some(term) = standing.history.last() {
            self.greatest = self.greatest.max(term.number);
        }
        if standing.reach() <= self.log.standing.reach() {
            return;
        }
        self.go_over_to(standing, None);
        if let Some(term) = self.log.term() {
            self.append(&Batch {
                term,
                first: have.first,
                entries: have.entries.clone(),
                to: None,
                before: None,
            });
        }
        if self.log.end() < standing.end && !self.is_over() {
            // The other tab doesn't keep all of the missing entries.
            self.log.jump(standing.clone());
            self.gap_in_all();
        }
    }

    /// Ends the election: tabs that haven't answered in time no longer count.
    pub(super) fn end_claim(&mut self, now: Instant) {
        let patience = self.timing.collect;
        match &self.role {
            // This tab is late, so another may lead by now, and would object to a second claim.
            Position::Claiming(claiming)
                if now - claiming.until > patience && !claiming.is_second =>
            {
                self.claim(now);
            }
            _ => self.lead(now),
        }
    }

    pub(super) fn lead_if_all_have_answered(&mut self, now: Instant) {
        let Position::Claiming(claiming) = &self.role else {
            return;
        };
        if !claiming.awaited.is_empty() || claiming.is_stranger {
            return;
        }
        if claiming.term.number < self.greatest {
            // A greater term has turned up that the tab hadn't heard of when it claimed.
            return self.claim(now);
        }
        self.lead(now);
    }

    /// Gives way to another tab that leads, or is about to.
    pub(super) fn step_down(&mut self, now: Instant) {
        if let Position::Leading(leading) = &self.role {
            let id = leading.upstream;
            self.flush();
            self.outputs.push_back(Output::Close(id));
        }
        if self.election == Election::Lock {
            if core::mem::take(&mut self.has_lock) {
                self.outputs.push_back(Output::ReleaseLock);
            }
            self.outputs.push_back(Output::RequestLock);
        }
        self.become_follower(now);
        let due = now + self.timing.collect + self.timing.answer;
        if let Position::Following(following) = &mut self.role {
            following.watch.put_off(due);
        }
    }
}
