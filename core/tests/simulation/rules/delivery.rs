//! Each event arrives once and in order, or a gap is delivered.

use super::Rules;
use crate::plan::Plan;

pub(super) struct Delivery {
    ids: bool,
    pub(super) was_open: bool,
    /// The number of the next event; unknown until a stream has opened.
    next: Option<u64>,
    /// A gap was delivered, so events may be missing before the next one.
    gap: bool,
    /// The number of the first event in the stream that opens next.
    first: u64,
    /// The last event ID.
    position: String,
    /// How many events have been delivered.
    count: u64,
}

impl Delivery {
    pub(super) fn new(plan: &Plan) -> Self {
        let position = plan.config.last_event_id.clone();
        Self {
            ids: plan.ids,
            was_open: false,
            next: position.parse().ok().map(|last: u64| last + 1),
            gap: false,
            first: 0,
            count: 0,
            position,
        }
    }

    pub(super) fn gap(&mut self) {
        self.gap = true;
    }

    pub(super) fn opened(&mut self) {
        self.was_open = true;
        self.next.get_or_insert(self.first);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn position(&self) -> &str {
        &self.position
    }

    pub(super) fn has_position(&self) -> bool {
        !self.position.is_empty()
    }

    /// Returns whether a gap was delivered that no event has followed.
    pub(super) fn has_gap(&self) -> bool {
        self.gap
    }

    /// Returns what is missing of a log with that many events.
    pub(super) fn missing(&self, head: u64) -> Option<String> {
        let next = self.next?;
        (next <= head).then(|| format!("events {next} to {head} have not arrived"))
    }
}

impl Rules {
    /// Notes that the stream that opens next begins with that number.
    pub(crate) fn about_to_open(&mut self, first: u64) {
        self.delivery.first = first;
    }

    /// Notes the delivery of an event of any kind.
    pub(crate) fn heard(&mut self) {
        self.delivery.count += 1;
    }

    /// Checks the delivery of an event of the log.
    pub(crate) fn delivered(&mut self, number: u64, last_event_id: &str) {
        let Some(next) = self.delivery.next else {
            return self.demand(false, || format!("event {number} before anything was open"));
        };
        let gap = core::mem::take(&mut self.delivery.gap);
        self.demand(number >= next, || {
            format!("event {number} comes again: the next one is {next}")
        });
        self.demand(number == next || gap, || {
            format!("event {number} comes and {next} is missing, without a word")
        });
        self.delivery.next = Some(number + 1);
        if self.delivery.ids {
            self.delivery.position = number.to_string();
        }
        self.at_position(last_event_id);
    }

    /// Checks that an event's position equals its ID.
    pub(crate) fn resumes_behind(&mut self, last_event_id: &str, position: &str) {
        self.demand(position == last_event_id, || {
            format!("behind {last_event_id:?} the place is {position:?}")
        });
    }

    /// Checks that the session's position is the last event ID.
    pub(crate) fn at_position(&mut self, position: &str) {
        let expected = self.delivery.position.clone();
        self.demand(position == expected, || {
            format!("the position is {position:?}, not {expected:?}")
        });
    }
}
