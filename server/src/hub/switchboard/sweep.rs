//! Connections that have to be ended from outside, because their streams wait for clients that don't read.

use tokio::time::Instant;

use super::Switchboard;
use crate::serve::Hangup;

/// How many connections are looked at at once, so that nobody holds the lock for long.
const LOOK: usize = 1024;

/// What [`Switchboard::sweep`] did.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// The connections to be ended.
    pub(crate) ended: Vec<Hangup>,
    /// Where to go on, unless that was all.
    pub(crate) next: Option<usize>,
}

impl Switchboard {
    /// Looks at some connections: those whose credentials have expired end, and those that have read
    /// nothing for so many looks are removed. Call it for all connections once in a heartbeat.
    pub(crate) fn sweep(&mut self, first: usize, unread: u32, now: Instant) -> Swept {
        let slots = self.subscribers.capacity();
        let end = slots.min(first + LOOK);
        let mut swept = Swept {
            ended: Vec::new(),
            next: (end < slots).then_some(end),
        };
        for key in first..end {
            let Some(subscriber) = self.subscribers.get_mut(key) else {
                continue;
            };
            if subscriber.expires.is_some_and(|expires| expires <= now) {
                subscriber.outbox.abandon();
            }
            if subscriber.reads.look(&subscriber.outbox) >= unread {
                let subscriber = self.remove(key);
                subscriber.outbox.abandon();
                swept.ended.extend(subscriber.hangup);
            }
        }
        swept
    }
}
