//! What lies between client and server, and what goes wrong there.

use std::rc::Rc;

use everstream_core::mux::{ControlId, Request};

use super::{Happening, World};
use crate::coverage::Mark;
use crate::disturbance::{Fault, Mood};
use crate::life::{Cause, Life};
use crate::queue::Time;
use crate::request::{self, From};
use crate::wire::{Link, LinkId, Message};

/// A control request under way.
pub(super) struct Pending {
    id: ControlId,
    connection: String,
    revision: u64,
    channels: Vec<(usize, From)>,
    /// Whom it was sent for.
    lives: Vec<Rc<Life>>,
    answer: Fate,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    Lost,
    /// The request never arrives, and the client is told.
    Failed,
    /// Another stands in its place.
    Replaced(u16),
}

impl World {
    pub(super) fn latency(&mut self) -> Time {
        self.random.within(1..=self.plan.latency)
    }

    // Streams

    /// A stream's request is sent.
    pub(super) fn connect(
        &mut self,
        position: Option<String>,
        had_position: bool,
        channels: Vec<(usize, From)>,
    ) -> LinkId {
        let link = self.links.len();
        self.links.push(Link {
            ready_at: self.now,
            cut: false,
            resumes: position.is_some(),
            had_position,
        });
        let at = self.now + self.latency();
        self.queue
            .plan(at, Happening::Arrive(link, position, channels));
        link
    }

    pub(super) fn arrive(
        &mut self,
        link: LinkId,
        position: Option<&str>,
        channels: Vec<(usize, From)>,
    ) {
        match self.mood {
            Mood::Answers(_) => self.server.outbox.push((link, Message::Lost)),
            Mood::Loses => {
                let arrives = self.random.one_in(2);
                if arrives {
                    self.server.open(link, position, channels);
                    self.links[link].cut = true;
                    self.server.close(link);
                }
                self.server.outbox.push((link, Message::Lost));
            }
            Mood::Healthy | Mood::Delays => self.server.open(link, position, channels),
        }
    }

    /// What the server has said is on its way.
    pub(super) fn dispatch(&mut self) {
        for (link, message) in std::mem::take(&mut self.server.outbox) {
            let at = self.now + self.latency();
            let at = at.max(self.links[link].ready_at);
            self.links[link].ready_at = at;
            self.queue.plan(at, Happening::Deliver(link, message));
        }
    }

    /// The client has let go of a stream; the server learns it after a while.
    pub(super) fn abort(&mut self, link: LinkId) {
        self.server.close(link);
    }

    pub(super) fn strike(&mut self, fault: Fault) {
        self.counts.reasons += 1;
        match fault {
            Fault::Drops => self.break_streams(true),
            Fault::Ends => self.break_streams(false),
            Fault::Restarts => {
                self.scene.reach(Mark::Restarted);
                let cuts = self.random.one_in(2);
                self.break_streams(cuts);
                self.server.restart();
            }
            Fault::Forgets => self.server.forget_connections(),
            Fault::Stalls => self.server.stall(),
            Fault::Reads | Fault::Overflows => {
                let random = &mut self.random;
                let overflowed = self.server.read(|waiting| {
                    if fault == Fault::Overflows {
                        random.index(waiting + 1)
                    } else {
                        0
                    }
                });
                if overflowed {
                    self.scene.reach(Mark::Overflowed);
                }
            }
        }
    }

    /// Every stream breaks. If it cuts, what is under way is lost; otherwise the end comes behind it.
    fn break_streams(&mut self, cuts: bool) {
        let links: Vec<LinkId> = self.server.connections.iter().map(|it| it.link).collect();
        self.server.connections.clear();
        for link in links {
            self.links[link].cut = cuts;
            self.server.outbox.push((link, Message::Lost));
        }
    }

    // Control requests

    pub(super) fn send_control(&mut self, id: ControlId, request: &Request) {
        self.counts.controls += 1;
        self.last_control = Some(id);
        self.under_way.push(id);
        let most = self.under_way.len();
        self.scene.demand(most <= 1, || {
            format!("{most} control requests hold a connection each")
        });
        let (connection, revision, channels) = request::change(request);
        let (delay, answer) = match self.mood {
            Mood::Healthy => (self.latency(), Fate::Arrives),
            Mood::Delays => (self.random.within(2_000..=25_000), Fate::Arrives),
            Mood::Answers(status) => (self.latency(), Fate::Replaced(status)),
            Mood::Loses if self.random.one_in(2) => (self.latency(), Fate::Lost),
            // It never arrives; perhaps the client is told.
            Mood::Loses if self.random.one_in(2) => (self.latency(), Fate::Failed),
            Mood::Loses => (Time::MAX / 2, Fate::Lost),
        };
        // A repetition is for those that the first was for.
        let repeated = self
            .controls
            .values()
            .find(|other| other.connection == connection && other.revision == revision);
        let of_channel = |(channel, _): &(usize, From)| self.lives[*channel].clone();
        let lives = match repeated {
            Some(first) => first.lives.clone(),
            None => channels.iter().filter_map(of_channel).collect(),
        };
        self.controls.insert(
            key(id),
            Pending {
                id,
                connection,
                revision,
                channels,
                lives,
                answer,
            },
        );
        let at = self.now + delay;
        self.queue.plan(at, Happening::Control(id));
    }

    pub(super) fn control_arrives(&mut self, id: ControlId) {
        let Some(pending) = self.controls.get(&key(id)) else {
            return;
        };
        let (id, answer) = (pending.id, pending.answer);
        let instead = match answer {
            Fate::Replaced(status) => Some(Some(status)),
            Fate::Failed => Some(None),
            Fate::Arrives | Fate::Lost => None,
        };
        if let Some(status) = instead {
            let at = self.now + self.latency();
            self.queue.plan(at, Happening::Answer(id, status));
            return;
        }
        let channels = pending.channels.clone();
        let connection = pending.connection.clone();
        let (status, overtaken) = self.server.change(&connection, pending.revision, channels);
        if overtaken {
            self.scene.reach(Mark::ControlOvertaken);
        }
        if answer == Fate::Arrives {
            let at = self.now + self.latency();
            self.queue.plan(at, Happening::Answer(id, Some(status)));
        }
    }

    /// A control request is answered or aborted: it holds no connection any more.
    pub(super) fn control_is_done(&mut self, id: ControlId) {
        self.under_way.retain(|other| *other != id);
    }

    pub(super) fn answer(&mut self, id: ControlId, status: Option<u16>) {
        self.control_is_done(id);
        match status {
            Some(200..=299) => {
                // An answer to a sending that was given up comes too late.
                let is_last = self.last_control == Some(id);
                if let Some(pending) = self.controls.get(&key(id)).filter(|_| is_last) {
                    for life in &pending.lives {
                        life.accept(true);
                    }
                }
            }
            Some(401) => self.scene.reach(Mark::ControlUnauthorized),
            _ => self.scene.reach(Mark::ControlRepeated),
        }
        let answer = everstream_core::mux::Answer {
            status,
            body: String::new(),
        };
        let opened = self.counts.opened;
        self.input(Cause::Refused, |mux, now| {
            mux.handle_answer(now, id, &answer);
        });
        if self.counts.opened > opened {
            self.scene.reach(match status {
                Some(404) => Mark::ControlGone,
                _ => Mark::ControlGivenUp,
            });
        }
    }

    /// What a server has promised holds for one connection.
    pub(super) fn accept_all(&mut self, yes: bool) {
        for life in self.lives.iter().flatten() {
            life.accept(yes);
        }
    }
}

fn key(id: ControlId) -> String {
    format!("{id:?}")
}
