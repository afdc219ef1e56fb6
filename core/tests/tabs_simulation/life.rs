//! A tab's subscription to a channel.

use std::collections::BTreeSet;

use everstream_core::session::ChannelId;

use crate::hub::habits::{Habits, Kind};
use crate::hub::server::Server;
use crate::hub::truth::Number;

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each says another thing of it.
pub(crate) struct Life {
    pub(crate) id: ChannelId,
    pub(crate) channel: usize,
    /// The event before; of one that begins behind a position, that.
    pub(crate) last: Option<Number>,
    /// What was published when it was first told that it is in force: behind that it misses nothing.
    owed_behind: Option<Number>,
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
    pub(crate) fn new(id: ChannelId, channel: usize, behind: Option<Number>, kept: usize) -> Self {
        Self {
            id,
            channel,
            last: behind,
            owed_behind: None,
            had: BTreeSet::new(),
            is_in_force: false,
            gap: false,
            had_gap: false,
            keeps_little: kept < 1000,
        }
    }

    /// It is told that the server sends it.
    pub(crate) fn come_into_force(&mut self, head: Number) {
        self.is_in_force = true;
        self.owed_behind.get_or_insert(head);
    }

    /// It is told of a gap.
    pub(crate) fn miss(&mut self) {
        self.gap = true;
        self.had_gap = true;
    }

    /// An event is handed over; what is wrong with it.
    pub(crate) fn receive(
        &mut self,
        server: &Server,
        habits: &Habits,
        number: Number,
    ) -> Result<(), String> {
        let channel = self.channel;
        if server.channel_of(number) != channel {
            return Err(format!(
                "channel {channel} got {number}, which is another's"
            ));
        }
        // Without IDs nobody can tell what is repeated behind a gap, nor can one that has forgotten it.
        // Where channels' IDs are in no order, the next leader may begin before what one of them has had, and
        // says so by a gap.
        let is_vague = !habits.kind.has_ids() || habits.kind == Kind::OpaqueIds;
        let may_repeat = self.had_gap && (is_vague || self.keeps_little);
        if !self.had.insert(number) && !may_repeat {
            return Err(format!("channel {channel} got {number} twice"));
        }
        // Where IDs are in no order, what begins now may get what was published shortly before, also later.
        let has_begun = |behind| number <= behind;
        if habits.kind == Kind::OpaqueIds && self.owed_behind.is_some_and(has_begun) {
            return Ok(());
        }
        // Behind a gap it may go on from before.
        if let Some(last) = self.last.filter(|_| !self.gap)
            && number <= last
            && !may_repeat
        {
            return Err(format!("channel {channel} got {number} behind {last}"));
        }
        if let Some(missed) = self.missed(server, number).filter(|_| !self.gap) {
            return Err(format!(
                "channel {channel} got {number}, and {missed} is missing behind {:?}",
                self.last
            ));
        }
        self.last = Some(number);
        self.gap = false;
        Ok(())
    }

    /// What it should have had before that event.
    fn missed(&self, server: &Server, before: Number) -> Option<Number> {
        let mut after = self.last.or(self.owed_behind)?;
        loop {
            let next = server.truth.between(self.channel, after, before)?;
            if !self.had.contains(&next) {
                return Some(next);
            }
            after = next;
        }
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
        match self.missed(server, before) {
            Some(missed) if !self.gap => Err(format!(
                "channel {channel} has missed {missed} behind {:?}, and nobody said so",
                self.last
            )),
            _ => Ok(()),
        }
    }
}
