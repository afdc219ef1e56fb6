//! What a chunk brings, on its way through the connection.

use core::time::Duration;

use super::end::UntilEvent;
use super::{Follows, Stats, Until};
use crate::parse::{Event, EventTooLarge, Frames, Step};

/// One thing that a chunk brings, in its place in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival<'a> {
    /// An event.
    Event(Event<'a>),
    /// The text of a comment.
    Comment(&'a str),
    /// Events may be missing here: the ID of the next one does not follow the last.
    Gap,
    /// An event, or a line, was over the size limit and was skipped.
    TooLarge(EventTooLarge),
}

/// What a chunk completes. The connection takes note of everything as it passes.
///
/// Like [`Frames`] it lends: call [`next`](Self::next) until it returns `None`.
#[derive(Debug)]
#[must_use = "what is not read is discarded"]
pub struct Received<'p, 'c> {
    pub(super) frames: Frames<'p, 'c>,
    pub(super) reconnection_time: &'p mut Option<Duration>,
    pub(super) stats: &'p mut Stats,
    /// `None` where every event passes as it comes, as nearly always.
    pub(super) watch: Option<Watch<'p>>,
    /// The event that comes behind the gap just told.
    pub(super) held: bool,
}

/// What looks at each event before it passes.
#[derive(Debug)]
pub(super) struct Watch<'p> {
    pub(super) follows: Option<&'p Follows>,
    /// The ID of the event before, empty where none is expected to follow.
    pub(super) previous: &'p mut String,
    pub(super) until: Option<&'p Until>,
    /// The stream has ended at an event.
    pub(super) is_done: &'p mut bool,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// It passes behind a gap.
    Gap,
    /// The stream has ended before it.
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
    /// The last event ID as far as the chunk was read, also where it came without an event.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.frames.last_event_id()
    }

    /// Stops behind the thing that was handed out last. Returns how many bytes of the chunk are left, to be
    /// handed in again.
    #[must_use]
    pub fn stop(self) -> usize {
        self.frames.stop()
    }

    /// The next thing, or `None` when the chunk is used up or the stream has ended at an event.
    #[allow(clippy::should_implement_trait)] // It lends.
    #[inline]
    pub fn next(&mut self) -> Option<Arrival<'_>> {
        if core::mem::take(&mut self.held) {
            self.stats.events += 1;
            return Some(Arrival::Event(self.frames.event()));
        }
        if self.watch.as_ref().is_some_and(|watch| *watch.is_done) {
            // What comes behind the end is not the answer's any more.
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
