//! How a connection that is behind catches up.

use super::{
    super::{
        page::{Page, SCAN},
        subscriber::Reading,
        window::Entry,
    },
    Key, Switchboard,
};

/// The result of [`Switchboard::catch_up`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaughtUp {
    /// The entries that there was room for are queued.
    Queued,
    /// The next entries are older than the window: those after one number and up to another. What the
    /// log has no longer may still be in the archive.
    Older { after: u64, until: u64 },
}

impl Switchboard {
    /// Queues what follows in the log, for a connection that reads there.
    pub(crate) fn catch_up(&mut self, key: Key) -> CaughtUp {
        let Some(subscriber) = self.subscribers.get_mut(&key) else {
            return CaughtUp::Queued;
        };
        let Reading::Behind(behind) = &subscriber.reading else {
            subscriber.outbox.set_more(false);
            return CaughtUp::Queued;
        };
        let (after, base) = (behind.cursor(), self.window.base());
        if after < base {
            return CaughtUp::Older { after, until: base };
        }
        let page = Page {
            epoch: &self.epoch,
            telemetry: &self.telemetry,
            base: after,
            archive: &self.archive,
            entries: self.window.after(after).take(SCAN),
        };
        let ended = subscriber.read(page);
        if let Reading::Behind(behind) = &subscriber.reading
            && behind.replay.is_none()
            && !behind.lost
            && behind.at == self.window.head()
        {
            subscriber.reading = Reading::Live;
            subscriber.outbox.set_more(false);
        }
        for channel in ended {
            self.unlist(key, &channel);
        }
        CaughtUp::Queued
    }

    /// Queues entries from before the window: all that are kept after one number and up to another, or
    /// the first of them. The entries are of no use if the connection reads elsewhere by now.
    pub(crate) fn catch_up_with(
        &mut self,
        key: Key,
        epoch: &str,
        after: u64,
        until: u64,
        entries: &[(u64, Entry)],
    ) {
        let Some(subscriber) = self.subscribers.get_mut(&key) else {
            return;
        };
        let is_there = match &subscriber.reading {
            Reading::Live => false,
            Reading::Behind(behind) => behind.cursor() == after && *self.epoch == *epoch,
        };
        if is_there {
            let page = Page {
                epoch: &self.epoch,
                telemetry: &self.telemetry,
                archive: &self.archive,
                base: entries.first().map_or(until, |(seq, _)| seq - 1),
                entries: entries.iter().map(|(seq, entry)| (*seq, entry)),
            };
            for channel in subscriber.read(page) {
                self.unlist(key, &channel);
            }
        }
    }
}
