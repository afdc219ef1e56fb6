//! Connections that have to be ended from outside, because their streams wait for clients that don't read.

use tokio::time::Instant;

use super::{super::subscriber::Subscriber, Key, Switchboard};

impl Switchboard {
    /// Returns the keys of all connections.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.subscribers.keys().copied().collect()
    }

    /// Looks at some connections. Those whose credentials have expired end, and those that have read
    /// nothing for `unread` looks are removed. Call this for each connection once per heartbeat, and
    /// unlist the channels of those removed.
    pub(crate) fn sweep(
        &mut self,
        keys: &[Key],
        unread: u32,
        now: Instant,
    ) -> Vec<(Key, Subscriber)> {
        let mut removed = Vec::new();
        for &key in keys {
            let Some(subscriber) = self.subscribers.get_mut(&key) else {
                continue;
            };
            if subscriber.expires.is_some_and(|expires| expires <= now) {
                subscriber.outbox.abandon();
            }
            if subscriber.reads.look(&subscriber.outbox) >= unread
                && let Some(subscriber) = self.remove(key)
            {
                subscriber.outbox.abandon();
                removed.push((key, subscriber));
            }
        }
        removed
    }
}
