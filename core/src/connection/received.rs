//! The items of a chunk, as they pass through the connection.

use core::time::Duration;

use super::end::UntilEvent;
use super::{Follows, Stats, Until};
use crate::parse::{Event, EventTooLarge, Frames, Step};

/// An item of a chunk, in stream order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival<'a> {
    /// An event.
    Event(Event<'a>),
    /// The text of a comment.
    Comment(&'a str),
    /// Events may be missing here: the next event's ID does not follow the previous one.
    Gap,
    /// An event or a line exceeded the size limit and was skipped.
    TooLarge(EventTooLarge),
}

/// The items that a chunk completes. The connection updates its state as each one passes.
///
/// Like [`Frames`], it lends its items: call [`next`](Self::next) until it returns `None`.
#[derive(Debug)]
#[must_use = "what is not read is discarded"]
pub struct Received<'p, 'c> {
    pub(super) frames: Frames<'p, 'c>,
    pub(super) reconnection_time: &'p mut Option<Duration>,
    pub(super) stats: &'p mut Stats,
    /// The checks for each event; `None` in the common case that there are none.
    pub(super) watch: Option<Watch<'p>>,
    /// Whether the event after the gap just reported has yet to be returned.
    pub(super) held: bool,
}

/// The checks that each event passes: `follows` and `until`.
#[derive(Debug)]
pub(super) struct Watch<'p> {
    pub(super) follows: Option<&'p Follows>,
    /// The previous event's ID; empty if the next ID need not follow one.
    pub(super) previous: &'p mut String,
    pub(super) until: Option<&'p Until>,
    /// Set once the stream has ended at an event.
    pub(super) is_done: &'p mut bool,
}

/// The result of the checks on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// The event passes after a gap.
    Gap,
    /// The stream ended before the event.
    Done,
}

impl Watch<'_> {
    pub(super) fn judge(&mut self, event: &Event<'_>) -> Verdict {
        let until = self
            .until
            .map_or(UntilEvent::GoOn, |until| until.judge(event));
        if until != UntilEvent::GoOn {
            *self.is_done = true;
        }
        if until == UntilEvent::EndBefore {
            return Verdict::Done;
        }
        let Some(follows) = self.follows else {
            return Verdict::Pass;
        };
        let next = event.last_event_id;
        if next == self.previous {
            return Verdict::Pass;
        }
        let is_expected = self.previous.is_empty() || follows.judge(self.previous, next);
        self.previous.clear();
        self.previous.push_str(next);
        if is_expected {
            Verdict::Pass
        } else {
            Verdict::Gap
        }
    }
}

impl Received<'_, '_> {
    /// Returns the last event ID up to the last returned item, including IDs of blocks without an event.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.frames.last_event_id()
    }

    /// Stops after the last returned item. Returns how many bytes of the chunk are left, which must be passed
    /// in again.
    #[must_use]
    pub fn stop(self) -> usize {
        self.frames.stop()
    }

    /// Returns the next item, or `None` once the chunk is used up or the stream has ended at an event.
    #[allow(clippy::should_implement_trait)] // `Iterator` can't lend.
    #[inline]
    pub fn next(&mut self) -> Option<Arrival<'_>> {
        if core::mem::take(&mut self.held) {
            self.stats.events += 1;
            return Some(Arrival::Event(self.frames.event()));
        }
        if self.watch.as_ref().is_some_and(|watch| *watch.is_done) {
            // Bytes after the end no longer belong to the answer.
            self.frames.abandon();
            return None;
        }
        loop {
            match self.frames.advance()? {
                Step::Event => {
                    if let Some(watch) = &mut self.watch {
                        match watch.judge(&self.frames.event()) {
                            Verdict::Pass => {}
                            Verdict::Gap => {
                                self.held = true;
                                return Some(Arrival::Gap);
                            }
                            Verdict::Done => {
                                self.frames.abandon();
                                return None;
                            }
                        }
                    }
                    self.stats.events += 1;
                    return Some(Arrival::Event(self.frames.event()));
                }
                Step::Retry(time) => *self.reconnection_time = Some(time),
                step @ (Step::Comment(_) | Step::CarriedComment) => {
                    return Some(Arrival::Comment(self.frames.comment(step)));
                }
                step @ (Step::TooLarge | Step::LineTooLarge) => {
                    return Some(Arrival::TooLarge(self.frames.too_large_error(step)));
                }
            }
        }
    }
}
