//! The edge: it keeps the streams as the multiplexer wants them, and carries what they bring.

use std::rc::Rc;
use std::sync::Arc;

use everstream_core::connection::Instant;
use everstream_core::http::Response;
use everstream_core::mux::{Handled, Multiplexer, Output, StreamId};
use everstream_core::parse::{Event, EventTooLarge};
use everstream_core::{Error, UnexpectedResponse};

use super::{Happening, World};
use crate::coverage::Mark;
use crate::life::{Begin, Cause, Handle};
use crate::plan::Kind;
use crate::request::{self, From};
use crate::truth::Number;
use crate::wire::{Fact, LinkId, Message, Sent};

/// A stream as its connection sees it.
pub(super) struct Stream {
    id: StreamId,
    pub(super) link: Option<LinkId>,
    /// The last event ID of its parser.
    last_event_id: String,
    was_open: bool,
    /// The number of the position that it was made with.
    pub(super) begun: Number,
}

impl World {
    /// Something goes into the multiplexer; what comes out is done.
    pub(super) fn input<R>(
        &mut self,
        cause: Cause,
        input: impl FnOnce(&mut Multiplexer<Handle>, Instant) -> R,
    ) -> R {
        let now = self.instant();
        let was_closed = self.mux.is_closed();
        *self.scene.cause.borrow_mut() = cause;
        let result = input(&mut self.mux, now);
        while let Some(output) = self.mux.poll_output() {
            self.note(|| format!("        {output:?}"));
            self.scene
                .demand(!was_closed, || format!("{output:?} after the end"));
            self.perform(output);
        }
        *self.scene.cause.borrow_mut() = Cause::Quiet;
        let position = self.mux.last_event_id();
        if position != self.position {
            position.clone_into(&mut self.position);
            let line = format!("        position `{position}`");
            self.note(|| line);
        }
        self.set_timer();
        result
    }

    fn set_timer(&mut self) {
        let Some(due) = self.mux.poll_timeout() else {
            self.timer = None;
            return;
        };
        let due = due.saturating_since(Instant::default()).as_nanos();
        let due = u64::try_from(due.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        if due <= self.plan.end() && self.timer != Some(due) {
            self.timer = Some(due);
            self.queue.plan(due.max(self.now), Happening::Timer(due));
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Open(id, position) => {
                self.counts.opened += 1;
                let begun = self.server.truth.number(&position);
                self.streams.push(Stream {
                    id,
                    link: None,
                    last_event_id: position,
                    was_open: false,
                    begun,
                });
                let most = self.streams.len();
                self.scene.demand(most <= 2, || format!("{most} streams"));
                let soon = self.now + self.random.within(0..=2);
                self.queue.plan(soon, Happening::Attempt(id));
            }
            Output::Close(id) => {
                let nobody = self.lives.iter().flatten().all(|life| !life.is_alive());
                if nobody && !self.mux.is_closed() {
                    self.scene.reach(Mark::SetEmptied);
                }
                let index = self.streams.iter().position(|stream| stream.id == id);
                let Some(index) = index else {
                    self.scene
                        .demand(false, || format!("{id:?} is closed and was not open"));
                    return;
                };
                if let Some(link) = self.streams.swap_remove(index).link {
                    self.abort(link);
                }
            }
            Output::Control { id, request, .. } => self.send_control(id, &request),
            Output::Abort(id) => self.control_is_done(id),
            Output::Closed(_) => {
                self.closed = true;
                let streams = self.streams.len();
                self.scene
                    .demand(streams == 0, || format!("closed with {streams} streams"));
            }
            Output::Heartbeat(..) | Output::Listen(_) | Output::Error(_) => {}
        }
    }

    fn stream(&mut self, id: StreamId) -> Option<&mut Stream> {
        self.streams.iter_mut().find(|stream| stream.id == id)
    }

    fn stream_of(&mut self, link: LinkId) -> Option<&mut Stream> {
        let is_of = |stream: &&mut Stream| stream.link == Some(link);
        self.streams.iter_mut().find(is_of)
    }

    pub(super) fn attempt(&mut self, id: StreamId) {
        if self.stream(id).is_none() {
            return;
        }
        let (prepare, opening) = self.input(Cause::Quiet, |mux, _| {
            (mux.begin_attempt(id), mux.opening(id))
        });
        let Some(opening) = opening.filter(|_| prepare.is_none()) else {
            self.scene
                .demand(false, || "a stream that can't be opened".to_owned());
            return;
        };
        let position = self.mux.last_event_id().to_owned();
        let loses = self.plan.loses_positions && self.random.one_in(2);
        let Some(stream) = self.stream(id) else {
            return;
        };
        let had_position = !stream.last_event_id.is_empty();
        if !had_position && !stream.was_open && self.streams.len() == 1 && self.links.is_empty() {
            self.scene.demand(position.is_empty(), || {
                "there can't be a position yet".to_owned()
            });
        }
        let Some(stream) = self.stream(id) else {
            return;
        };
        // A connection that has had an ID sends one: the multiplexer's, if that has any.
        let sends = match (had_position, loses) {
            (true, false) if position.is_empty() => Some(stream.last_event_id.clone()),
            (true, false) => Some(position),
            _ => None,
        };
        let channels = request::channels(&opening.request);
        for (channel, from) in &channels {
            let life = self.lives[*channel].as_ref();
            if let From::After(id) = from
                && let Some(Begin::After(begin)) = life.map(|life| life.begin)
                && self.server.truth.number(id) > begin
            {
                self.scene.reach(Mark::ReplayCut);
            }
        }
        let now: Vec<usize> = channels
            .iter()
            .filter(|(_, from)| *from == From::Now || (sends.is_none() && *from == From::Position))
            .map(|(channel, _)| *channel)
            .collect();
        let link = self.connect(sends, had_position, channels);
        for channel in now {
            if let Some(life) = &self.lives[channel] {
                life.ask_now(link);
            }
        }
        if let Some(stream) = self.stream(id) {
            stream.link = Some(link);
        }
    }

    pub(super) fn deliver(&mut self, link: LinkId, message: Message) {
        if self.links[link].cut && !matches!(message, Message::Lost) {
            return;
        }
        let Some(stream) = self.stream_of(link) else {
            return;
        };
        let id = stream.id;
        match message {
            Message::Open(head) => self.opened(id, link, head),
            Message::Event(sent) => self.event(id, &sent),
            Message::Lost => {
                stream.link = None;
                self.accept_all(false);
                self.input(Cause::Quiet, |mux, _| mux.handle_lost(id));
                let wait = self.random.within(1..=3_000);
                self.queue.plan(self.now + wait, Happening::Attempt(id));
            }
            Message::Refused(status) => {
                // The edge keeps it until it is told to close it.
                stream.link = None;
                let response = Response {
                    status,
                    ..Response::default()
                };
                let excerpt = String::new();
                let error = Error::Response(Arc::new(UnexpectedResponse { response, excerpt }));
                self.input(Cause::StreamClosed, |mux, now| {
                    mux.handle_closed(now, id, Some(error));
                });
                if self.mux.is_closed() {
                    self.scene.reach(Mark::ClosedByServer);
                }
            }
        }
    }

    fn opened(&mut self, id: StreamId, link: LinkId, head: Number) {
        let (resumes, had_position) = (self.links[link].resumes, self.links[link].had_position);
        let Some(stream) = self.stream(id) else {
            return;
        };
        let was_open = std::mem::replace(&mut stream.was_open, true);
        self.scene.head.set(head);
        self.scene.attempt.set(link);
        if resumes {
            self.scene.reach(Mark::Resumed);
        }
        if self.streams.len() > 1 && self.plan.kind != Kind::Hub {
            self.scene.reach(Mark::SetByReopening);
        }
        self.accept_all(false);
        self.input(Cause::Opened { resumes }, |mux, now| {
            mux.handle_open(now, id);
        });
        if (was_open || had_position) && !resumes {
            self.input(Cause::Gap, |mux, _| mux.handle_gap(id));
        }
    }

    fn event(&mut self, id: StreamId, sent: &Sent) {
        let old_position = self.mux.last_event_id().to_owned();
        let Some(stream) = self.stream(id) else {
            return;
        };
        if let Some(id) = &sent.id {
            stream.last_event_id.clone_from(id);
        }
        let last_event_id = stream.last_event_id.clone();
        let event = Event {
            event_type: &sent.event_type,
            data: &sent.data,
            last_event_id: &last_event_id,
        };
        if let Fact::InForce(head) = sent.fact {
            self.scene.head.set(head);
            self.scene.reach(Mark::SetByControl);
        }
        let log_of = |id: &str| self.server.truth.find(id).0;
        let of_new_log = sent
            .id
            .as_ref()
            .is_some_and(|id| !old_position.is_empty() && log_of(id) != log_of(&old_position));
        let cause = Cause::Event {
            fact: sent.fact.clone(),
            of_new_log,
        };
        let ending = match sent.fact {
            Fact::Complete(channel, number) => self.lives[channel]
                .clone()
                .filter(|life| life.is_alive())
                .map(|life| (life, number)),
            _ => None,
        };
        if let Fact::Published(_, number) = sent.fact
            && self.plan.has_large_events
            && number % 5 == 0
        {
            self.skip(id, &event, number, cause);
        } else if self.random.one_in(8) {
            // A subscriber that does not keep up declines, and is asked again.
            let declined = self.input(cause.clone(), |mux, _| {
                let declined = mux.handle_event::<()>(id, &event, |_, _| None);
                matches!(declined, Handled::Declined)
            });
            if declined {
                self.scene.reach(Mark::Declined);
                let position = self.mux.last_event_id();
                self.scene.demand(position == old_position, || {
                    "an event that was declined has moved the position".to_owned()
                });
                self.take(id, &event, &sent.fact, cause);
            }
        } else {
            self.take(id, &event, &sent.fact, cause);
        }
        if let Some((life, number)) = ending.filter(|(life, _)| !life.is_alive()) {
            life.check_tail(&self.server.truth, number);
        }
        if self.random.one_in(2) {
            self.input(Cause::Quiet, Multiplexer::flush);
        } else {
            self.queue.plan(self.now + 1, Happening::Flush);
        }
    }

    /// An event is too large. Its ID counts all the same.
    fn skip(&mut self, id: StreamId, event: &Event<'_>, number: Number, cause: Cause) {
        let skipped = EventTooLarge {
            limit: 1,
            event_type: Some(event.event_type.to_owned()),
        };
        let told = self.input(cause, |mux, _| {
            let told = mux.handle_skipped(id, &skipped);
            told.map(|Handle(life)| life.clone())
        });
        if let Some(life) = told {
            self.scene.reach(Mark::Skipped);
            life.skip(number);
        }
        let cause = Cause::Event {
            fact: Fact::Other,
            of_new_log: true,
        };
        self.input(cause, |mux, _| mux.handle_position(id, event.last_event_id));
    }

    fn take(&mut self, id: StreamId, event: &Event<'_>, fact: &Fact, cause: Cause) {
        let taker = self.input(cause, |mux, _| {
            let handled = mux.handle_event(id, event, |Handle(life), event_type| {
                matches!(event_type, "message" | "tick").then(|| life.clone())
            });
            match handled {
                Handled::For { takers, data, .. } => Some((takers, data.into_owned())),
                Handled::Declined | Handled::Done => None,
            }
        });
        let Fact::Published(channel, number) = *fact else {
            let nobody = taker.is_none();
            self.scene.demand(nobody, || {
                "an event of the protocol was delivered".to_owned()
            });
            return;
        };
        let Some((life, data)) = taker else {
            let known = self.takers.contains_key(&number);
            let mark = if known {
                Mark::SeenTwice
            } else {
                Mark::NotForThisLife
            };
            self.scene.reach(mark);
            return;
        };
        self.scene.demand(data == number.to_string(), || {
            format!("the data of {number} have become {data}")
        });
        self.scene.reach(match life.begin {
            Begin::After(_) => Mark::Replayed,
            Begin::Now => Mark::Delivered,
        });
        let has_ids = self.plan.kind != Kind::NoIds;
        life.receive(&self.server.truth, channel, number, self.plan.kind);
        let before = self.takers.insert(number, life.clone());
        // Only who has asked for the past gets what another life has had. Where IDs are in no order, or the
        // head is not told, what comes behind the position can't be told from what is new.
        let knows_head = self.plan.kind.has_log() && self.plan.positions_on_control;
        let may_have_been_had = life.begin != Begin::Now || !knows_head;
        let is_fine = before.is_none_or(|before| may_have_been_had && !Rc::ptr_eq(&before, &life));
        self.scene.demand(is_fine || !has_ids, || {
            format!("{number} was delivered twice, or to two lives")
        });
    }
}
