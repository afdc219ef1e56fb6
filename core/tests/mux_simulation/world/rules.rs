//! The deliveries to the subscribers, and the rules they must keep.

use everstream_core::connection::State;
use everstream_core::session::ChannelId;

use super::World;
use crate::coverage::Mark;
use crate::hub::edge::Told;
use crate::hub::habits::Kind;
use crate::life::{Begin, Judgement, Life};

impl World {
    /// Checks the rules after each step of the edge.
    pub(super) fn look(&mut self) {
        self.note_controls();
        let faults = core::mem::take(&mut self.edge.faults);
        for fault in faults {
            self.demand(false, || fault);
        }
        for told in core::mem::take(&mut self.edge.told) {
            self.note(|| format!("        {told:?}"));
            self.hear(told);
        }
        while let Some(wish) = self.edge.wishes.pop_front() {
            self.note(|| format!("        {wish:?}"));
            self.grant(wish);
        }
        if !self.edge.is_full() {
            // Every cause has led to its delivery by now.
            self.scene.causes.clear();
            self.scene.is_muddled = false;
            self.scene.unknown_if_large = false;
        }
        self.set_timer();
    }

    /// Notes the lives that new control requests are for.
    fn note_controls(&mut self) {
        for number in self.asked.len()..self.net.sends.len() {
            self.counts.controls += 1;
            let sent = &self.net.sends[number];
            let is_same = |other: &crate::hub::net::Sending| {
                other.connection == sent.connection && other.revision == sent.revision
            };
            // A repeated request is for the same lives as the first.
            let first = self.net.sends[..number].iter().position(is_same);
            let lives = match first {
                Some(first) => self.asked[first].clone(),
                None => sent
                    .channels
                    .iter()
                    .filter_map(|(channel, _)| self.latest[*channel])
                    .collect(),
            };
            self.asked.push(lives);
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Event {
                channel,
                event_type,
                data,
                position,
            } => {
                self.hear_event(channel, &event_type, &data);
                let is_behind = self.net.number(&position) <= self.net.server.truth.head;
                self.demand(is_behind, || format!("{position} is not a position"));
            }
            Told::Gap(channel) => self.tell(channel, |life, world| life.told_gap(&world.scene)),
            Told::Skipped(channel, _) => self.tell(channel, |life, _| life.skip()),
            Told::InForce(channel, yes) => {
                self.tell(channel, |life, world| life.told_in_force(&world.scene, yes));
            }
            Told::End(channel, error) => self.tell(channel, |life, world| {
                life.told_end(&world.scene, &world.net.server.truth, error.as_ref())
            }),
            Told::Failed(error) => {
                let is_large = self.plan.habits.has_large_events;
                let is_refusal = error.status().is_some();
                self.demand(is_large || is_refusal, || format!("nothing fails: {error}"));
            }
            Told::State(State::Closed { error }) => {
                self.closed = true;
                let links = self.edge.links.len();
                self.demand(links == 0, || format!("closed with {links} connections"));
                if error.is_some() {
                    self.coverage.reach(Mark::ClosedByServer);
                }
            }
            Told::State(State::Idle) => self.coverage.reach(Mark::SetEmptied),
            Told::State(_) => {}
            Told::Ended(_) | Told::Sharing(_) => {
                self.demand(false, || format!("{told:?} is not for channels"));
            }
        }
    }

    /// Passes a report to a life. A broken rule doesn't count once the life is over.
    fn tell(&mut self, channel: ChannelId, tell: impl FnOnce(&mut Life, &Self) -> Judgement) {
        let at = channel.0 as usize;
        let Some(life) = self.lives.get(at) else {
            return self.demand(false, || format!("{channel:?} was never asked for"));
        };
        let mut life = life.clone();
        let is_alive = life.is_alive();
        match tell(&mut life, self) {
            Ok(mark) => {
                if let Some(mark) = mark {
                    self.coverage.reach(mark);
                }
            }
            Err(rule) => self.demand(!is_alive, || rule),
        }
        self.lives[at] = life;
    }

    fn hear_event(&mut self, channel: ChannelId, event_type: &str, data: &str) {
        let Ok(number) = data.parse() else {
            return self.demand(false, || format!("{data} is no number of ours"));
        };
        let sent_type = if number % 2 == 0 { "message" } else { "tick" };
        self.demand(event_type == sent_type, || {
            format!("{number} is of type {event_type}")
        });
        if !self.lives[channel.0 as usize].is_alive() {
            return;
        }
        let kind = self.plan.habits.kind;
        let of = self.net.server.channel_of(number);
        self.tell(channel, |life, world| {
            life.receive(&world.net.server.truth, of, number, kind)
        });
        let life = &self.lives[channel.0 as usize];
        let begins_now = life.begin == Begin::Now;
        self.coverage.reach(if begins_now {
            Mark::Delivered
        } else {
            Mark::Replayed
        });
        let before = self.takers.insert(number, channel);
        // Only a channel that requested the past may receive what another life has received. Where IDs have
        // no order, or the server doesn't send the head, old and new events behind the position look alike.
        let knows_head = kind.has_log() && self.plan.habits.positions_on_control;
        let may_have_been_had = !begins_now || !knows_head;
        let is_fine = before.is_none_or(|before| may_have_been_had && before != channel);
        self.demand(is_fine || kind == Kind::NoIds, || {
            format!("{number} was delivered twice, or to two lives")
        });
    }
}
