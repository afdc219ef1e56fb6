//! The channels that this tab's users ask for.

use super::{Position, REPEATS, Tab};
use crate::tabs::message::Body;
use crate::tabs::sorted::Set;

impl Tab {
    /// Asks for these channels from now on, and for no others. Channels that are new begin now, except those
    /// that are to [`start`](Self::start) after an event.
    pub fn ask_for(&mut self, channels: Set<Box<str>>) {
        if self.wants != channels || !self.starts.is_empty() {
            let before = core::mem::replace(&mut self.wants, channels);
            self.served.retain(|name| self.wants.contains(name));
            self.starts.retain(|(name, _)| self.wants.contains(name));
            self.begun.retain(|(name, _)| self.wants.contains(name));
            let gained: Vec<_> = self.wants.difference(&before).cloned().collect();
            self.gains(&gained, before.is_empty());
            self.begin_starts();
            self.wants_changed();
            self.announce(gained);
        }
    }

    /// Notes that a channel has new subscribers, which have had no event and haven't been told of a gap, even
    /// if it was asked for before.
    pub fn renew(&mut self, channel: &str) {
        self.was_told_of_gap = false;
        self.seen.forget(channel);
        self.note_beginning(channel, self.log.end());
    }

    /// Asks for a channel from now on.
    pub fn subscribe(&mut self, channel: &str) {
        let are_first = self.wants.is_empty();
        if self.wants.insert(channel.into()) {
            self.gains(&[channel.into()], are_first);
            self.wants_changed();
            self.announce([channel.into()]);
        }
    }

    /// Stops asking for a channel.
    pub fn unsubscribe(&mut self, channel: &str) {
        if self.wants.remove(channel) {
            self.served.remove(channel);
            self.forget_start(channel);
            self.wants_changed();
        }
    }

    fn gains(&mut self, gained: &[Box<str>], are_first: bool) {
        if !gained.is_empty() {
            // Newly gained channels have not been told of a gap yet.
            self.was_told_of_gap = false;
        }
        if are_first && let Some(resuming) = &mut self.resuming {
            resuming.extend(gained.iter().cloned());
        }
    }

    fn wants_changed(&mut self) {
        self.repeats = REPEATS;
        match &self.role {
            Position::Leading(_) => self.update_union(),
            Position::Following(following) if following.leader.is_some() => self.tell_wants(),
            // The tab may have told the next leader only the previous channels.
            _ => self.owes_wants = true,
        }
    }

    pub(super) fn tell_wants(&mut self) {
        self.owes_wants = false;
        self.send(Body::Want {
            channels: self.wants.clone(),
            starts: self.starts.clone(),
        });
    }

    /// Ends sharing for this tab.
    pub fn close(&mut self) {
        if !self.is_over() {
            self.depart();
            self.role = Position::Over;
        }
    }
}
