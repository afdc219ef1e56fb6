//! A tab's subscription to a channel.

use std::collections::BTreeSet;

use crate::server::{Number, Server};

#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each says another thing of it.
pub(crate) struct Life {
    pub(crate) channel: usize,
    /// The event before; of one that begins behind a position, that.
    pub(crate) last: Option<Number>,
    /// What it has had.
    pub(crate) had: BTreeSet<Number>,
    /// It was told that the server sends it.
    pub(crate) is_in_force: bool,
    /// It was told of a gap behind the event before.
    gap: bool,
    /// It was told of one before.
    had_gap: bool,
    /// What it has had may be more than a tab keeps.
    keeps_little: bool,
}

impl Life {
    pub(crate) fn new(channel: usize, behind: Option<Number>, kept: usize) -> Self {
        Self {
            channel,
            keeps_little: kept < 1000,
            last: behind,
            ..Self::default()
        }
    }

    /// It is told of a gap.
    pub(crate) fn miss(&mut self) {
        self.gap = true;
        self.had_gap = true;
    }

    /// An event is handed over; what is wrong with it.
    pub(crate) fn receive(&mut self, server: &Server, number: Number) -> Result<(), String> {
        let channel = self.channel;
        if server.channel(number) != channel {
            return Err(format!(
                "channel {channel} got {number}, which is another's"
            ));
        }
        // Without IDs nobody can tell what is repeated behind a gap, nor can one that has forgotten it.
        let may_repeat = self.had_gap && (!server.has_ids || self.keeps_little);
        if !self.had.insert(number) && !may_repeat {
            return Err(format!("channel {channel} got {number} twice"));
        }
        // Behind a gap it may go on from before.
        if let Some(last) = self.last.filter(|_| !self.gap) {
            if number <= last && !may_repeat {
                return Err(format!("channel {channel} got {number} behind {last}"));
            }
            if let Some(missed) = self.missed(server, last, number) {
                return Err(format!(
                    "channel {channel} got {number}, and {missed} is missing behind {last}"
                ));
            }
        }
        self.last = Some(number);
        self.gap = false;
        Ok(())
    }

    fn missed(&self, server: &Server, after: Number, before: Number) -> Option<Number> {
        let mut missed = server.between(self.channel, after, before);
        missed.find(|number| !self.had.contains(number))
    }

    /// It knows that it is served, as it is after a while.
    pub(crate) fn check_in_force(&self) -> Result<(), String> {
        if self.is_in_force {
            return Ok(());
        }
        Err(format!(
            "channel {} does not know that it is served",
            self.channel
        ))
    }

    /// Nothing is missing before that event, or it was told.
    pub(crate) fn check_tail(&self, server: &Server, before: Number) -> Result<(), String> {
        let channel = self.channel;
        match self.last.and_then(|last| self.missed(server, last, before)) {
            Some(missed) if !self.gap => Err(format!(
                "channel {channel} has missed {missed} behind {:?}, and nobody said so",
                self.last
            )),
            _ => Ok(()),
        }
    }
}
