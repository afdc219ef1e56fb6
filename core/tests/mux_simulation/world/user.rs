//! The actions of the user.

use everstream_core::mux::Start;
use everstream_core::session::{ChannelId, Input};

use super::{Happening, World};
use crate::coverage::Mark;
use crate::disturbance::Op;
use crate::hub::habits::name;
use crate::hub::truth::Number;
use crate::life::{Begin, Cause, Life};

/// How many attempts count as a channel's start where IDs have no order.
const ATTEMPTS: usize = 6;

impl World {
    pub(super) fn turn(&mut self, ops: Vec<Op>) {
        self.counts.reasons += 1;
        if self.edge.is_full() {
            self.coverage.reach(Mark::HeldInterrupted);
        }
        for op in ops {
            match op {
                Op::Subscribe(channel) => self.subscribe(channel, None),
                Op::SubscribeAfter(channel, back) => {
                    let number = self.net.server.truth.head.saturating_sub(back);
                    self.subscribe(channel, Some(number));
                }
                Op::Unsubscribe(channel) => self.unsubscribe(channel),
                Op::Close => {
                    self.edge.make_room(usize::MAX);
                    self.input(&[Cause::Closed], Input::Close);
                    self.closed = true;
                }
            }
        }
        if self.random.one_in(3) {
            let soon = self.now + self.random.within(0..=3);
            self.queue.plan(soon, Happening::Flush);
        } else {
            self.input(&[], Input::Flush);
        }
    }

    fn subscribe(&mut self, channel: usize, after: Option<Number>) {
        let before = self.latest[channel].map(|id| &self.lives[id.0 as usize]);
        if self.closed || before.is_some_and(Life::is_alive) {
            // The edge shares a channel that exists already, so the session isn't involved.
            return;
        }
        let name = name(channel);
        let id = after.and_then(|number| self.net.server.truth.id(number));
        let start = id.map_or(Start::Now, |id| Start::After(id.into()));
        let (begin, floor) = match after {
            Some(number) => (Begin::After(number), number),
            None => (Begin::Now, self.floor()),
        };
        let mut life = Life::new(channel, begin, floor);
        if let Some(before) = before {
            if before.is_in_force() {
                life.follows(before);
            }
            self.coverage.reach(Mark::SecondLife);
        }
        // The first channels begin at the position that the client starts with.
        if let (None, Some(number), 0) = (after, self.plan.begins_behind, self.counts.attempts) {
            life.start_behind(number);
        }
        let number = u32::try_from(self.lives.len()).expect("few lives");
        let channel_id = ChannelId(number);
        self.lives.push(life);
        self.latest[channel] = Some(channel_id);
        self.input(
            &[],
            Input::Subscribe {
                channel: channel_id,
                name: &name,
                start,
            },
        );
    }

    fn unsubscribe(&mut self, channel: usize) {
        let Some(id) = self.latest[channel] else {
            return;
        };
        let life = &mut self.lives[id.0 as usize];
        if life.is_alive() {
            life.give_up();
            self.input(&[], Input::Unsubscribe(id, &name(channel)));
        }
    }

    /// Returns the number up to which a new subscriber receives nothing. This is the position, or the start
    /// of a stream that is in use or may replace the one in use.
    fn floor(&self) -> Number {
        let position = self.net.number(self.edge.session.place().position);
        if self.plan.habits.kind.has_log() {
            return position;
        }
        let begun = self.begun.iter().rev().take(ATTEMPTS).copied();
        begun.fold(position, Number::min)
    }
}
