//! The channels that this tab asks for, and the channels that its connection serves for all tabs.

use super::delivery::ChannelId;
use crate::tabs::Set;

/// This tab's channels, by name.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Sorted by name.
    known: Vec<Member>,
    /// The channels in force that were given up since `wanted` was last called.
    left: Vec<Box<str>>,
}

#[derive(Debug)]
struct Member {
    name: Box<str>,
    channel: ChannelId,
    /// Whether the channel has ended, and its subscribers have still to be told.
    is_over: bool,
    /// Whether the connection serves the channel.
    is_in_force: bool,
}

impl Members {
    /// Adds a channel. Returns whether it is in force already: it was given up in this same turn, and nobody
    /// was told of that.
    pub(super) fn add(&mut self, name: &str, channel: ChannelId) -> bool {
        let left = self.left.iter().position(|left| **left == *name);
        let is_in_force = left.is_some();
        if let Some(left) = left {
            self.left.swap_remove(left);
        }
        let member = Member {
            name: name.into(),
            channel,
            is_over: false,
            is_in_force,
        };
        match self.find(name) {
            Ok(at) => self.known[at] = member,
            Err(at) => self.known.insert(at, member),
        }
        is_in_force
    }

    /// Removes a channel, unless a newer channel has its name. Returns whether it was removed.
    pub(super) fn remove(&mut self, name: &str, channel: ChannelId) -> bool {
        let found = self.find(name).ok();
        let own = found.filter(|at| self.known[*at].channel == channel);
        let Some(member) = own.map(|at| self.known.remove(at)) else {
            return false;
        };
        if member.is_in_force && !member.is_over {
            self.left.push(member.name);
        }
        true
    }

    /// Notes that the connection serves the channel from here on.
    pub(super) fn come_into_force(&mut self, name: &str) {
        if let Ok(at) = self.find(name) {
            self.known[at].is_in_force = true;
        }
    }

    /// Notes that the connection no longer serves any channel.
    pub(super) fn none_in_force(&mut self) {
        for member in &mut self.known {
            member.is_in_force = false;
        }
        self.left.clear();
    }

    /// Notes that the server has ended the channel.
    pub(super) fn end(&mut self, name: &str) {
        if let Ok(at) = self.find(name) {
            self.known[at].is_over = true;
        }
    }

    /// Removes a channel that has ended, and returns its number.
    pub(super) fn take(&mut self, name: &str) -> Option<ChannelId> {
        let at = self.find(name).ok()?;
        Some(self.known.remove(at).channel)
    }

    pub(super) fn get(&self, name: &str) -> Option<ChannelId> {
        Some(self.known[self.find(name).ok()?].channel)
    }

    /// Returns the channels to ask for from now on.
    pub(super) fn wanted(&mut self) -> Set<Box<str>> {
        self.left.clear();
        let wanted = self.known.iter().filter(|member| !member.is_over);
        wanted.map(|member| member.name.clone()).collect()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.known
            .binary_search_by(|member| (*member.name).cmp(name))
    }
}

/// The channels of all tabs, by their numbers on this tab's connection.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// Sorted by number. A new channel's number is always the greatest.
    known: Vec<(ChannelId, Box<str>)>,
    last: u32,
}

impl Served {
    /// Returns the set for a session that isn't a multiplexer, whose only channel has no name.
    pub(super) fn sole() -> Self {
        Self {
            known: vec![(super::SOLE, "".into())],
            last: 0,
        }
    }

    pub(super) fn name(&self, channel: ChannelId) -> Option<&str> {
        let found = self.known.binary_search_by_key(&channel, |(id, _)| *id);
        Some(&self.known[found.ok()?].1)
    }

    pub(super) fn remove(&mut self, channel: ChannelId) {
        self.known.retain(|(id, _)| *id != channel);
    }

    /// Replaces the channels that are served. Returns the new ones and those no longer served.
    pub(super) fn change(&mut self, wanted: &Set<Box<str>>) -> [Vec<(ChannelId, Box<str>)>; 2] {
        let known = core::mem::take(&mut self.known);
        let (stay, gone) = known
            .into_iter()
            .partition(|(_, name)| wanted.contains(name));
        self.known = stay;
        let present: Set<Box<str>> = self.known.iter().map(|(_, name)| name.clone()).collect();
        let mut new = Vec::new();
        for name in wanted.difference(&present) {
            self.last += 1;
            new.push((ChannelId(self.last), name.clone()));
        }
        self.known.extend(new.iter().cloned());
        [new, gone]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_given_up_and_asked_for_again_is_the_last_ones() {
        let mut members = Members::default();
        members.add("a", ChannelId(1));
        members.add("a", ChannelId(2));
        assert!(!members.remove("a", ChannelId(1)));
        assert_eq!(members.get("a"), Some(ChannelId(2)));
        assert!(members.remove("a", ChannelId(2)));
        assert_eq!(members.get("a"), None);
    }

    #[test]
    fn no_number_is_given_again() {
        let mut served = Served::default();
        let set = |names: &[&str]| names.iter().map(|name| Box::from(*name)).collect();
        let [new, _] = served.change(&set(&["a", "b"]));
        assert_eq!(new.len(), 2);
        let [new, gone] = served.change(&set(&["b"]));
        assert_eq!((new.len(), &*gone[0].1), (0, "a"));
        let [new, _] = served.change(&set(&["a", "b"]));
        assert_eq!(new, [(ChannelId(3), "a".into())]);
        assert_eq!(served.name(ChannelId(3)), Some("a"));
    }
}
