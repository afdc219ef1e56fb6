//! The task that ends connections whose clients don't read.
//!
//! A stream ends itself when the server asks it for more. Where the client reads nothing, the server
//! never asks.

use std::sync::{Arc, Weak};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Shared, switchboard::unlist};

/// How many connections are looked at under one lock, so that it is never held for long.
const LOOK: usize = 1024;

impl Shared {
    /// Makes sure that the task runs, in the runtime that serves the streams.
    pub(crate) fn keep_sweeping(self: &Arc<Self>) {
        let mut sweeper = self.sweeper.lock();
        if sweeper
            .as_ref()
            .is_none_or(tokio::task::JoinHandle::is_finished)
        {
            *sweeper = Some(tokio::spawn(sweep(Arc::downgrade(self))));
        }
    }

    async fn sweep(&self) {
        let unread = self.limits.unread_heartbeats.max(1);
        let keys = self.switchboard.lock().keys();
        for some in keys.chunks(LOOK) {
            let now = Instant::now();
            let removed = self.switchboard.lock().sweep(some, unread, now);
            for (key, subscriber) in removed {
                self.telemetry.unread.increment(1);
                traced!(
                    debug,
                    identity = &*subscriber.identity,
                    "ended: nothing was read"
                );
                unlist(&self.switchboard, key, &subscriber);
                if let Some(hangup) = subscriber.hangup {
                    hangup.hang_up();
                }
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Sweeps once per heartbeat, as long as there is a hub.
async fn sweep(hub: Weak<Shared>) {
    let Some(heartbeat) = hub.upgrade().map(|hub| hub.heartbeat) else {
        return;
    };
    let mut ticks = interval(heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match hub.upgrade() {
            Some(hub) => hub.sweep().await,
            None => return,
        }
    }
}
