//! A tab's subscription to a channel.

use std::collections::BTreeSet;

use everstream_core::session::ChannelId;

use crate::hub::habits::{Habits, Kind};
use crate::hub::server::Server;
use crate::hub::truth::Number;

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is an independent fact.
pub(crate) struct Life {
    pub(crate) id: ChannelId,
    pub(crate) channel: usize,
    /// The previous event. If the subscription begins after a position: that position.
    pub(crate) last: Option<Number>,
    /// The head when the channel was first in force. The subscription must miss no event after it.
    owed_behind: Option<Number>,
    /// The events received so far.
    pub(crate) had: BTreeSet<Number>,
    /// The tab knows that the server sends the channel.
    pub(crate) is_in_force: bool,
    /// A gap was delivered after the previous event.
    gap: bool,
    /// A gap was delivered at some time before.
    had_gap: bool,
    /// The life was to begin after an event.
    pub(crate) begins_behind: bool,
    /// The tab may have received more than it keeps.
    pub(crate) keeps_little: bool,
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
            begins_behind: behind.is_some(),
            keeps_little: kept < 1000,
        }
    }

    /// Notes that the server sends the channel from now on.
    pub(crate) fn come_into_force(&mut self, head: Number) {
        self.is_in_force = true;
        self.owed_behind.get_or_insert(head);
    }

    /// Notes the delivery of a gap.
    pub(crate) fn miss(&mut self) {
        self.gap = true;
        self.had_gap = true;
    }

    /// Checks the delivery of an event. Returns an error if it breaks a rule.
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
        // Without IDs, or after a tab has forgotten them, a repetition after a gap can't be recognized. Where
        // the channels' IDs have no order, the next leader may begin before an event that some tab has
        // received. It reports a gap then.
        let is_vague = !habits.kind.has_ids() || habits.kind == Kind::OpaqueIds;
        let may_repeat = self.had_gap && (is_vague || self.keeps_little);
        if !self.had.insert(number) && !may_repeat {
            return Err(format!("channel {channel} got {number} twice"));
        }
        // Where IDs have no order, a channel that begins now, or with a gap, may receive events from shortly
        // before, even later.
        let has_begun = |behind| number <= behind;
        let begins_now = !self.begins_behind || self.had_gap;
        if habits.kind == Kind::OpaqueIds && begins_now && self.owed_behind.is_some_and(has_begun) {
            return Ok(());
        }
        // After a gap, events may resume at an earlier one.
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

    /// Returns an event before that number that the subscription should have received.
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

    /// Checks that the tab knows that it is served, which must be so after a while.
    pub(crate) fn check_in_force(&self) -> Result<(), String> {
        if self.is_in_force {
            return Ok(());
        }
        Err(format!(
            "channel {} does not know that it is served",
            self.channel
        ))
    }

    /// Checks that no event before that number is missing without a gap.
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
