//! The channels of a multiplexer, and the changes that its session hasn't been told of yet.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;
use std::rc::Rc;

use super::subscribers::ChannelSubscribers;
use everstream_core::mux::Start;
use everstream_core::session::ChannelId;

type Channels = Vec<Rc<ChannelSubscribers>>;

/// Channels by name, for users, and by number, for the session.
#[derive(Default)]
pub(super) struct Registry {
    by_name: HashMap<Rc<str>, Rc<ChannelSubscribers>>,
    by_number: HashMap<u32, Rc<ChannelSubscribers>, BuildHasherDefault<NumberHasher>>,
    /// Channels that the session does not know yet.
    new: Vec<(Rc<ChannelSubscribers>, Start)>,
    /// Channels that have lost their last handle. Some may have been requested again since.
    departed: Channels,
    last: u32,
}

impl Registry {
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(super) fn by_name(&self, name: &str) -> Option<&Rc<ChannelSubscribers>> {
        self.by_name.get(name)
    }

    pub(super) fn by_number(&self, channel: ChannelId) -> Option<&Rc<ChannelSubscribers>> {
        self.by_number.get(&channel.0)
    }

    /// Returns all channels in a new list, since user code may change the registry during iteration.
    pub(super) fn all(&self) -> Channels {
        self.by_name.values().cloned().collect()
    }

    /// Adds a channel. Replaces an abandoned channel of the same name.
    pub(super) fn add(&mut self, name: &str, start: Start) -> Rc<ChannelSubscribers> {
        self.last += 1;
        let channel = ChannelSubscribers::new(ChannelId(self.last), name.into());
        let channel = Rc::new(channel);
        let name = Rc::clone(&channel.name);
        self.by_name.insert(name, Rc::clone(&channel));
        self.by_number.insert(self.last, Rc::clone(&channel));
        self.new.push((Rc::clone(&channel), start));
        channel
    }

    /// Records that a channel has lost its last handle.
    pub(super) fn depart(&mut self, channel: Rc<ChannelSubscribers>) {
        if self.by_number.contains_key(&channel.id.0) {
            self.departed.push(channel);
        }
    }

    /// Removes a channel that the session no longer has.
    pub(super) fn remove(&mut self, channel: ChannelId) -> Option<Rc<ChannelSubscribers>> {
        let removed = self.by_number.remove(&channel.0)?;
        // A newer channel may have taken the name.
        let own = self.by_name.get(&removed.name);
        if own.is_some_and(|own| Rc::ptr_eq(own, &removed)) {
            self.by_name.remove(&removed.name);
        }
        Some(removed)
    }

    pub(super) fn take_all(&mut self) -> Channels {
        self.new = Vec::new();
        self.departed = Vec::new();
        self.by_name = HashMap::new();
        core::mem::take(&mut self.by_number).into_values().collect()
    }

    /// Takes the channels to unsubscribe: the session knows them, and they have no handle left.
    pub(super) fn take_departed(&mut self) -> Channels {
        let mut departed = core::mem::take(&mut self.departed);
        departed.retain(|channel| {
            channel.is_abandoned() && self.remove(channel.id).is_some() && channel.is_known.get()
        });
        departed
    }

    /// Takes the channels to subscribe: those that are new and still wanted.
    pub(super) fn take_new(&mut self) -> Vec<(Rc<ChannelSubscribers>, Start)> {
        let mut new = core::mem::take(&mut self.new);
        new.retain(|(channel, _)| {
            let is_wanted = self.by_number.contains_key(&channel.id.0);
            channel.is_known.set(is_wanted);
            is_wanted
        });
        new
    }
}

/// A hasher for consecutive numbers. Users don't choose the numbers, so it needs no protection against
/// collisions.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Fibonacci hashing: the high bits spread as well as the low ones.
        let number = u64::from(number) ^ self.0;
        self.0 = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(channels: &[Rc<ChannelSubscribers>]) -> Vec<&str> {
        channels.iter().map(|channel| &*channel.name).collect()
    }

    #[test]
    fn a_channel_that_comes_and_goes_in_one_turn_is_never_told() {
        let mut registry = Registry::default();
        let channel = registry.add("a", Start::Now);
        registry.depart(channel);
        assert!(registry.take_departed().is_empty());
        assert!(registry.take_new().is_empty());
        assert_eq!(registry.len(), 0);
    }

    #[test]
    fn a_name_is_its_last_owners_and_each_number_is_given_once() {
        let mut registry = Registry::default();
        let first = registry.add("a", Start::Now);
        assert_eq!(registry.take_new().len(), 1);
        registry.depart(Rc::clone(&first));
        let second = registry.add("a", Start::After("1".into()));
        assert_ne!(first.id, second.id);
        assert_eq!(names(&registry.take_departed()), ["a"]);
        assert_eq!(registry.take_new().len(), 1);
        let present = registry.by_name("a").expect("the second one");
        assert!(Rc::ptr_eq(present, &second));
        assert!(registry.by_number(first.id).is_none());
        assert!(registry.by_number(second.id).is_some());
    }

    #[test]
    fn one_that_has_ended_is_not_given_up_once_more() {
        let mut registry = Registry::default();
        let channel = registry.add("a", Start::Now);
        assert_eq!(registry.take_new().len(), 1);
        registry.depart(Rc::clone(&channel));
        assert!(registry.remove(channel.id).is_some());
        assert!(registry.take_departed().is_empty());
        registry.depart(channel);
        assert!(registry.take_departed().is_empty());
    }
}
