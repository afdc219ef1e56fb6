//! The server: a log, and the connections to it.

use std::collections::BTreeSet;

/// The number of an event; the first is 1.
pub(crate) type Number = usize;

pub(crate) struct Server {
    pub(crate) has_ids: bool,
    /// Whose each event is.
    log: Vec<usize>,
}

impl Server {
    pub(crate) fn new(has_ids: bool) -> Self {
        let log = Vec::new();
        Self { has_ids, log }
    }

    pub(crate) fn publish(&mut self, channel: usize) -> Number {
        self.log.push(channel);
        self.log.len()
    }

    pub(crate) fn head(&self) -> Number {
        self.log.len()
    }

    pub(crate) fn channel(&self, number: Number) -> usize {
        self.log[number - 1]
    }

    /// The events of the channel between the two.
    pub(crate) fn between(
        &self,
        channel: usize,
        after: Number,
        before: Number,
    ) -> impl Iterator<Item = Number> {
        let end = (before - 1).min(self.head());
        (after + 1..=end).filter(move |number| self.channel(*number) == channel)
    }

    /// What is to be sent to one that resumes.
    pub(crate) fn replay(&self, after: Number, channels: &BTreeSet<usize>) -> Vec<Number> {
        let wanted = |number: &Number| channels.contains(&self.channel(*number));
        (after + 1..=self.head()).filter(wanted).collect()
    }

    pub(crate) fn id(&self, number: Number) -> String {
        if self.has_ids && number > 0 {
            format!("e-{number}")
        } else {
            String::new()
        }
    }

    /// The number of an ID, 0 for none.
    pub(crate) fn number(id: &str) -> Number {
        id.strip_prefix("e-")
            .map_or(0, |number| number.parse().expect("an ID of ours"))
    }
}
