//! Channels that are listed for a connection, some at a time.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{Key, Switchboard};

/// How many channels are listed at once.
pub(super) const AT_ONCE: usize = 128;

/// Channels that are listed for a connection and may not be in its set. Dropping this unlists those that
/// aren't, even where a request is given up half-way.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    switchboard: &'a Mutex<Switchboard>,
    key: Key,
    pub(super) channels: Vec<Arc<str>>,
}

impl<'a> Listed<'a> {
    pub(super) fn new(switchboard: &'a Mutex<Switchboard>, key: Key) -> Self {
        Self {
            switchboard,
            key,
            channels: Vec::new(),
        }
    }

    /// Lists channels, and returns their names as all connections share them.
    pub(super) fn list(&mut self, channels: &[&Arc<str>]) -> &[Arc<str>] {
        let before = self.channels.len();
        if !channels.is_empty() {
            let mut switchboard = self.switchboard.lock();
            for channel in channels {
                self.channels.push(switchboard.list(self.key, channel));
            }
        }
        &self.channels[before..]
    }

    pub(super) async fn unlist(&mut self) {
        while !self.channels.is_empty() {
            self.unlist_some();
            tokio::task::yield_now().await;
        }
    }

    fn unlist_some(&mut self) {
        let rest = self.channels.len().saturating_sub(AT_ONCE);
        let some = self.channels.split_off(rest);
        let mut switchboard = self.switchboard.lock();
        switchboard.unlist_unused(self.key, &some);
        // `some` may hold the last use of a name, which must be freed without the lock.
        drop(switchboard);
    }
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        while !self.channels.is_empty() {
            self.unlist_some();
        }
        self.switchboard.lock().end_change(self.key);
    }
}
