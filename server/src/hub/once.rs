//! The keys of events that were published once and must not be published again.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::Position;

/// How long a key is remembered.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(5 * 60);

/// How many keys are remembered at most, where the node itself remembers them.
const MOST: usize = 100_000;

/// The keys of a hub that is the only node, with the positions of the events that were published by
/// them.
#[derive(Debug, Default)]
pub(crate) struct Once {
    positions: HashMap<Arc<str>, Position>,
    in_order: VecDeque<(Instant, Arc<str>)>,
}

impl Once {
    /// Returns the position of the event that was published by a key, if that was lately.
    pub(crate) fn get(&mut self, key: &str, now: Instant) -> Option<Position> {
        while let Some((published, _)) = self.in_order.front()
            && (now.saturating_duration_since(*published) >= REMEMBERED
                || self.in_order.len() > MOST)
            && let Some((_, oldest)) = self.in_order.pop_front()
        {
            self.positions.remove(&oldest);
        }
        self.positions.get(key).cloned()
    }

    pub(crate) fn insert(&mut self, key: &str, position: Position, now: Instant) {
        let key: Arc<str> = key.into();
        self.in_order.push_back((now, Arc::clone(&key)));
        self.positions.insert(key, position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(seq: u64) -> Position {
        Position::new("e".into(), seq)
    }

    #[test]
    fn keys_are_forgotten_after_a_while() {
        let (mut once, start) = (Once::default(), Instant::now());
        once.insert("a", position(1), start);
        once.insert("b", position(2), start + REMEMBERED / 2);
        let later = start + REMEMBERED;
        assert_eq!(
            once.get("a", later - Duration::from_millis(1)),
            Some(position(1))
        );
        assert_eq!(once.get("a", later), None);
        assert_eq!(once.get("b", later), Some(position(2)));
    }

    #[test]
    fn no_more_keys_are_remembered_than_there_may_be() {
        let (mut once, now) = (Once::default(), Instant::now());
        for seq in 0..=MOST as u64 {
            once.insert(&seq.to_string(), position(seq), now);
        }
        assert_eq!(once.get("0", now), None);
        assert_eq!(once.get("1", now), Some(position(1)));
        assert_eq!(once.positions.len(), MOST);
    }
}
