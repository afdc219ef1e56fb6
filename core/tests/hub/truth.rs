//! The record of everything published. Only the rules know it as a whole.

use super::habits::{Habits, Kind};

/// The number of a published entry, counted over all logs from 1.
pub(crate) type Number = u64;

pub(crate) struct Truth {
    kind: Kind,
    /// The numbers of each channel's events.
    events: Vec<Vec<Number>>,
    /// The number of the latest entry.
    pub(crate) head: Number,
    /// The head at the beginning of each log.
    pub(crate) logs: Vec<Number>,
}

impl Truth {
    pub(crate) fn new(habits: &Habits) -> Self {
        Self {
            kind: habits.kind,
            events: vec![Vec::new(); habits.channels],
            head: 0,
            logs: vec![0],
        }
    }

    pub(crate) fn publish(&mut self, channel: usize, is_event: bool) -> Number {
        self.head += 1;
        if is_event {
            self.events[channel].push(self.head);
        }
        self.head
    }

    /// Returns an event of the channel between the two numbers. A subscriber that has received neither has
    /// missed it.
    pub(crate) fn between(&self, channel: usize, after: Number, before: Number) -> Option<Number> {
        let events = &self.events[channel];
        let next = events.partition_point(|number| *number <= after);
        events.get(next).copied().filter(|number| *number < before)
    }

    /// Returns the number of the channel's event that is so many events back from its last.
    pub(crate) fn back(&self, channel: usize, back: u64) -> Option<Number> {
        let back = usize::try_from(back).expect("it fits");
        self.events[channel].iter().rev().nth(back).copied()
    }

    /// Returns the ID of a number, published or not.
    pub(crate) fn id(&self, number: Number) -> Option<String> {
        let log = self.logs.partition_point(|begin| *begin < number).max(1) - 1;
        match self.kind {
            Kind::Hub | Kind::WithoutControl => Some(self.id_in(log, number)),
            // The ID looks like a position, but isn't one.
            Kind::OpaqueIds | Kind::Source => {
                Some(format!("{:x}-{number}", number * 40_503 % 65_536))
            }
            Kind::NoIds | Kind::SourceWithoutIds => None,
        }
    }

    /// Returns the head's ID in the current log, which may be empty.
    pub(crate) fn head_id(&self) -> Option<String> {
        match self.kind {
            Kind::Hub | Kind::WithoutControl => Some(self.id_in(self.logs.len() - 1, self.head)),
            _ => None,
        }
    }

    fn id_in(&self, log: usize, number: Number) -> String {
        format!("e{log}-{}", number - self.logs[log])
    }

    /// Returns the log and the number of an ID.
    pub(crate) fn find(&self, id: &str) -> (usize, Number) {
        let (log, number) = id.rsplit_once('-').expect("an ID of ours");
        let number: Number = number.parse().expect("an ID of ours");
        match self.kind {
            Kind::Hub | Kind::WithoutControl => {
                let log = log[1..].parse().expect("an ID of ours");
                (log, self.logs[log] + number)
            }
            _ => (0, number),
        }
    }

    /// Returns the number of an ID, 0 for none.
    pub(crate) fn number(&self, id: &str) -> Number {
        if id.is_empty() { 0 } else { self.find(id).1 }
    }
}
