//! Every event once and in order, or a gap that is told.

use super::Rules;
use crate::plan::Plan;

pub(super) struct Delivery {
    ids: bool,
    pub(super) was_open: bool,
    /// The number of the next event; unknown until a stream has opened.
    next: Option<u64>,
    /// A gap has been told, so that events may be missing before the next one.
    gap: bool,
    /// The number that the stream begins with that is about to open.
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

    /// Whether a gap has been told that no event has come behind.
    pub(super) fn has_gap(&self) -> bool {
        self.gap
    }

    /// What has not arrived of a log with that many events.
    pub(super) fn missing(&self, head: u64) -> Option<String> {
        let next = self.next?;
        (next <= head).then(|| format!("events {next} to {head} have not arrived"))
    }
}

impl Rules {
    /// The stream that opens next carries the events from that number on.
    pub(crate) fn about_to_open(&mut self, first: u64) {
        self.delivery.first = first;
    }

    /// An event of whatever kind has been delivered.
    pub(crate) fn heard(&mut self) {
        self.delivery.count += 1;
    }

    /// An event of the log has been delivered.
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

    /// The place of an event is its ID's.
    pub(crate) fn resumes_behind(&mut self, last_event_id: &str, position: &str) {
        self.demand(position == last_event_id, || {
            format!("behind {last_event_id:?} the place is {position:?}")
        });
    }

    /// The session's position is that of the last event with an ID.
    pub(crate) fn at_position(&mut self, position: &str) {
        let expected = self.delivery.position.clone();
        self.demand(position == expected, || {
            format!("the position is {position:?}, not {expected:?}")
        });
    }
}
