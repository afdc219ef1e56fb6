//! What the user does.

use std::rc::Rc;

use everstream_core::mux::{Multiplexer, Start};

use super::{Happening, World};
use crate::coverage::Mark;
use crate::disturbance::Op;
use crate::life::{Begin, Cause, Handle, Life};
use crate::plan::name;
use crate::truth::Number;

impl World {
    pub(super) fn turn(&mut self, ops: Vec<Op>) {
        self.counts.reasons += 1;
        for op in ops {
            match op {
                Op::Subscribe(channel) => self.subscribe(channel, None),
                Op::SubscribeAfter(channel, back) => {
                    let number = self.server.truth.head.saturating_sub(back);
                    self.subscribe(channel, Some(number));
                }
                Op::Unsubscribe(channel) => self.unsubscribe(channel),
                Op::Close => {
                    let quiet = self.closed;
                    self.closed = true;
                    let cause = if quiet { Cause::Quiet } else { Cause::Closed };
                    self.input(cause, |mux, _| mux.close(None));
                }
            }
        }
        if self.random.one_in(3) {
            let soon = self.now + self.random.within(0..=3);
            self.queue.plan(soon, Happening::Flush);
        } else {
            self.input(Cause::Quiet, Multiplexer::flush);
        }
    }

    fn subscribe(&mut self, channel: usize, after: Option<Number>) {
        if self.closed {
            return;
        }
        let name = name(channel);
        let id = after.and_then(|number| self.server.truth.id(number));
        let start = id.map_or(Start::Now, |id| Start::After(id.into()));
        let (begin, floor) = match after {
            Some(number) => (Begin::After(number), number),
            None => (Begin::Now, self.floor()),
        };
        let before = self.lives[channel].clone();
        let is_known = before.as_ref().is_some_and(|life| life.is_alive());
        let life = Rc::new(Life::new(&self.scene, channel, begin, floor));
        if before.is_some() && !is_known {
            self.scene.reach(Mark::SecondLife);
        }
        // A position from before is where the first channels begin.
        if let (None, Some(number), 0) = (after, self.plan.begins_behind, self.counts.opened) {
            life.start_behind(number);
        }
        match self.mux.subscribe(&name, start, || Handle(life.clone())) {
            Ok(Handle(subscribers)) if is_known => {
                let same = before.is_some_and(|before| Rc::ptr_eq(&before, subscribers));
                self.scene
                    .demand(same, || "subscribed to twice, it is not one".to_owned());
            }
            Ok(Handle(subscribers)) => {
                let same = Rc::ptr_eq(&life, subscribers);
                self.scene
                    .demand(same, || "another life's subscribers".to_owned());
                // If nothing was asked of the server since the channel was given up, it may go on.
                if self.mux.is_in_force(&name)
                    && let Some(before) = before
                {
                    self.scene.reach(Mark::TakenUpAgainAtOnce);
                    life.go_on_from(&before);
                }
                self.lives[channel] = Some(life);
            }
            Err(error) => self.scene.demand(is_known && after.is_some(), || {
                format!("it can't be subscribed to: {error}")
            }),
        }
    }

    fn unsubscribe(&mut self, channel: usize) {
        if let Some(life) = self.lives[channel].as_ref().filter(|life| life.is_alive()) {
            life.give_up();
            self.mux.unsubscribe(&name(channel));
        }
    }

    /// What nobody who subscribes now is to get: all up to the position, or up to that from which a stream
    /// is being opened that will replace the one in use.
    fn floor(&self) -> Number {
        let position = self.server.truth.number(self.mux.last_event_id());
        if self.plan.kind.has_log() {
            return position;
        }
        let begun = self.streams.iter().map(|stream| stream.begun);
        begun.fold(position, Number::min)
    }
}
