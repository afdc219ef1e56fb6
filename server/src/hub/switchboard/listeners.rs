//! The connections that have one channel.

use std::collections::BTreeSet;

use super::Key;

/// Some connections. Most channels have one, which takes no memory of its own.
#[derive(Debug)]
pub(super) enum Listeners {
    One(Key),
    Many(BTreeSet<Key>),
}

impl Listeners {
    /// Adds a connection, unless it is there.
    pub(super) fn insert(&mut self, key: Key) {
        match self {
            Self::One(one) if *one == key => {}
            Self::One(one) => *self = Self::Many(BTreeSet::from([*one, key])),
            Self::Many(keys) => {
                keys.insert(key);
            }
        }
    }

    /// Removes a connection, and returns whether none is left.
    pub(super) fn remove(&mut self, key: Key) -> bool {
        match self {
            Self::One(one) => *one == key,
            Self::Many(keys) => {
                keys.remove(&key);
                if let (Some(&one), 1) = (keys.first(), keys.len()) {
                    *self = Self::One(one);
                }
                false
            }
        }
    }

    /// Returns all connections, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = Key> {
        let (one, many) = match self {
            Self::One(one) => (Some(*one), None),
            Self::Many(keys) => (None, Some(keys.iter().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_come_and_go() {
        let mut listeners = Listeners::One(7);
        listeners.insert(7);
        assert!(listeners.iter().eq([7]));
        assert!(!Listeners::One(7).remove(8), "it is another one");
        for key in [3, 9, 3] {
            listeners.insert(key);
        }
        assert!(listeners.iter().eq([3, 7, 9]));
        assert!(!listeners.remove(3) && !listeners.remove(1) && !listeners.remove(9));
        assert!(matches!(listeners, Listeners::One(7)));
        assert!(listeners.remove(7), "none is left");
    }
}
