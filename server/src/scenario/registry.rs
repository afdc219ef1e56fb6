//! The scenarios in being.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{run::Run, script::Script};
use crate::random;

const CAPACITY: usize = 1000;
const IDLE: Duration = Duration::from_mins(10);

/// Scenarios by key: the oldest make room for new ones, idle ones are dropped.
#[derive(Debug, Default)]
pub(super) struct Registry {
    by_key: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    run: Arc<Run>,
    created: Instant,
    used: Instant,
}

impl Registry {
    pub(super) fn create(&mut self, script: Script, now: Instant) -> String {
        self.drop_idle(now);
        if self.by_key.len() == CAPACITY {
            self.drop_oldest();
        }
        let key = random::name();
        let entry = Entry {
            run: Arc::new(Run::new(script)),
            created: now,
            used: now,
        };
        self.by_key.insert(key.clone(), entry);
        key
    }

    pub(super) fn get(&mut self, key: &str, now: Instant) -> Option<Arc<Run>> {
        self.drop_idle(now);
        let entry = self.by_key.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.run))
    }

    fn drop_idle(&mut self, now: Instant) {
        // A scenario with an open connection, which holds it too, is not idle.
        self.by_key.retain(|_, entry| {
            now.duration_since(entry.used) < IDLE || Arc::strong_count(&entry.run) > 1
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

    fn create(registry: &mut Registry, now: Instant) -> String {
        registry.create(Script::default(), now)
    }

    #[test]
    fn idle_scenarios_are_dropped() {
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
