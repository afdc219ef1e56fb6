//! The body of an open stream.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::time::{Instant, timeout_at};

use super::{
    Shared,
    outbox::{Outbox, Take},
    switchboard::{CaughtUp, Key, leave},
};

/// A connection, as long as its stream is open. Dropping it takes the connection off the switchboard.
pub(crate) struct Line {
    hub: Arc<Shared>,
    key: Key,
    outbox: Arc<Outbox>,
    /// When the principal's credentials expire.
    expires: Option<Instant>,
}

impl Line {
    pub(crate) fn new(
        hub: Arc<Shared>,
        key: Key,
        outbox: Arc<Outbox>,
        expires: Option<Instant>,
    ) -> Self {
        Self {
            hub,
            key,
            outbox,
            expires,
        }
    }

    /// Queues what follows in the log, as far as there is room, and returns whether a gap is among it. If the log
    /// can't be read, the stream will end by itself.
    pub(crate) async fn begins_with_gap(&self) -> bool {
        self.catch_up().await;
        self.outbox.has_gap()
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Bytes> + Send {
        stream::unfold(self, |mut line| async move {
            let frames = line.next().await?;
            Some((frames, line))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self
                .expires
                .is_some_and(|expires| expires <= Instant::now())
            {
                return None;
            }
            match self.outbox.take() {
                Take::Frames(frames) => {
                    self.hub.telemetry.sent_bytes.increment(frames.len() as u64);
                    return Some(frames);
                }
                Take::Closed => return None,
                Take::CatchUp => {
                    self.catch_up().await?;
                    // A connection that has to read far must let other tasks have their turn.
                    tokio::task::yield_now().await;
                }
                Take::Nothing => {
                    if let Some(ping) = self.wait().await {
                        return Some(ping);
                    }
                }
            }
        }
    }

    /// Queues what follows in the log. If that can't be had, the stream ends: the client asks again from
    /// its position, when the log may be back.
    async fn catch_up(&self) -> Option<()> {
        let (epoch, older) = {
            let mut switchboard = self.hub.switchboard.lock();
            (
                switchboard.head().epoch().to_owned(),
                switchboard.catch_up(self.key),
            )
        };
        if let CaughtUp::Older { after, until } = older {
            let entries = self.hub.log.history(&epoch, after, until).await.ok()?;
            let mut switchboard = self.hub.switchboard.lock();
            switchboard.catch_up_with(self.key, &epoch, after, until, &entries);
        }
        Some(())
    }

    /// Waits for something to send, and returns a `@ping` if nothing comes within a heartbeat.
    async fn wait(&self) -> Option<Bytes> {
        let heartbeat = Instant::now() + self.hub.heartbeat;
        let until = self
            .expires
            .map_or(heartbeat, |expires| expires.min(heartbeat));
        if timeout_at(until, self.outbox.changed()).await.is_ok() || until < heartbeat {
            return None;
        }
        self.hub.switchboard.lock().ping(self.key)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        leave(&self.hub.switchboard, self.key);
    }
}
