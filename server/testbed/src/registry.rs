//! Objects that tests have created and refer to by key.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::random;

const CAPACITY: usize = 1000;
const IDLE: Duration = Duration::from_mins(10);

/// Objects by key. The oldest make room for new ones, and idle ones are dropped.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    by_key: HashMap<String, Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    thing: Arc<T>,
    created: Instant,
    used: Instant,
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
        }
    }
}

impl<T> Registry<T> {
    pub(crate) fn create(&mut self, thing: T, now: Instant) -> String {
        self.drop_idle(now);
        if self.by_key.len() == CAPACITY {
            self.drop_oldest();
        }
        let key = random::name();
        let entry = Entry {
            thing: Arc::new(thing),
            created: now,
            used: now,
        };
        self.by_key.insert(key.clone(), entry);
        key
    }

    pub(crate) fn get(&mut self, key: &str, now: Instant) -> Option<Arc<T>> {
        self.drop_idle(now);
        let entry = self.by_key.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.thing))
    }

    fn drop_idle(&mut self, now: Instant) {
        // An object with an open connection, which also holds it, isn't idle.
        self.by_key.retain(|_, entry| {
            now.duration_since(entry.used) < IDLE || Arc::strong_count(&entry.thing) > 1
        });
    }

    fn drop_oldest(&mut self) {
        let oldest = self.by_key.iter().min_by_key(|(_, entry)| entry.created);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.by_key.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(registry: &mut Registry<()>, now: Instant) -> String {
        registry.create((), now)
    }

    #[test]
    fn what_is_idle_is_dropped() {
        let (mut registry, start) = (Registry::default(), Instant::now());
        let [idle, used, open] = [(); 3].map(|()| create(&mut registry, start));
        let _connection = registry.get(&open, start);
        let half = start + IDLE / 2;
        assert!(registry.get(&used, half).is_some());
        let end = start + IDLE;
        assert!(registry.get(&idle, end).is_none());
        assert!(registry.get(&used, end).is_some());
        assert!(registry.get(&open, end).is_some());
    }

    #[test]
    fn the_oldest_makes_room() {
        let (mut registry, start) = (Registry::default(), Instant::now());
        let first = create(&mut registry, start);
        let later = start + Duration::from_millis(1);
        let second = create(&mut registry, later);
        for _ in 2..=CAPACITY {
            create(&mut registry, later + Duration::from_millis(1));
        }
        assert!(registry.get(&first, later).is_none());
        assert!(registry.get(&second, later).is_some());
        assert_eq!(registry.by_key.len(), CAPACITY);
    }
}
