//! The page: sends requests, reads messages and gives its subscribers room.

use everstream_core::connection::Attempt;
use everstream_core::session::LinkId;

use super::{Happening, World};
use crate::coverage::Mark;
use crate::hub::edge::Wish;
use crate::hub::habits::Kind;
use crate::hub::net::{Fault, Incoming, Passage, SendNumber};
use crate::hub::request::From;
use crate::hub::wire::{Fact, Message, Noted, Wire, WireId};
use crate::life::Cause;

impl World {
    pub(super) fn strike(&mut self, fault: Fault) {
        self.counts.reasons += 1;
        match fault {
            Fault::Restarts => self.coverage.reach(Mark::Restarted),
            Fault::Silences => self.coverage.reach(Mark::Silenced),
            _ => {}
        }
        if self.net.strike(&mut self.random, fault) {
            self.coverage.reach(Mark::Overflowed);
        }
    }

    /// Carries out an output of the session.
    pub(super) fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Connect(link, attempt) => {
                self.counts.attempts += 1;
                let position = attempt.resume.position();
                let begun = [position, &*attempt.position].map(|id| self.net.number(id));
                self.begun.push(begun[0].min(begun[1]));
                let links = self.edge.links.len();
                self.demand(links <= 2, || format!("{links} connections"));
                let soon = self.now + self.random.within(0..=2);
                self.queue.plan(soon, Happening::Send(link, attempt));
            }
            other => self.demand(false, || format!("{other:?} is for tabs that share")),
        }
    }

    pub(super) fn send(&mut self, link: LinkId, attempt: &Attempt) {
        let before = self.edge.session.place().position.to_owned();
        let wire = self.with_edge(|edge, moment, net| edge.send(moment, net, link, attempt));
        let Some(wire) = wire else { return };
        let Wire {
            resumes,
            had_position,
            ..
        } = self.net.wires[wire];
        if resumes {
            self.coverage.reach(Mark::Resumed);
        }
        if self.edge.links.len() > 1 && self.plan.habits.kind != Kind::Hub {
            self.coverage.reach(Mark::SetByReopening);
        }
        // A connection that replaces another may predate the first position. It reports a gap.
        let is_successor = self.edge.links.len() > 1;
        self.demand(before.is_empty() || had_position || is_successor, || {
            format!("an attempt without the position {before}")
        });
        let Some((_, Passage::Arrive(_, _, channels))) = self.net.out.last() else {
            return;
        };
        for (channel, from) in channels.clone() {
            let Some(life) = self.latest[channel] else {
                self.demand(false, || {
                    format!("channel {channel} is asked for by nobody")
                });
                continue;
            };
            let life = &mut self.lives[life.0 as usize];
            match from {
                From::After(id) => {
                    if life.has_begun_its_replay(self.net.server.truth.number(&id)) {
                        self.coverage.reach(Mark::ReplayCut);
                    }
                }
                From::Position if resumes => {}
                From::Now | From::Position => life.ask_now(wire),
            }
        }
    }

    pub(super) fn pass(&mut self, passage: Passage) {
        let time = (self.now, &mut self.random);
        let Some(incoming) = self.net.happen(time, passage) else {
            return;
        };
        if let Incoming::Answer(number, status) = incoming {
            return self.answer(number, status);
        }
        let incoming = self.with_edge(|edge, moment, net| edge.come(moment, net, incoming));
        if let Some(Incoming::Message(wire, message)) = incoming {
            self.read(wire, &message);
        }
    }

    fn answer(&mut self, number: SendNumber, status: Option<u16>) {
        if self.net.sends[number].is_done {
            return;
        }
        match status {
            Some(200..=299) => {
                for life in self.asked[number].clone() {
                    self.lives[life.0 as usize].accept(true);
                }
            }
            Some(401) => self.coverage.reach(Mark::ControlUnauthorized),
            _ => self.coverage.reach(Mark::ControlRepeated),
        }
        let attempts = self.counts.attempts;
        self.because(&[Cause::Refused]);
        let incoming = Incoming::Answer(number, status);
        self.with_edge(|edge, moment, net| edge.come(moment, net, incoming));
        if self.counts.attempts > attempts {
            self.coverage.reach(match status {
                Some(404) => Mark::ControlGone,
                _ => Mark::ControlGivenUp,
            });
        }
    }

    /// Reads a message of a connection.
    fn read(&mut self, wire: WireId, message: &Message) {
        let is_known = self.edge.links.iter().any(|open| open.wire == Some(wire));
        if is_known {
            let causes = self.causes(wire, message);
            self.because(&causes);
        }
        if matches!(message, Message::Piece(..)) && self.random.one_in(self.plan.full_once_in) {
            self.edge.make_room(1 + self.random.index(3));
        }
        self.with_edge(|edge, moment, net| edge.read(moment, net, wire, message));
        if let (true, Message::Head(..) | Message::End | Message::Lost) = (is_known, message) {
            // A server's promise holds for one connection only.
            self.accept_nothing();
        }
        if self.edge.is_full() {
            self.coverage.reach(Mark::Full);
            let at = self.now + self.random.within(0..=400);
            self.queue.plan(at, Happening::HasRoom);
        } else {
            self.edge.make_room(usize::MAX);
        }
    }

    fn accept_nothing(&mut self) {
        for life in &mut self.lives {
            life.accept(false);
        }
    }

    /// Returns the causes that a message brings.
    fn causes(&mut self, wire: WireId, message: &Message) -> Vec<Cause> {
        let Wire {
            resumes, by_query, ..
        } = self.net.wires[wire];
        match message {
            Message::Head(200, head) => {
                self.scene.wire = wire;
                vec![Cause::Opened {
                    resumes,
                    by_query,
                    head: *head,
                }]
            }
            Message::Head(503, _) if self.edge.links.len() > 1 => {
                self.coverage.reach(Mark::SuccessorRefused);
                vec![]
            }
            Message::Head(..) => vec![Cause::StreamClosed],
            Message::Piece(_, facts) => {
                let mut position = self.edge.session.place().position.to_owned();
                facts
                    .iter()
                    .map(|noted| self.cause(noted, &mut position))
                    .collect()
            }
            Message::End | Message::Lost => vec![],
        }
    }

    fn cause(&mut self, Noted { fact, id }: &Noted, position: &mut String) -> Cause {
        let mut of_new_log = false;
        if let Some(id) = id {
            of_new_log = self.net.is_of_another_log(id, position);
            position.clone_from(id);
        }
        match fact {
            Fact::InForce(_) => self.coverage.reach(Mark::SetByControl),
            Fact::Published(channel, number) => {
                let latest = self.latest[*channel].map(|id| &self.lives[id.0 as usize]);
                let is_for_it = latest.is_some_and(|life| life.is_alive() && life.is_in_force());
                if self.takers.contains_key(number) {
                    self.coverage.reach(Mark::SeenTwice);
                } else if !is_for_it {
                    self.coverage.reach(Mark::NotForThisLife);
                }
                let is_large = self.plan.habits.is_large(*number);
                self.scene.unknown_if_large |= is_large && self.plan.habits.type_last;
            }
            _ => {}
        }
        Cause::Event {
            fact: fact.clone(),
            of_new_log,
        }
    }

    /// Gives the subscribers room, so that waiting deliveries arrive.
    pub(super) fn go_on(&mut self) {
        if !self.edge.is_full() {
            return;
        }
        let room = if self.random.one_in(3) {
            1 + self.random.index(2)
        } else {
            usize::MAX
        };
        self.edge.make_room(room);
        self.because(&[]);
        self.with_edge(super::Edge::go_on);
        while let Some(incoming) = self.edge.next_waiting() {
            if let Incoming::Message(wire, message) = incoming {
                self.read(wire, &message);
            }
        }
        if self.edge.is_full() {
            let at = self.now + self.random.within(0..=400);
            self.queue.plan(at, Happening::HasRoom);
        } else {
            self.edge.make_room(usize::MAX);
        }
    }
}
