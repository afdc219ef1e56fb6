//! A channel's subscribers from their first subscription until they give it up or are told of its end.

use everstream_core::Error;

use crate::coverage::Mark;
use crate::hub::habits::Kind;
use crate::hub::truth::{Number, Truth};
use crate::hub::wire::{Fact, WireId};

/// What went into the session since its subscribers were last told everything.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A stream is open; whether it began at a position that the server has read, and whether that went by
    /// query. The head of the log was that when the server opened it.
    Opened {
        resumes: bool,
        by_query: bool,
        head: Number,
    },
    /// An event; whether it is the first of its log.
    Event { fact: Fact, of_new_log: bool },
    /// A control request was refused.
    Refused,
    /// A stream was closed for good.
    StreamClosed,
    /// The user has closed it.
    Closed,
}

/// The causes of what is told, and what they are about.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) causes: Vec<Cause>,
    /// There was no room in between: which cause is whose can't be said.
    pub(crate) is_muddled: bool,
    /// The stream that was opened last.
    pub(crate) wire: WireId,
    /// The number of an event whose type comes behind its data, and that is too large, is a multiple of it.
    pub(crate) unknown_if_large: bool,
}

impl Scene {
    fn has(&self, fits: impl Fn(&Cause) -> bool) -> bool {
        self.causes.iter().any(fits)
    }

    /// The head of the log where a set came into force.
    fn head(&self) -> Option<Number> {
        let heads = self.causes.iter().filter_map(|cause| match cause {
            Cause::Opened { head, .. }
            | Cause::Event {
                fact: Fact::InForce(head),
                ..
            } => Some(*head),
            _ => None,
        });
        heads.max()
    }

    /// The head that the answer told that has opened the stream.
    pub(crate) fn new_log(&self) -> bool {
        self.has(|cause| {
            matches!(
                cause,
                Cause::Event {
                    of_new_log: true,
                    ..
                }
            )
        })
    }
}

/// Where a life begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Now,
    After(Number),
}

/// What is wrong, if something is.
pub(crate) type Judgement = Result<Option<Mark>, String>;

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
pub(crate) struct Life {
    pub(crate) channel: usize,
    pub(crate) begin: Begin,
    /// Nothing up to there is for it.
    floor: Number,
    /// The number of the event before, or where it begins.
    last: Option<Number>,
    /// The head when it came into force.
    begun: Number,
    /// The stream on which it came into force.
    begun_on: Option<WireId>,
    /// The last stream that was to begin it now.
    asked_now: Option<WireId>,
    /// It has begun before there was a stream.
    is_from_before: bool,
    /// The event before is one which it has had.
    received: bool,
    /// It was told of a gap behind that event.
    gap: bool,
    in_force: bool,
    /// The server has promised the set that it is in.
    accepted: bool,
    given_up: bool,
    ended: bool,
    /// Of the life before, which was given up in the same turn: the channel may just go on.
    before: Option<Box<Life>>,
}

impl Life {
    pub(crate) fn new(channel: usize, begin: Begin, floor: Number) -> Self {
        let last = match begin {
            Begin::After(number) => Some(number),
            Begin::Now => None,
        };
        Self {
            channel,
            begin,
            floor,
            last,
            begun: 0,
            begun_on: None,
            asked_now: None,
            is_from_before: false,
            received: false,
            gap: false,
            in_force: false,
            accepted: false,
            given_up: false,
            ended: false,
            before: None,
        }
    }

    /// Its beginning is known: behind that.
    pub(crate) fn start_behind(&mut self, number: Number) {
        self.last = Some(number);
        self.is_from_before = true;
    }

    /// The life before was given up just now.
    pub(crate) fn follows(&mut self, before: &Self) {
        let before = Self {
            before: None,
            ..before.clone()
        };
        self.before = Some(Box::new(before));
    }

    pub(crate) fn give_up(&mut self) {
        self.given_up = true;
    }

    pub(crate) fn is_alive(&self) -> bool {
        !self.given_up && !self.ended
    }

    pub(crate) fn is_in_force(&self) -> bool {
        self.in_force
    }

    pub(crate) fn ask_now(&mut self, wire: WireId) {
        self.asked_now = Some(wire);
    }

    /// Where the life was to begin, and an ID behind it that it is asked for from: something of the replay has
    /// come.
    pub(crate) fn has_begun_its_replay(&self, number: Number) -> bool {
        matches!(self.begin, Begin::After(begin) if number > begin)
    }

    pub(crate) fn accept(&mut self, yes: bool) {
        self.accepted = yes;
    }

    /// An event is handed over.
    pub(crate) fn receive(
        &mut self,
        truth: &Truth,
        channel: usize,
        number: Number,
        kind: Kind,
    ) -> Judgement {
        let demand = |holds: bool, rule: &str| {
            if holds {
                Ok(())
            } else {
                Err(format!("channel {} got {number}: {rule}", self.channel))
            }
        };
        demand(channel == self.channel, "it is another's")?;
        demand(!self.ended, "it is over")?;
        demand(self.in_force, "it is not in force")?;
        let Some(last) = self.last else {
            self.last = Some(number);
            self.received = true;
            return Ok(None);
        };
        // Without IDs nobody can tell what is repeated behind a gap.
        let may_repeat = kind == Kind::NoIds && self.gap;
        // What begins now may get what was published shortly before; where IDs are in no order, also later.
        let is_early = number > self.floor && number <= self.begun && self.begin == Begin::Now;
        if is_early && !(self.received && kind.has_log()) {
            return Ok(Some(Mark::Early));
        }
        if number <= last {
            demand(may_repeat, "it is not behind the one before")?;
        } else if let Some(missed) = truth.between(channel, last, number) {
            demand(self.gap, &format!("{missed} is missing behind {last}"))?;
        }
        self.last = Some(number);
        self.received = true;
        self.gap = false;
        Ok(None)
    }

    /// It is told that an event was too large: from there on it misses nothing.
    pub(crate) fn skip(&mut self) -> Judgement {
        if self.ended || !self.in_force {
            let channel = self.channel;
            return Err(format!(
                "channel {channel} is told of an event that was skipped, and is not in force"
            ));
        }
        self.gap = true;
        Ok(Some(Mark::Skipped))
    }

    /// Nothing is missing up to that place, or it was told.
    pub(crate) fn check_tail(&self, truth: &Truth, before: Number) -> Judgement {
        let Some(last) = self.last.filter(|_| !self.gap) else {
            return Ok(None);
        };
        match truth.between(self.channel, last, before) {
            Some(missed) => Err(format!(
                "channel {} has missed {missed} behind {last}, and nobody said so",
                self.channel
            )),
            None => Ok(None),
        }
    }

    /// It is told whether it is in force.
    pub(crate) fn told_in_force(&mut self, scene: &Scene, yes: bool) -> Judgement {
        if self.in_force == yes {
            let channel = self.channel;
            return Err(format!(
                "channel {channel} is told twice that it is in force: {yes}"
            ));
        }
        self.in_force = yes;
        if !yes {
            return Ok(None);
        }
        let head = scene.head();
        let before = self.before.take();
        let was_followed = before.is_some();
        if let (None, Some(before)) = (head, before) {
            // Nothing was asked of the server since: it goes on where the other was.
            let Self { channel, begin, .. } = *self;
            *self = Self {
                channel,
                begin,
                given_up: self.given_up,
                in_force: true,
                ..*before
            };
            if scene.is_muddled {
                // What the other would have been told last is for nobody.
                self.gap = true;
            }
            return Ok(Some(Mark::TakenUpAgainAtOnce));
        }
        self.begun_on.get_or_insert(scene.wire);
        let is_unclear = scene.is_muddled && (was_followed || head.is_none());
        if self.last.is_none() && !is_unclear {
            let Some(head) = head else {
                return Err(format!(
                    "channel {} is in force, and no server has said so",
                    self.channel
                ));
            };
            self.last = Some(head);
            self.begun = head;
        }
        Ok(None)
    }

    pub(crate) fn told_gap(&mut self, scene: &Scene) -> Judgement {
        let channel = self.channel;
        let wire = scene.wire;
        let elsewhere = self.begun_on.is_some_and(|begun| begun != wire);
        let begins_twice = elsewhere && self.asked_now == Some(wire);
        let is_there_before = self.is_from_before || elsewhere || scene.is_muddled;
        let announced = |cause: &Cause| {
            matches!(cause, Cause::Event { fact: Fact::Gap(channels), .. }
                if channels.as_ref().is_none_or(|channels| channels.contains(&channel)))
        };
        let opened = |fits: fn(bool, bool) -> bool| {
            scene.has(|cause| {
                matches!(cause, Cause::Opened { resumes, by_query, .. } if fits(*resumes, *by_query))
            })
        };
        let mark = if scene.has(announced) {
            Mark::GapAnnounced
        } else if scene.new_log() {
            Mark::GapByNewEpoch
        } else if opened(|_, by_query| by_query) && is_there_before {
            Mark::GapByQuery
        } else if opened(|resumes, _| !resumes) && is_there_before {
            Mark::GapWithoutPosition
        } else if opened(|_, _| true) && (begins_twice || scene.is_muddled) {
            Mark::BegunTwice
        } else if scene.unknown_if_large {
            Mark::GapByUnknown
        } else {
            let causes = &scene.causes;
            return Err(format!("channel {channel}: a gap by {causes:?}"));
        };
        self.gap = true;
        Ok(Some(mark))
    }

    pub(crate) fn told_end(
        &mut self,
        scene: &Scene,
        truth: &Truth,
        error: Option<&Error>,
    ) -> Judgement {
        let channel = self.channel;
        if self.ended {
            return Err(format!("channel {channel} ends twice"));
        }
        self.ended = true;
        if self.given_up {
            return Ok(None);
        }
        let completed = scene.causes.iter().find_map(|cause| match cause {
            Cause::Event {
                fact: Fact::Complete(ended, number),
                ..
            } if *ended == channel => Some(*number),
            _ => None,
        });
        let failed = |cause: &Cause| matches!(cause, Cause::Event { fact: Fact::Error(failed), .. } if *failed == channel);
        let is_refused = !self.in_force && !self.accepted;
        match error {
            None => {
                if let Some(number) = completed {
                    self.check_tail(truth, number)?;
                    return Ok(Some(Mark::Completed));
                }
                if scene.has(|cause| matches!(cause, Cause::Closed)) {
                    return Ok(Some(Mark::ClosedByUser));
                }
            }
            Some(Error::Channel { .. }) if scene.has(failed) => {
                return Ok(Some(Mark::ChannelRefused));
            }
            Some(error) if error.status().is_some() => {
                if scene.has(|cause| matches!(cause, Cause::StreamClosed)) {
                    return Ok(Some(Mark::OpeningRefused));
                }
                if scene.has(|cause| matches!(cause, Cause::Refused)) && is_refused {
                    return Ok(Some(Mark::ControlRefused));
                }
            }
            Some(_) => {}
        }
        Err(format!(
            "channel {channel} ends with {error:?} by {:?} ({self:?})",
            scene.causes
        ))
    }
}
