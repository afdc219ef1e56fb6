//! Following a leader: hearing it, missing it, and asking for missing entries.

use core::time::Duration;

use super::watch::{Due, Watch};
use super::{Election, Output, Position, Role, Tab};
use crate::connection::{Instant, State};
use crate::tabs::log::{Log, Standing, Switch};
use crate::tabs::message::{Batch, Beat, Begin, Body};
use crate::tabs::term::{TabId, Term};
use crate::tabs::timing::Timing;

/// The time within which the other tabs claim the place of a leader that has said goodbye.
const RUSH: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Following {
    /// The leader's term, if it is known.
    pub(super) leader: Option<Term>,
    pub(super) watch: Watch,
    /// The index of the leader's last entry, as far as this tab knows.
    leader_end: u64,
    /// When the leader was asked for missing entries.
    asked: Option<Instant>,
}

impl Following {
    pub(super) fn due(&self, log: &Log, timing: &Timing) -> Instant {
        match self.asked {
            Some(asked) if self.is_behind(log) => self.watch.due.min(asked + timing.resend),
            _ => self.watch.due,
        }
    }

    fn is_behind(&self, log: &Log) -> bool {
        self.leader.is_some() && self.leader_end > log.end()
    }
}

impl Tab {
    pub(super) fn become_follower(&mut self, now: Instant) {
        let patience = match self.election {
            // The lock itself shows when there is no leader.
            Election::Lock => self.quiet(),
            Election::Lease => self.timing.welcome,
        };
        self.role = Position::Following(Following {
            leader: None,
            watch: Watch::until(now + patience),
            leader_end: 0,
            asked: None,
        });
        let tabs = self.sharing.tabs;
        self.share(Role::Follower, tabs);
    }

    fn quiet(&mut self) -> Duration {
        self.timing.quiet + self.jitter.part(self.timing.spread)
    }

    pub(super) fn follow_timeout(&mut self, now: Instant) {
        self.ask_for_missing(now);
        let answer = match (&self.role, self.election) {
            (Position::Following(following), Election::Lease) if following.leader.is_none() => {
                self.timing.welcome
            }
            _ => self.timing.answer,
        };
        let Position::Following(following) = &mut self.role else {
            return;
        };
        match (following.watch.check(now, answer), following.leader) {
            (Due::Nothing, _) => {}
            (Due::Ask, Some(_)) => self.send(Body::Ping),
            (Due::Ask, None) => {
                self.hello_again = now;
                self.hello(now);
            }
            (Due::Depose, _) => match self.election {
                Election::Lock => self.outputs.push_back(Output::StealLock),
                Election::Lease => self.claim(now),
            },
        }
    }

    fn heard(&mut self, now: Instant) {
        let due = now + self.quiet();
        if let Position::Following(following) = &mut self.role {
            following.watch = Watch::until(due);
        }
    }

    /// Notes what another tab has said to the leader.
    pub(super) fn overhear(&mut self, now: Instant, body: &Body) {
        let due = now + self.timing.answer + self.jitter.part(self.timing.spread);
        let Position::Following(following) = &mut self.role else {
            return;
        };
        match body {
            Body::Ping => following.watch.is_asked_by_another(due),
            Body::Hello { .. } => following.watch.is_asked_by_a_newcomer(due),
            _ => {}
        }
    }

    pub(super) fn follower_hears_bye(&mut self, now: Instant, from: TabId) {
        let is_lease = self.election == Election::Lease;
        let due = now + self.jitter.part(RUSH);
        let Position::Following(following) = &mut self.role else {
            return;
        };
        if following.leader.is_some_and(|term| term.leader == from) {
            following.leader = None;
            if is_lease {
                following.watch = Watch::gone(due);
            } else {
                self.heard(now);
            }
        }
    }

    // Messages of a leader

    /// Returns whether to listen to a leader of this term. The tab gives way to a term that is greater than
    /// those before.
    fn gives_way_to(&mut self, now: Instant, term: Term) -> bool {
        self.greatest = self.greatest.max(term.number);
        match &self.role {
            Position::Leading(leading) if term > leading.term => self.step_down(now),
            Position::Leading(_) => {
                self.assert(now);
                return false;
            }
            Position::Claiming(claiming) if term > claiming.term => self.step_down(now),
            // A leader that speaks is there after all, unless its lock was taken from it.
            Position::Claiming(_) if self.election == Election::Lease => self.become_follower(now),
            Position::Following(_) => {}
            Position::Claiming(_) | Position::Away | Position::Over => return false,
        }
        let is_latest = self.log.term().is_none_or(|latest| term >= latest);
        let is_alone =
            matches!(&self.role, Position::Following(following) if following.leader.is_none());
        if !is_latest && is_alone {
            // The leader leads without having heard of this tab's log.
            self.hello(now);
        }
        is_latest
    }

    pub(super) fn handle_beat(&mut self, now: Instant, beat: &Beat) {
        if !self.gives_way_to(now, beat.term) {
            return;
        }
        let Position::Following(following) = &mut self.role else {
            return;
        };
        if following.leader != Some(beat.term) {
            if following.leader.is_some_and(|leader| beat.term < leader) {
                return;
            }
            let Some(standing) = &beat.standing else {
                self.heard(now);
                return self.hello(now);
            };
            let is_answer = beat.to == Some(self.id);
            if self.after.is_some() && !is_answer {
                // Only an answer to this tab says where it begins.
                self.heard(now);
                return self.hello(now);
            }
            self.follow(standing, beat.term, beat.begin.filter(|_| is_answer));
            // An earlier hello may have gone to another leader.
            self.hello_again = now;
        }
        self.heard(now);
        let Position::Following(following) = &mut self.role else {
            return;
        };
        following.leader_end = following.leader_end.max(beat.end);
        self.log.standing.opened |= matches!(beat.state, State::Open { .. });
        self.known.clone_from(&beat.tabs);
        self.known.remove(&self.id);
        if self.state != Some((beat.term, beat.state_number)) {
            self.state = Some((beat.term, beat.state_number));
            self.outputs.push_back(Output::State(beat.state.clone()));
        }
        self.share(Role::Follower, self.known.len() + 1);
        // A leader that sleeps doesn't hear what is asked for, and calls the roll when it wakes.
        let repeats = beat.roll && self.repeats > 0;
        self.repeats -= u8::from(repeats);
        if !beat.tabs.contains(&self.id) {
            self.hello(now);
        } else if self.owes_wants || repeats || !self.starts.is_empty() {
            self.tell_wants();
        } else if beat.roll {
            self.send(Body::Here);
        }
        self.ask_for_missing(now);
    }

    /// Goes over to a leader's log.
    fn follow(&mut self, standing: &Standing, term: Term, begin: Option<Begin>) {
        // The gap reported under the previous leader doesn't cover events lost in this hand-over.
        self.was_told_of_gap = false;
        self.go_over_to(standing, begin);
        if let Position::Following(following) = &mut self.role {
            following.leader = Some(term);
            following.leader_end = standing.end;
            following.asked = None;
        }
    }

    pub(super) fn go_over_to(&mut self, standing: &Standing, begin: Option<Begin>) {
        let is_new = self.log.term().is_none();
        let after = self.after.take();
        let had_opened = self.log.standing.opened;
        let end = self.log.end();
        let switch = match self.log.follow(standing) {
            Switch::Same(beyond) => Switch::Same(self.had_of(beyond, end)),
            Switch::Before(had, between) => Switch::Before(self.had_of(had, end), between),
            Switch::Other(had) => Switch::Other(self.had_of(had, end)),
        };
        for (_, begun) in &mut self.begun {
            // The entries after it are another log's.
            *begun = self.log.end().min(*begun);
        }
        match switch {
            Switch::Same(beyond) => {
                let is_broken = self.seen.add_beyond(beyond);
                self.gap_if(is_broken || self.begins_anew(had_opened));
            }
            Switch::Before(had, between) => {
                let is_broken = self
                    .seen
                    .add_ahead(had, between, &self.log.standing.position);
                self.gap_if(is_broken || self.begins_anew(had_opened));
                // Nobody knows any more what this tab has had of the other channels.
                let mut forgotten = self.wants.clone();
                forgotten.retain(|channel| !self.seen.is_ahead(channel));
                for channel in &forgotten {
                    self.gap_in(channel);
                }
            }
            Switch::Other(had) => {
                self.seen.add_elsewhere(had);
                match (begin, after) {
                    (Some(Begin::Behind(index)), Some(id)) if is_new => {
                        self.log.skip_to(index, &id);
                        self.resuming = Some(self.wants.clone());
                    }
                    (_, None) if is_new => {}
                    _ => self.gap_in_all(),
                }
            }
        }
    }

    /// Whether the connection can't resume where an earlier one was. The leader reports this gap too, unless
    /// it doesn't know of the earlier connection.
    fn begins_anew(&self, had_opened: bool) -> bool {
        had_opened && self.log.standing.position.is_empty()
    }

    fn gap_if(&mut self, is_missing: bool) {
        if is_missing {
            self.gap_in_all();
        }
    }

    pub(super) fn handle_batch(&mut self, now: Instant, batch: &Batch) {
        // A batch that was under way when this tab claimed the leader's place is as valid as before.
        let is_under_way = matches!(self.role, Position::Claiming(_))
            && self.election == Election::Lock
            && self.log.term() == Some(batch.term);
        if is_under_way {
            return self.append(batch);
        }
        if !self.gives_way_to(now, batch.term) {
            return;
        }
        let Position::Following(following) = &mut self.role else {
            return;
        };
        if following.leader != Some(batch.term) {
            if following.leader.is_none_or(|leader| batch.term > leader) {
                self.hello(now);
            }
            return;
        }
        let behind = batch.first.saturating_add(batch.entries.len() as u64);
        let last = behind.saturating_sub(1);
        following.leader_end = following.leader_end.max(last);
        let is_answer = batch.to == Some(self.id);
        if is_answer {
            following.asked = None;
        }
        self.heard(now);
        if batch.to.is_some() && !is_answer {
            return;
        }
        if is_answer
            && batch.first > self.log.end() + 1
            && let Some(before) = &batch.before
        {
            self.log.skip_to(batch.first - 1, before);
            self.gap_in_all();
            // The skipped entries said which channels are in force.
            self.hello_again = now;
            self.hello(now);
        }
        self.append(batch);
        if !self.starts.is_empty() {
            self.begin_starts();
            if is_answer {
                // The leader's answer may have come while this tab was behind.
                self.tell_wants();
            }
        }
        self.ask_for_missing(now);
    }

    /// Appends the entries of a batch that come next in the log.
    pub(super) fn append(&mut self, batch: &Batch) {
        let next = self.log.end() + 1;
        if batch.first > next {
            // Once the log has ended, no tab answers a request for missing entries any more.
            let end = batch.entries.iter().find(|entry| entry.is_end_of_all());
            if let Some(end) = end {
                self.gap_in_all();
                self.push(end);
            }
            return;
        }
        let had = usize::try_from(next - batch.first).unwrap_or(usize::MAX);
        for entry in batch.entries.iter().skip(had) {
            self.push(entry);
            if self.is_over() {
                return;
            }
        }
    }

    fn ask_for_missing(&mut self, now: Instant) {
        let again = self.timing.resend;
        let Position::Following(following) = &mut self.role else {
            return;
        };
        let Some(term) = following.leader else { return };
        if !following.is_behind(&self.log)
            || following.asked.is_some_and(|asked| now < asked + again)
        {
            return;
        }
        following.asked = Some(now);
        let after = self.log.end();
        self.send(Body::Resend { term, after });
    }
}
