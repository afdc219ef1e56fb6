//! A set and a map for few items. Each is a sorted list, which takes less code than a tree.

use core::borrow::Borrow;

use super::codec::Wire;

/// A set of items, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T: Ord> Set<T> {
    /// Returns an empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns how many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the items in order.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Returns whether the set contains an item.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.find(item).is_ok()
    }

    /// Adds an item. Returns whether the item was new.
    pub fn insert(&mut self, item: T) -> bool {
        let place = self.find(&item);
        if let Err(place) = place {
            self.0.insert(place, item);
        }
        place.is_err()
    }

    /// Removes an item. Returns whether the item was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        let place = self.find(item);
        if let Ok(place) = place {
            self.0.remove(place);
        }
        place.is_ok()
    }

    /// Keeps only the items for which `keep` returns `true`.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// Removes all of these items, in whatever order they are.
    pub(super) fn remove_all(&mut self, items: &[T])
    where
        T: Clone,
    {
        match items {
            [] => {}
            [item] => {
                self.remove(item);
            }
            items => {
                let gone: Self = items.iter().cloned().collect();
                self.retain(|item| !gone.contains(item));
            }
        }
    }

    /// Returns the items that aren't in the other set.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a T> {
        self.iter().filter(|item| !other.contains(*item))
    }

    /// Puts the items after the first `before` ones, which were just added, in their places.
    fn settle(&mut self, before: usize) {
        match self.0.len() - before {
            0 => {}
            1 => {
                let added = self.0.pop();
                added.map(|item| self.insert(item));
            }
            _ => {
                // Sorting once is cheaper: to put each item in its place alone would move all after it.
                self.0.sort_unstable();
                self.0.dedup();
            }
        }
    }

    fn find<Q: Ord + ?Sized>(&self, item: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.0.binary_search_by(|other| other.borrow().cmp(item))
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        let before = self.0.len();
        self.0.extend(items);
        self.settle(before);
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: Wire + Ord> Wire for Set<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        // The list is sorted anew, since the other tab may use another order.
        Some(Vec::read(from)?.into_iter().collect())
    }
}

/// A map of values by their keys, sorted.
#[derive(Debug)]
pub(super) struct Map<K, V>(Vec<(K, V)>);

impl<K: Ord + Copy, V> Map<K, V> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.find(key).ok()?;
        Some(&mut self.0[place].1)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> bool {
        let place = self.find(key);
        if let Ok(place) = place {
            self.0.remove(place);
        }
        place.is_ok()
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.0.retain(|(_, value)| keep(value));
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = K> {
        self.0.iter().map(|(key, _)| *key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Returns a map with the same keys and changed values.
    pub(super) fn map<W>(self, change: impl Fn(V) -> W) -> Map<K, W> {
        let changed = self.0.into_iter().map(|(key, value)| (key, change(value)));
        Map(changed.collect())
    }

    fn find(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::stopwatch::fastest;

    proptest! {
        #[test]
        fn a_set_is_a_set(steps: Vec<(bool, u8)>, other: BTreeSet<u8>) {
            let (mut set, mut model) = (Set::new(), BTreeSet::new());
            for (adds, item) in steps {
                if adds {
                    prop_assert_eq!(set.insert(item), model.insert(item));
                } else {
                    prop_assert_eq!(set.remove(&item), model.remove(&item));
                }
                prop_assert_eq!(set.contains(&item), adds);
            }
            prop_assert!(set.iter().eq(&model));
            prop_assert_eq!(set.len(), model.len());
            let others: Set<u8> = other.iter().copied().collect();
            prop_assert!(set.difference(&others).eq(model.difference(&other)));
            let mut both = set.clone();
            both.extend(other.iter().rev().copied());
            prop_assert!(both.iter().eq(model.union(&other)));
            both.remove_all(&Vec::from_iter(set));
            prop_assert!(both.iter().eq(other.difference(&model)));
        }

        #[test]
        fn a_map_is_a_map(steps: Vec<(bool, u8, u8)>) {
            let (mut map, mut model) = (Map::new(), BTreeMap::new());
            for (adds, key, value) in steps {
                if adds {
                    map.insert(key, value);
                    model.insert(key, value);
                } else {
                    prop_assert_eq!(map.remove(&key), model.remove(&key).is_some());
                }
                prop_assert_eq!(map.get_mut(&key), model.get_mut(&key));
            }
            prop_assert!(map.keys().eq(model.keys().copied()));
            prop_assert!(map.values().eq(model.values()));
        }
    }

    fn names(count: u64) -> Vec<Box<str>> {
        let names = (0..count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        names.map(|n| format!("prices:{n:x}").into()).collect()
    }

    /// The control is the time that it takes to sort the names.
    #[test]
    fn many_are_added_and_taken_out_in_hardly_longer_than_it_takes_to_sort_them() {
        let names = names(200_000);
        let (sorted, control) = fastest(|| {
            let mut sorted = names.clone();
            sorted.sort_unstable();
            sorted
        });
        let (set, took) = fastest(|| {
            let mut set: Set<Box<str>> = names.iter().cloned().collect();
            assert!(set.iter().eq(&sorted));
            set.remove_all(&names[1..]);
            set
        });
        assert_eq!(set.len(), 1);
        assert!(took < control * 10, "{took:?} against {control:?}");
    }
}
