//! The connections of each channel.

use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use super::{Key, listeners::Listeners};

/// The number of tables, a power of two.
const TABLES: usize = 64;

/// Channels by name, in several tables. A table that grows, or that has had many entries removed, is built
/// anew, and everything waits for that. A table of all channels takes milliseconds.
#[derive(Debug)]
pub(super) struct Channels {
    tables: Vec<HashMap<Arc<str>, Listeners>>,
    hasher: RandomState,
    count: usize,
}

impl Default for Channels {
    fn default() -> Self {
        Self {
            tables: (0..TABLES).map(|_| HashMap::new()).collect(),
            hasher: RandomState::new(),
            count: 0,
        }
    }
}

impl Channels {
    /// Returns how many channels are listed.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self, channel: &str) -> Option<&Listeners> {
        self.tables[self.table(channel)].get(channel)
    }

    /// Returns a channel's name as all connections share it.
    pub(super) fn name(&self, channel: &str) -> Option<Arc<str>> {
        let listed = self.tables[self.table(channel)].get_key_value(channel);
        listed.map(|(name, _)| Arc::clone(name))
    }

    /// Lists a channel for a connection, and returns its name as all connections share it.
    pub(super) fn list(&mut self, key: Key, name: &Arc<str>) -> Arc<str> {
        let table = self.table(name);
        match self.tables[table].entry(Arc::clone(name)) {
            Slot::Occupied(mut listed) => {
                listed.get_mut().insert(key);
                Arc::clone(listed.key())
            }
            Slot::Vacant(free) => {
                free.insert(Listeners::One(key));
                self.count += 1;
                Arc::clone(name)
            }
        }
    }

    /// Unlists a channel for a connection.
    pub(super) fn unlist(&mut self, key: Key, name: &Arc<str>) {
        let table = self.table(name);
        if let Slot::Occupied(mut listed) = self.tables[table].entry(Arc::clone(name))
            && listed.get_mut().remove(key)
        {
            listed.remove();
            self.count -= 1;
        }
    }

    fn table(&self, channel: &str) -> usize {
        // Truncation is wanted: the lowest bits choose.
        #[allow(clippy::cast_possible_truncation)]
        let hash = self.hasher.hash_one(channel) as usize;
        hash % TABLES
    }

    /// Returns the names of all channels.
    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.tables.iter().flat_map(HashMap::keys)
    }
}
