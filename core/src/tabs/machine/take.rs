//! Applying the entries of the log to this tab.

use std::rc::Rc;

use super::start::is_among;
use super::{Election, Output, Position, Tab};
use crate::tabs::entry::{Entry, Fact};
use crate::tabs::seen::News;

impl Tab {
    /// Applies the next entry of the log.
    pub(super) fn push(&mut self, entry: &Rc<Entry>) {
        self.log.push(Rc::clone(entry));
        if let Some(position) = &entry.position {
            self.seen.resume(position);
        }
        match &entry.fact {
            Fact::Event { channel, .. } => {
                let news = self.seen.check(entry);
                if news != News::Again && self.receives(channel) {
                    if news == News::Unexpected {
                        self.gap_in(channel);
                    }
                    self.was_told_of_gap = false;
                    self.outputs.push_back(Output::Event(Rc::clone(entry)));
                }
            }
            Fact::Gap(None) => self.gap_in_all(),
            Fact::Gap(Some(channel)) => self.gap_in(channel),
            Fact::Skipped { channel, error } => {
                let concerned = self.wants.iter().filter(|name| {
                    channel.as_ref().is_none_or(|channel| *name == channel)
                        && !is_among(&self.starts, name)
                });
                let skipped = concerned.map(|name| Output::Skipped(name.clone(), error.clone()));
                self.outputs.extend(skipped);
            }
            // An entry with a position names the channels that the connection serves by now.
            Fact::Added(channels) if entry.position.is_some() => {
                self.resumed(channels);
                for channel in channels {
                    if self.wants.contains(channel) {
                        self.served.insert(channel.clone());
                        self.outputs.push_back(Output::InForce(channel.clone()));
                    }
                }
            }
            // An entry without a position names channels that nobody asked for before, so nobody received
            // their events.
            Fact::Added(channels) => {
                let mut missing = self.resumed(channels);
                // The connection doesn't repeat what this tab has had of these channels on another
                // leader's log, or what came since that leader served this tab.
                for channel in channels {
                    let was_served = self.served.remove(channel);
                    let begins_anew = self.seen.begins_anew(channel) || was_served;
                    if begins_anew && !missing.contains(channel) {
                        missing.push(channel.clone());
                    }
                }
                for channel in missing {
                    self.gap_in(&channel);
                }
            }
            Fact::Left(channels) => {
                // The leader has forgotten this tab, or has never known it.
                for channel in channels {
                    self.served.remove(channel);
                    self.gap_in(channel);
                }
            }
            Fact::End { channel, error } => {
                self.served.remove(channel);
                self.forget_start(channel);
                if self.wants.remove(channel) {
                    // The leader may have heard since the end that this tab asks for the channel.
                    self.repeats = super::REPEATS;
                    let end = Output::End(channel.clone(), error.clone());
                    self.outputs.push_back(end);
                }
            }
            Fact::Replay(Some(start)) => self.handle_replay_entry(start),
            Fact::Replay(None) => {}
            Fact::Failed(error) => self.outputs.push_back(Output::Failed(error.clone())),
            Fact::Closed(error) => {
                self.flush();
                if let Position::Leading(leading) = &self.role {
                    let id = leading.upstream;
                    self.outputs.push_back(Output::Close(id));
                }
                if self.election == Election::Lock {
                    self.outputs.push_back(Output::ReleaseLock);
                }
                self.role = Position::Over;
                self.outputs.push_back(Output::Closed(error.clone()));
            }
        }
    }

    /// Notes that it is now known how these channels resume. Returns those that were to begin after a
    /// position.
    fn resumed(&mut self, channels: &[Box<str>]) -> Vec<Box<str>> {
        let Some(resuming) = &mut self.resuming else {
            return Vec::new();
        };
        let known = channels.iter().filter(|name| resuming.contains(*name));
        let known: Vec<_> = known.cloned().collect();
        resuming.remove_all(&known);
        known
    }

    pub(super) fn gap_in(&mut self, channel: &str) {
        self.seen.wait_no_longer(Some(channel));
        if self.receives(channel) {
            self.outputs.push_back(Output::Gap(channel.into()));
        }
    }

    pub(super) fn gap_in_all(&mut self) {
        self.seen.wait_no_longer(None);
        // A second gap is told only after something has come after the first.
        if !core::mem::replace(&mut self.was_told_of_gap, true) {
            let told = self.wants.iter();
            let told = told.filter(|name| !is_among(&self.starts, name));
            let gaps = told.cloned().map(Output::Gap);
            self.outputs.extend(gaps);
        }
    }
}
