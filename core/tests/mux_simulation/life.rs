//! A channel's subscribers from their first subscription until they give it up or are told of its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use everstream_core::Error;
use everstream_core::mux::Subscribers;

use crate::coverage::{Coverage, Mark};
use crate::plan::Kind;
use crate::truth::{Number, Truth};
use crate::wire::{Fact, LinkId};

/// What goes into the multiplexer while it talks to its subscribers.
#[derive(Clone, Debug, Default)]
pub(crate) enum Cause {
    /// Nothing that should make it tell anything but what is in force.
    #[default]
    Quiet,
    /// A stream is open; whether it began at a position.
    Opened { resumes: bool },
    /// A stream has reconnected without a position.
    Gap,
    /// An event; whether it is the first of its log.
    Event { fact: Fact, of_new_log: bool },
    /// A control request was refused.
    Refused,
    /// A stream was closed for good.
    StreamClosed,
    /// The user has closed it.
    Closed,
}

/// What all lives have in common.
#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) cause: RefCell<Cause>,
    /// The head of the log at the place in the stream that is being handled.
    pub(crate) head: Cell<Number>,
    /// The attempt that is open.
    pub(crate) attempt: Cell<LinkId>,
    pub(crate) violation: RefCell<Option<String>>,
    pub(crate) coverage: RefCell<Coverage>,
}

impl Scene {
    pub(crate) fn demand(&self, holds: bool, rule: impl FnOnce() -> String) {
        let mut violation = self.violation.borrow_mut();
        if !holds && violation.is_none() {
            *violation = Some(rule());
        }
    }

    pub(crate) fn reach(&self, mark: Mark) {
        self.coverage.borrow_mut().reach(mark);
    }
}

/// Where a life begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Now,
    After(Number),
}

pub(crate) struct Life {
    pub(crate) channel: usize,
    pub(crate) begin: Begin,
    scene: Rc<Scene>,
    state: RefCell<State>,
}

#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
struct State {
    /// Nothing up to there is for it.
    floor: Number,
    /// The number of the event before, or where it begins.
    last: Option<Number>,
    /// The head when it came into force.
    begun: Number,
    /// The attempt on which it came into force.
    begun_on: Option<LinkId>,
    /// The last attempt that was to begin it now.
    asked_now: Option<LinkId>,
    /// It has begun before there was a stream.
    is_from_before: bool,
    /// That is an event which it has had.
    received: bool,
    /// It was told of a gap behind that event.
    gap: bool,
    in_force: bool,
    /// The server has promised the set that it is in.
    accepted: bool,
    given_up: bool,
    ended: bool,
}

impl Life {
    pub(crate) fn new(scene: &Rc<Scene>, channel: usize, begin: Begin, floor: Number) -> Self {
        let last = match begin {
            Begin::After(number) => Some(number),
            Begin::Now => None,
        };
        Self {
            channel,
            begin,
            scene: scene.clone(),
            state: RefCell::new(State {
                floor,
                last,
                ..State::default()
            }),
        }
    }

    /// Its beginning is known: behind that.
    pub(crate) fn start_behind(&self, number: Number) {
        let mut state = self.state.borrow_mut();
        state.last = Some(number);
        state.is_from_before = true;
    }

    /// Goes on where another has just given up.
    pub(crate) fn go_on_from(&self, other: &Self) {
        let other = other.state.borrow();
        let mut state = self.state.borrow_mut();
        state.floor = other.floor;
        state.last = other.last;
        state.received = other.received;
        state.begun = other.begun;
        state.begun_on = other.begun_on;
        state.is_from_before = other.is_from_before;
        state.gap = other.gap;
        state.accepted = other.accepted;
    }

    pub(crate) fn give_up(&self) {
        self.state.borrow_mut().given_up = true;
    }

    pub(crate) fn is_alive(&self) -> bool {
        let state = self.state.borrow();
        !state.given_up && !state.ended
    }

    pub(crate) fn is_in_force(&self) -> bool {
        self.state.borrow().in_force
    }

    pub(crate) fn ask_now(&self, attempt: LinkId) {
        self.state.borrow_mut().asked_now = Some(attempt);
    }

    pub(crate) fn accept(&self, yes: bool) {
        self.state.borrow_mut().accepted = yes;
    }

    /// An event is handed over.
    pub(crate) fn receive(&self, truth: &Truth, channel: usize, number: Number, kind: Kind) {
        let (has_ids, has_order) = (kind != Kind::NoIds, kind.has_log());
        let mut state = self.state.borrow_mut();
        let demand = |holds, rule: &str| {
            let this = self.channel;
            self.scene
                .demand(holds, || format!("channel {this} got {number}: {rule}"));
        };
        demand(channel == self.channel, "it is another's");
        demand(!state.given_up && !state.ended, "it is over");
        demand(state.in_force, "it is not in force");
        let Some(last) = state.last else {
            return;
        };
        // Without IDs nobody can tell what is repeated behind a gap.
        let may_repeat = !has_ids && state.gap;
        // What begins now may get what was published shortly before; where IDs are in no order, also later.
        let is_early = number > state.floor && number <= state.begun && self.begin == Begin::Now;
        if is_early && !(state.received && has_order) {
            self.scene.reach(Mark::Early);
            return;
        }
        if number <= last {
            demand(may_repeat, "it is not behind the one before");
        } else if let Some(missed) = truth.between(channel, last, number) {
            demand(state.gap, &format!("{missed} is missing behind {last}"));
        }
        state.last = Some(number);
        state.received = true;
        state.gap = false;
    }

    /// It is told that this event was too large: from there on it misses nothing.
    pub(crate) fn skip(&self, number: Number) {
        let mut state = self.state.borrow_mut();
        let channel = self.channel;
        self.scene
            .demand(!state.given_up && !state.ended && state.in_force, || {
                format!("channel {channel} is told that {number} was skipped, and is not in force")
            });
        state.gap = true;
    }

    /// Nothing is missing up to that place, or it was told.
    pub(crate) fn check_tail(&self, truth: &Truth, before: Number) {
        let state = self.state.borrow();
        if let Some(last) = state.last
            && let Some(missed) = truth.between(self.channel, last, before)
        {
            let channel = self.channel;
            self.scene.demand(state.gap, || {
                format!("channel {channel} has missed {missed} behind {last}, and nobody said so")
            });
        }
    }
}

/// What the multiplexer holds of a life.
pub(crate) struct Handle(pub(crate) Rc<Life>);

impl Subscribers for Handle {
    fn in_force(&self, yes: bool) {
        self.0.in_force(yes);
    }

    fn gap(&self) {
        self.0.gap();
    }

    fn end(&self, error: Option<Error>) {
        self.0.end(error.as_ref());
    }
}

impl Life {
    fn in_force(&self, yes: bool) {
        let mut state = self.state.borrow_mut();
        self.scene.demand(state.in_force != yes, || {
            format!("told twice that it is in force: {yes}")
        });
        state.in_force = yes;
        if yes && state.begun_on.is_none() {
            state.begun_on = Some(self.scene.attempt.get());
        }
        if yes && state.last.is_none() {
            state.last = Some(self.scene.head.get());
            state.begun = self.scene.head.get();
        }
    }

    fn gap(&self) {
        let channel = self.channel;
        let (is_there_before, begins_twice) = {
            let state = self.state.borrow();
            let attempt = self.scene.attempt.get();
            let elsewhere = state.begun_on.is_some_and(|begun| begun != attempt);
            let begins_twice = elsewhere && state.asked_now == Some(attempt);
            (state.is_from_before || elsewhere, begins_twice)
        };
        let mark = match &*self.scene.cause.borrow() {
            Cause::Event {
                fact: Fact::Gap(channels),
                ..
            } if channels
                .as_ref()
                .is_none_or(|channels| channels.contains(&channel)) =>
            {
                Mark::GapAnnounced
            }
            Cause::Event {
                of_new_log: true, ..
            } => Mark::GapByNewEpoch,
            Cause::Gap if is_there_before => Mark::GapWithoutPosition,
            Cause::Opened { resumes: false } if is_there_before => Mark::GapOnHandover,
            Cause::Opened { .. } if begins_twice => Mark::BegunTwice,
            cause => {
                self.scene
                    .demand(false, || format!("channel {channel}: a gap by {cause:?}"));
                return;
            }
        };
        self.scene.reach(mark);
        self.state.borrow_mut().gap = true;
    }

    fn end(&self, error: Option<&Error>) {
        let channel = self.channel;
        let mut state = self.state.borrow_mut();
        self.scene
            .demand(!state.ended, || format!("channel {channel} ends twice"));
        state.ended = true;
        let (is_reason, mark) = match (&*self.scene.cause.borrow(), error) {
            (
                Cause::Event {
                    fact: Fact::Complete(ended, _),
                    ..
                },
                None,
            ) => (*ended == channel, Mark::Completed),
            (
                Cause::Event {
                    fact: Fact::Error(failed),
                    ..
                },
                Some(Error::Channel { .. }),
            ) => (*failed == channel, Mark::ChannelRefused),
            (Cause::Refused, Some(error)) => (
                error.status().is_some() && !state.in_force && !state.accepted,
                Mark::ControlRefused,
            ),
            (Cause::StreamClosed, Some(error)) => (error.status().is_some(), Mark::OpeningRefused),
            (Cause::Closed, None) => (true, Mark::ClosedByUser),
            _ => (false, Mark::ClosedByUser),
        };
        self.scene.reach(mark);
        self.scene.demand(is_reason, || {
            let cause = self.scene.cause.borrow();
            format!("channel {channel} ends with {error:?} by {cause:?} ({state:?})")
        });
    }
}
