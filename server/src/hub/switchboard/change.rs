//! Putting a set in force without making other connections wait for long.
//!
//! A set may have thousands of channels, and events of other connections go on meanwhile. Channels that
//! a connection doesn't have yet are therefore listed for it some at a time, and the new set is drafted.
//! All that is left to do at one moment is to replace the former set. Then the channels that are gone
//! are unlisted, again some at a time. Meanwhile a connection gets only events of channels that are in
//! its set as well.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;

use super::{
    super::{
        Limits, Position,
        subscriber::{Set, Subscriber},
    },
    Begin, Change, Joined, Key, Newcomer, Switchboard, Wish,
    listed::{AT_ONCE, Listed},
};

/// A set that isn't in force yet.
#[derive(Debug)]
pub(super) struct Draft {
    /// The set that was in force when it was drafted.
    pub(super) before: Arc<Set>,
    pub(super) set: Set,
    /// The channels that don't simply go on or begin where the connection is.
    pub(super) placed: Vec<Arc<str>>,
}

impl Draft {
    /// Drafts the set of a wish, some channels at a time, and lists those that aren't in the set before.
    async fn new(before: Arc<Set>, listed: &mut Listed<'_>, wish: &Wish) -> Self {
        let mut set: Set = HashMap::with_capacity(wish.channels.len());
        listed
            .channels
            .reserve(wish.channels.len().saturating_sub(before.len()));
        for some in wish.channels.chunks(AT_ONCE) {
            let mut added = Vec::with_capacity(some.len());
            for channel in some {
                match before.get_key_value(channel) {
                    Some((channel, start)) => {
                        set.insert(Arc::clone(channel), *start);
                    }
                    None => added.push(channel),
                }
            }
            for channel in listed.list(&added) {
                set.insert(Arc::clone(channel), None);
            }
            if some.len() == AT_ONCE {
                tokio::task::yield_now().await;
            }
        }
        let placed = wish.from.keys().chain(wish.floors.keys());
        let placed = placed.filter_map(|channel| set.get_key_value(&**channel));
        let mut placed: Vec<_> = placed.map(|(channel, _)| Arc::clone(channel)).collect();
        placed.sort_unstable();
        placed.dedup();
        Self {
            before,
            set,
            placed,
        }
    }
}

/// Adds a connection, unless the hub is closed.
pub(crate) async fn join(
    switchboard: &Mutex<Switchboard>,
    newcomer: Newcomer,
    wish: &Wish,
    limits: &Limits,
    connected: impl FnOnce(Option<&Position>) -> Bytes,
) -> Joined {
    let (key, on_subscribe, large) = {
        let mut switchboard = switchboard.lock();
        let on_subscribe = switchboard.on_subscribe.clone();
        (
            switchboard.new_key(),
            on_subscribe,
            switchboard.large.clone(),
        )
    };
    let _place = large.channels(wish.channels.len()).await;
    let connection = Arc::clone(&newcomer.connection);
    let is_resumed = !matches!(newcomer.begin, Begin::Now);
    let mut listed = Listed::new(switchboard, key);
    let draft = Draft::new(Arc::default(), &mut listed, wish).await;
    let joined = switchboard
        .lock()
        .join(key, newcomer, wish, draft, limits, connected);
    if matches!(joined, Joined::In(..)) {
        let channels = std::mem::take(&mut listed.channels);
        on_subscribe.tell(&connection, &wish.identity, channels, is_resumed);
    }
    joined
}

/// Replaces a connection's set, unless a newer one is in force.
pub(crate) async fn change(
    switchboard: &Mutex<Switchboard>,
    connection: &str,
    revision: u64,
    wish: &Wish,
) -> Change {
    let turn = switchboard.lock().turn(connection);
    let Some(turn) = turn else {
        return Change::NotFound;
    };
    let _turn = turn.lock().await;
    let large = switchboard.lock().large.clone();
    let _place = large.channels(wish.channels.len()).await;
    let begun = switchboard.lock().begin_change(connection, revision, wish);
    let (key, before) = match begun {
        Ok(begun) => begun,
        Err(change) => return change,
    };
    let mut listed = Listed::new(switchboard, key);
    let draft = Draft::new(before, &mut listed, wish).await;
    let finished = switchboard.lock().finish_change(key, revision, wish, draft);
    match finished {
        Ok(former) => {
            let on_subscribe = switchboard.lock().on_subscribe.clone();
            on_subscribe.tell(connection, &wish.identity, &listed.channels, false);
            // Unlisting tells the channels that stay from those that are gone.
            listed.channels = former.keys().cloned().collect();
            listed.unlist().await;
            Change::Taken
        }
        Err(change) => change,
    }
}

/// Removes a connection, unless it was removed before.
pub(crate) fn leave(switchboard: &Mutex<Switchboard>, key: Key) {
    let subscriber = switchboard.lock().remove(key);
    if let Some(subscriber) = subscriber {
        unlist(switchboard, key, &subscriber);
    }
}

/// Unlists the channels of a connection that was removed.
pub(crate) fn unlist(switchboard: &Mutex<Switchboard>, key: Key, subscriber: &Subscriber) {
    let mut listed = Listed::new(switchboard, key);
    listed.channels = subscriber.set.keys().cloned().collect();
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;
    use crate::hub::{
        archive::History,
        outbox::{Bound, Take},
        window::Capacity,
        wire,
    };

    /// Enough channels to be listed in several turns.
    const MANY: usize = AT_ONCE * 5 / 2;

    fn switchboard() -> Mutex<Switchboard> {
        let capacity = Capacity {
            events: 100,
            bytes: 1 << 20,
        };
        Mutex::new(Switchboard::new(
            "e".into(),
            0,
            capacity,
            History::NONE,
            false,
        ))
    }

    fn wish(switchboard: &Mutex<Switchboard>, set: &str, channels: usize) -> Wish {
        Wish {
            identity: String::new(),
            judged: switchboard.lock().head(),
            channels: (0..channels).map(|n| format!("{set}{n}").into()).collect(),
            from: HashMap::new(),
            floors: HashMap::new(),
            refused: Vec::new(),
        }
    }

    fn newcomer(name: &str) -> Newcomer {
        Newcomer {
            connection: name.into(),
            begin: Begin::Now,
            bound: Bound {
                events: 100,
                bytes: 1 << 20,
            },
            expires: None,
            hangup: None,
        }
    }

    async fn joined(
        switchboard: &Mutex<Switchboard>,
        name: &str,
        wish: &Wish,
    ) -> (Key, Arc<crate::hub::outbox::Outbox>) {
        let limits = Limits::default();
        let joining = join(switchboard, newcomer(name), wish, &limits, |_| Bytes::new());
        match joining.await {
            Joined::In(key, outbox) => (key, outbox),
            other => panic!("{other:?}"),
        }
    }

    fn publish(switchboard: &Mutex<Switchboard>, channel: &str) {
        let mut switchboard = switchboard.lock();
        switchboard.deliver(channel, false, |position| {
            wire::event(channel, None, "x", position).at(position)
        });
    }

    fn taken(outbox: &crate::hub::outbox::Outbox) -> String {
        match outbox.take() {
            Take::Frames(frames) => String::from_utf8(frames.to_vec()).unwrap(),
            Take::Nothing => String::new(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_is_listed_is_what_is_in_force() {
        let switchboard = switchboard();
        let (key, _) = joined(&switchboard, "c", &wish(&switchboard, "a", MANY)).await;
        assert_eq!(switchboard.lock().by_channel.len(), MANY);
        let other = wish(&switchboard, "b", MANY + 1);
        assert_eq!(change(&switchboard, "c", 1, &other).await, Change::Taken);
        let listed: Vec<_> = switchboard.lock().by_channel.names().cloned().collect();
        assert_eq!(listed.len(), MANY + 1);
        assert!(listed.iter().all(|channel| channel.starts_with('b')));
        // A change that comes too late leaves nothing behind, nor does a refused connection.
        let late = wish(&switchboard, "c", MANY);
        assert_eq!(change(&switchboard, "c", 1, &late).await, Change::Taken);
        switchboard.lock().close();
        let limits = Limits::default();
        let refused = join(&switchboard, newcomer("d"), &late, &limits, |_| {
            Bytes::new()
        });
        assert!(matches!(refused.await, Joined::NoRoom(_)));
        assert_eq!(switchboard.lock().by_channel.len(), MANY + 1);
        leave(&switchboard, key);
        let switchboard = switchboard.lock();
        assert_eq!(switchboard.by_channel.len(), 0);
        assert_eq!(switchboard.by_connection.len(), 0);
        assert_eq!(switchboard.by_identity.len(), 0);
    }

    #[tokio::test]
    async fn a_change_under_way_brings_no_events_of_what_it_will_bring() {
        let switchboard = switchboard();
        let (key, outbox) = joined(&switchboard, "c", &wish(&switchboard, "a", 1)).await;
        taken(&outbox);
        let next = wish(&switchboard, "b", MANY);
        let mut changing = pin!(change(&switchboard, "c", 1, &next));
        assert!(poll!(&mut changing).is_pending());
        assert!(
            switchboard.lock().by_channel.get("b0").is_some(),
            "it is listed"
        );
        for channel in ["b0", "a0"] {
            publish(&switchboard, channel);
        }
        assert_eq!(taken(&outbox), "event: a0\nid: e-2\ndata: x\n\n");
        assert_eq!(changing.await, Change::Taken);
        for channel in ["b0", "a0"] {
            publish(&switchboard, channel);
        }
        let expected = "event: @subscribed\nid: e-2\ndata: {\"revision\":1}\n\n\
                        event: b0\nid: e-3\ndata: x\n\n";
        assert_eq!(taken(&outbox), expected);
        assert!(!switchboard.lock().subscribers[&key].is_changing);
    }

    #[tokio::test]
    async fn a_change_given_up_half_way_leaves_nothing_behind() {
        let switchboard = switchboard();
        let (key, outbox) = joined(&switchboard, "c", &wish(&switchboard, "a", 1)).await;
        let next = wish(&switchboard, "b", MANY);
        {
            let mut changing = pin!(change(&switchboard, "c", 1, &next));
            assert!(poll!(&mut changing).is_pending());
        }
        assert_eq!(switchboard.lock().by_channel.len(), 1);
        taken(&outbox);
        publish(&switchboard, "a0");
        assert_eq!(taken(&outbox), "event: a0\nid: e-1\ndata: x\n\n");
        assert_eq!(change(&switchboard, "c", 1, &next).await, Change::Taken);
        // A change whose connection leaves meanwhile leaves nothing behind either.
        let last = wish(&switchboard, "d", MANY);
        let mut changing = pin!(change(&switchboard, "c", 2, &last));
        assert!(poll!(&mut changing).is_pending());
        leave(&switchboard, key);
        publish(&switchboard, "d0");
        assert_eq!(changing.await, Change::NotFound);
        assert_eq!(switchboard.lock().by_channel.len(), 0);
    }

    #[tokio::test]
    async fn a_channel_that_ends_meanwhile_begins_anew_with_the_set() {
        let switchboard = switchboard();
        let (_, outbox) = joined(&switchboard, "c", &wish(&switchboard, "a", 1)).await;
        taken(&outbox);
        let mut next = wish(&switchboard, "b", MANY);
        next.channels.push("a0".into());
        let mut changing = pin!(change(&switchboard, "c", 1, &next));
        assert!(poll!(&mut changing).is_pending());
        switchboard.lock().deliver("a0", true, |position| {
            wire::complete("a0", position).at(position)
        });
        assert_eq!(changing.await, Change::Taken);
        publish(&switchboard, "a0");
        let expected = "event: @complete a0\nid: e-1\ndata: {}\n\n\
                        event: @subscribed\nid: e-1\ndata: {\"revision\":1}\n\n\
                        event: a0\nid: e-2\ndata: x\n\n";
        assert_eq!(taken(&outbox), expected);
    }

    #[tokio::test]
    async fn changes_of_one_connection_wait_for_each_other() {
        let switchboard = switchboard();
        joined(&switchboard, "c", &wish(&switchboard, "a", 1)).await;
        let (first, second) = (wish(&switchboard, "b", MANY), wish(&switchboard, "d", MANY));
        let mut changing = pin!(change(&switchboard, "c", 1, &first));
        assert!(poll!(&mut changing).is_pending());
        let mut waiting = pin!(change(&switchboard, "c", 2, &second));
        assert!(poll!(&mut waiting).is_pending());
        assert!(switchboard.lock().by_channel.get("d0").is_none());
        assert_eq!(changing.await, Change::Taken);
        assert_eq!(waiting.await, Change::Taken);
        let listed: Vec<_> = switchboard.lock().by_channel.names().cloned().collect();
        assert!(listed.len() == MANY && listed.iter().all(|channel| channel.starts_with('d')));
    }
}
