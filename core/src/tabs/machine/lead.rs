//! Leading: which tabs are there, and what they are told.

use super::claim::Wants;
use super::{BATCH_ENTRIES, Output, Position, Role, Tab, UpstreamId};
use crate::connection::{Instant, State};
use crate::tabs::entry::{Entry, Fact};
use crate::tabs::message::{Batch, Beat, Begin, Body, Message};
use crate::tabs::sorted::{Map, Set};
use crate::tabs::term::{TabId, Term};

/// The number of unanswered roll calls after which a tab is forgotten.
const PATIENCE: u8 = 3;

#[derive(Debug)]
pub(super) struct Leading {
    pub(super) term: Term,
    pub(super) upstream: UpstreamId,
    pub(super) members: Map<TabId, Member>,
    pub(super) next_roll: Instant,
    rolls: u8,
    /// The leader must not assert itself again before this time.
    pub(super) assert_again: Instant,
    /// Whether the leader has put off an assertion that it owes.
    owes_assertion: bool,
    /// Whether every tab is known, so that an inherited channel that nobody asks for can go.
    pub(super) is_settled: bool,
    /// The channels that were asked for before this term.
    pub(super) inherited: Wants,
    /// The channels that the connection serves by now.
    pub(super) in_force: Wants,
    pub(super) state: State,
    pub(super) state_number: u64,
}

/// Another tab, as the leader knows it.
#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) wants: Wants,
    unanswered: u8,
}

impl Leading {
    pub(super) fn due(&self) -> Instant {
        if self.owes_assertion {
            self.next_roll.min(self.assert_again)
        } else {
            self.next_roll
        }
    }
}

impl Tab {
    pub(super) fn leader_timeout(&mut self, now: Instant) {
        let Some(leading) = self.leading() else {
            return;
        };
        let is_roll_due = now >= leading.next_roll;
        if leading.owes_assertion {
            self.assert(now);
        }
        if is_roll_due {
            self.call_roll(now);
        }
    }

    pub(super) fn lead(&mut self, now: Instant) {
        let role = core::mem::replace(&mut self.role, Position::Away);
        let Position::Claiming(claiming) = role else {
            self.role = role;
            return;
        };
        let (mut term, answers, everyone) = claiming.result();
        // The tab may have heard of a greater term since its claim.
        self.greatest = self.greatest.max(term.number);
        if term.number < self.greatest {
            self.greatest = self.greatest.saturating_add(1);
            term.number = self.greatest;
        }
        let is_settled = everyone && !self.known.is_empty();
        self.known = answers.keys().collect();
        self.after = None;
        self.was_told_of_gap = false;
        self.upstreams += 1;
        let upstream = UpstreamId(self.upstreams);
        let end = self.log.end();
        self.log.standing.history.begin(term, end);
        self.role = Position::Leading(Leading {
            term,
            upstream,
            members: answers.map(|wants| Member {
                wants,
                unanswered: 0,
            }),
            next_roll: now + self.timing.roll,
            rolls: 0,
            assert_again: now,
            owes_assertion: false,
            is_settled,
            inherited: self.log.standing.union.clone(),
            in_force: Wants::new(),
            state: State::Idle,
            state_number: 0,
        });
        let standing = Some(self.log.standing.clone());
        self.beat(|beat| {
            beat.roll = true;
            beat.standing = standing;
        });
        self.seen.resume(&self.log.standing.position);
        let is_without_position = self.log.standing.position.is_empty();
        if self.log.standing.opened && is_without_position {
            self.write(Fact::Gap(None), None);
        }
        self.begin_as_leader();
        self.add_to_union();
        self.drop_from_union();
        if self.log.standing.union.is_empty() {
            // Without channels there is nothing to connect for, whatever state the previous leader was in.
            self.state = Some((term, 0));
            self.outputs.push_back(Output::State(State::Idle));
        }
        self.outputs.push_back(Output::Open {
            id: upstream,
            position: self.log.standing.position.clone(),
            channels: self.log.standing.union.clone(),
        });
        self.share_as_leader();
    }

    fn share_as_leader(&mut self) {
        if let Position::Leading(leading) = &self.role {
            let tabs = leading.members.len() + 1;
            self.share(Role::Leader, tabs);
        }
    }

    pub(super) fn leading(&mut self) -> Option<&mut Leading> {
        match &mut self.role {
            Position::Leading(leading) => Some(leading),
            _ => None,
        }
    }

    // Messages to the leader

    pub(super) fn serve(&mut self, now: Instant, from: TabId, body: &Body) {
        if let Body::Hello {
            channels,
            term,
            after,
            starts,
        } = body
        {
            if self.is_overtaken(now, *term) {
                return self.handle_message(
                    now,
                    &Message {
                        from,
                        body: body.clone(),
                    },
                );
            }
            self.welcome(from, after.as_deref());
            self.answer_starts(from, channels, starts);
            return self.register(from, channels.clone());
        }
        let Some(leading) = self.leading() else {
            return;
        };
        let Some(member) = leading.members.get_mut(&from) else {
            self.send(Body::Ask(from));
            return;
        };
        member.unanswered = 0;
        match body {
            Body::Want { channels, starts } => {
                let gained: Vec<_> = channels.difference(&member.wants).cloned().collect();
                member.wants.clone_from(channels);
                self.answer_starts(from, channels, starts);
                self.update_union();
                if gained.is_empty() {
                    // A tab that repeats its channels may have been out of step about any of them.
                    self.announce(channels.iter().cloned());
                } else {
                    self.announce(gained);
                }
            }
            Body::Ping => self.beat(|_| {}),
            Body::Resend { term, after } if *term == leading.term => self.resend(from, *after),
            // The tab follows another leader's log, so it is told of this one.
            Body::Resend { .. } => self.welcome(from, None),
            _ => {}
        }
    }

    /// Begins again in a greater term, if there was a term of which this leader hadn't heard. A tab that
    /// leads in that term objects to the claim. Returns whether this was so.
    pub(super) fn is_overtaken(&mut self, now: Instant, other: Option<Term>) -> bool {
        let Some(other) = other else { return false };
        let Some(leading) = self.leading().filter(|leading| leading.term < other) else {
            return false;
        };
        let id = leading.upstream;
        self.greatest = self.greatest.max(other.number);
        self.flush();
        self.outputs.push_back(Output::Close(id));
        self.become_follower(now);
        self.claim(now);
        true
    }

    /// Tells a tab that has come all there is to know.
    fn welcome(&mut self, to: TabId, after: Option<&str>) {
        let begin = after.map(|id| match self.log.find(id) {
            Some(index) => Begin::Behind(index),
            None => Begin::Unknown,
        });
        let standing = Some(self.log.standing.clone());
        self.beat(|beat| {
            beat.standing = standing;
            beat.to = Some(to);
            beat.tabs.insert(to);
            beat.begin = begin;
        });
    }

    pub(super) fn register(&mut self, tab: TabId, wants: Wants) {
        if let Some(leading) = self.leading() {
            let unanswered = 0;
            let gained = wants.clone();
            leading.members.insert(tab, Member { wants, unanswered });
            self.known.insert(tab);
            self.update_union();
            self.announce(gained);
            self.share_as_leader();
        }
    }

    pub(super) fn forget(&mut self, tab: TabId) {
        if let Some(leading) = self.leading()
            && leading.members.remove(&tab)
        {
            self.known.remove(&tab);
            self.update_union();
            self.share_as_leader();
        }
    }

    fn resend(&mut self, to: TabId, after: u64) {
        let (first, entries) = self.log.behind(after, BATCH_ENTRIES, super::BATCH_BYTES);
        if entries.is_empty() && first <= after.saturating_add(1) {
            return;
        }
        let Some(leading) = self.leading() else {
            return;
        };
        let term = leading.term;
        let before = (first > after.saturating_add(1)).then(|| self.log.floor().into());
        self.send(Body::Batch(Batch {
            term,
            first,
            entries,
            to: Some(to),
            before,
        }));
    }

    // Messages of the leader

    /// Sends a beat, which says that the leader is there.
    pub(super) fn beat(&mut self, with: impl FnOnce(&mut Beat)) {
        let end = self.log.end();
        let id = self.id;
        let Some(leading) = self.leading() else {
            return;
        };
        let mut tabs: Set<TabId> = leading.members.keys().collect();
        tabs.insert(id);
        let mut beat = Beat {
            term: leading.term,
            end,
            tabs,
            roll: false,
            state_number: leading.state_number,
            state: leading.state.clone(),
            standing: None,
            to: None,
            begin: None,
        };
        with(&mut beat);
        self.send(Body::Beat(Box::new(beat)));
    }

    /// Objects to another tab that takes itself for the leader, or wants to lead.
    pub(super) fn assert(&mut self, now: Instant) {
        let again = now + self.timing.alone;
        if let Some(leading) = self.leading() {
            leading.owes_assertion = now < leading.assert_again;
            if leading.owes_assertion {
                return;
            }
            leading.assert_again = again;
            let standing = Some(self.log.standing.clone());
            self.beat(|beat| beat.standing = standing);
        }
    }

    pub(super) fn call_roll(&mut self, now: Instant) {
        let next = now + self.timing.roll;
        let Some(leading) = self.leading() else {
            return;
        };
        // A roll call that comes early, because the user looks at the page, counts no missing answers.
        // Otherwise a leader that is looked at four times within a second would forget a tab that is busy for
        // that second.
        if now >= leading.next_roll {
            leading.next_roll = next;
            leading.rolls = leading.rolls.saturating_add(1);
            leading.is_settled |= leading.rolls > PATIENCE;
            for member in leading.members.values_mut() {
                member.unanswered += 1;
            }
            leading
                .members
                .retain(|member| member.unanswered <= PATIENCE);
            self.known = leading.members.keys().collect();
        }
        self.beat(|beat| beat.roll = true);
        self.update_union();
        self.share_as_leader();
    }

    // The log

    /// Writes a fact into the log, and relays it.
    pub(super) fn write(&mut self, fact: Fact, position: Option<&str>) {
        let position = position.map(Into::into);
        let entry = std::rc::Rc::new(Entry { fact, position });
        self.pending_bytes += entry.weight();
        self.pending.push(std::rc::Rc::clone(&entry));
        self.push(&entry);
        if self.pending.len() >= BATCH_ENTRIES || self.pending_bytes >= super::BATCH_BYTES {
            self.flush();
        }
    }

    /// Sends the entries that wait to be relayed.
    pub(super) fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let entries = core::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        let first = self.log.end() + 1 - entries.len() as u64;
        if let Some(leading) = self.leading() {
            let term = leading.term;
            let from = self.id;
            let body = Body::Batch(Batch {
                term,
                first,
                entries,
                to: None,
                before: None,
            });
            self.outputs.push_back(Output::Send(Message { from, body }));
        }
    }
}
