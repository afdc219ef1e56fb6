//! Access that ends: channels taken from a principal, and streams ended from outside.

use std::sync::Arc;

use super::{
    super::{Position, access::Refusal, window::Entry, wire},
    Key, Switchboard, Wish,
};

impl Switchboard {
    /// Appends an entry that takes a channel from an identity, and takes the channel.
    pub(crate) fn revoke(&mut self, identity: &str, channel: &str) -> Position {
        let position = self.take_back(identity);
        let listed = self.by_channel.name(channel);
        let refusal = Refusal::new("revoked", "access to this channel was taken back");
        for key in self.keys_of(identity) {
            let Some(subscriber) = self.subscribers.get_mut(&key) else {
                continue;
            };
            // A channel may have left the set while events that were queued before have still to be
            // sent.
            subscriber.outbox.withdraw(channel);
            if let Some(channel) = &listed
                && subscriber.set.contains_key(channel)
            {
                subscriber.remove(channel);
                subscriber.outbox.push(wire::refused(channel, &refusal));
                self.unlist(key, channel);
            }
        }
        position
    }

    /// Appends an entry that ends the streams of an identity, and ends them.
    pub(crate) fn disconnect_identity(&mut self, identity: &str) -> Position {
        let position = self.take_back(identity);
        for key in self.keys_of(identity) {
            self.subscribers[&key].outbox.abandon();
        }
        position
    }

    /// Appends an entry that ends one stream, and ends it.
    pub(crate) fn disconnect_connection(&mut self, connection: &str) -> Position {
        let position = self.push_silent();
        if let Some(key) = self.by_connection.get(connection) {
            self.subscribers[key].outbox.abandon();
        }
        position
    }

    /// Whether access may have been taken back from the principal of a request while the application
    /// was asked about it.
    pub(super) fn is_outdated(&self, wish: &Wish) -> bool {
        if *wish.judged.epoch() != *self.epoch {
            return self.guarded;
        }
        self.recalls.concern(&wish.identity, wish.judged.seq())
    }

    fn take_back(&mut self, identity: &str) -> Position {
        let position = self.push_silent();
        self.recalls.push(position.seq(), identity);
        position
    }

    /// Appends an entry that no connection is sent.
    fn push_silent(&mut self) -> Position {
        self.append(Entry::silent());
        self.head()
    }

    fn keys_of(&self, identity: &str) -> Vec<Key> {
        if identity.is_empty() {
            let all = self.subscribers.iter();
            let anybody = all.filter(|(_, subscriber)| subscriber.identity.is_empty());
            return anybody.map(|(key, _)| *key).collect();
        }
        let keys = self.by_identity.get(identity).into_iter().flatten();
        keys.copied().collect()
    }
}

/// Returns the text of an identity that the connections of one principal share.
pub(super) fn shared_identity(switchboard: &Switchboard, identity: &str) -> Arc<str> {
    let known = switchboard.by_identity.get_key_value(identity);
    known.map_or_else(|| identity.into(), |(identity, _)| Arc::clone(identity))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bytes::Bytes;
    use parking_lot::Mutex;

    use super::{super::*, *};
    use crate::hub::{
        Limits,
        outbox::{Bound, Take},
    };

    #[tokio::test]
    async fn what_is_queued_of_a_channel_taken_back_is_not_sent() {
        let capacity = Capacity {
            events: 100,
            bytes: 1 << 20,
        };
        let switchboard = Mutex::new(Switchboard::new(
            "e".into(),
            0,
            capacity,
            crate::hub::archive::History::NONE,
            true,
        ));
        let judged = switchboard.lock().head();
        let wish = Wish {
            identity: "alice".to_owned(),
            judged,
            channels: vec!["a".into(), "b".into()],
            from: HashMap::new(),
            floors: HashMap::new(),
            refused: Vec::new(),
        };
        let newcomer = Newcomer {
            connection: "c".into(),
            begin: Begin::Now,
            bound: Bound {
                events: 100,
                bytes: 1 << 20,
            },
            expires: None,
            hangup: None,
        };
        let limits = Limits::default();
        let joined = join(&switchboard, newcomer, &wish, &limits, |_| Bytes::new()).await;
        let Joined::In(_, outbox) = joined else {
            panic!("{joined:?}");
        };
        for channel in ["a", "b"] {
            switchboard.lock().deliver(channel, false, |position| {
                wire::event(channel, None, "x", position).at(position)
            });
        }
        switchboard.lock().revoke("alice", "a");
        let Take::Frames(frames) = outbox.take() else {
            panic!("there are frames");
        };
        let frames = std::str::from_utf8(&frames).unwrap();
        assert!(frames.starts_with("event: b\n"), "{frames}");
        assert!(frames.contains("event: @error a\n"), "{frames}");
    }
}
