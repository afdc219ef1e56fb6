//! The life of a channel's subscription, from its first subscriber until it is given up or ends.

use everstream_core::Error;

use crate::coverage::Mark;
use crate::hub::habits::Kind;
use crate::hub::truth::{Number, Truth};
use crate::hub::wire::{Fact, WireId};

/// An input of the session since its subscribers were last up to date.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A stream is open. `resumes`: the server has read its position. `by_query`: the position went by query.
    /// The head is that of the log when the server opened the stream.
    Opened {
        resumes: bool,
        by_query: bool,
        head: Number,
    },
    /// An event, and whether it is the first of its log.
    Event { fact: Fact, of_new_log: bool },
    /// A control request was refused.
    Refused,
    /// A stream was closed for good.
    StreamClosed,
    /// The user has closed the session.
    Closed,
}

/// The causes of a delivery, and their context.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) causes: Vec<Cause>,
    /// The subscribers had no room in between, so a delivery can't be matched to its cause.
    pub(crate) is_muddled: bool,
    /// The stream that opened last.
    pub(crate) wire: WireId,
    /// Whether the causes include an oversized event without a type, whose channel is thus unknown.
    pub(crate) unknown_if_large: bool,
}

impl Scene {
    fn has(&self, fits: impl Fn(&Cause) -> bool) -> bool {
        self.causes.iter().any(fits)
    }

    /// Returns the head of the log where a set came into force.
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

    /// Returns whether one of the causes is the first event of a new log.
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

/// The start of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Now,
    After(Number),
}

/// A broken rule, or the mark that the delivery has reached.
pub(crate) type Judgement = Result<Option<Mark>, String>;

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is an independent fact.
pub(crate) struct Life {
    pub(crate) channel: usize,
    pub(crate) begin: Begin,
    /// The life may receive no event up to this number.
    floor: Number,
    /// The number of the previous event, or of the start.
    last: Option<Number>,
    /// The head when the channel came into force.
    begun: Number,
    /// The stream on which the channel came into force.
    begun_on: Option<WireId>,
    /// The last stream that was to begin the channel at the present.
    asked_now: Option<WireId>,
    /// The life began before any stream existed.
    is_from_before: bool,
    /// The channel has received the event `last`.
    received: bool,
    /// A gap was delivered after that event.
    gap: bool,
    in_force: bool,
    /// The server has accepted the set that contains the channel.
    accepted: bool,
    given_up: bool,
    ended: bool,
    /// The previous life, given up in the same turn. The channel may continue it.
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

    /// Sets the known start: after this number.
    pub(crate) fn start_behind(&mut self, number: Number) {
        self.last = Some(number);
        self.is_from_before = true;
    }

    /// Continues a life that was given up in the same turn.
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

    /// Returns whether the ID that the channel resumes from lies behind its start: part of the replay has
    /// arrived.
    pub(crate) fn has_begun_its_replay(&self, number: Number) -> bool {
        matches!(self.begin, Begin::After(begin) if number > begin)
    }

    pub(crate) fn accept(&mut self, yes: bool) {
        self.accepted = yes;
    }

    /// Checks the delivery of an event.
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
        // Without IDs, a repetition after a gap can't be recognized.
        let may_repeat = kind == Kind::NoIds && self.gap;
        // A channel that begins now may receive events from shortly before. Where IDs have no order, this may
        // happen later, too.
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

    /// Checks the report of an oversized event. Like a gap, the report excuses missing events.
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

    /// Checks that no event before that number is missing without a gap.
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

    /// Checks the report of whether the channel is in force.
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
            // The server wasn't asked in between, so this life continues the previous one.
            let Self { channel, begin, .. } = *self;
            *self = Self {
                channel,
                begin,
                given_up: self.given_up,
                in_force: true,
                ..*before
            };
            if scene.is_muddled {
                // The previous life's last report, such as a gap, has reached no subscriber.
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
