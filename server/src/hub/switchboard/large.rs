//! The bound on how many large sets are worked on at once.
//!
//! A set of thousands of channels takes a processor for a millisecond and more. The work is done in
//! slices, but if each processor had such a slice, everything else would wait for one to end. At most
//! half of the processors therefore work on large sets, and events go on by the others.

use std::{sync::Arc, thread::available_parallelism};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A set with more channels, or a body with more bytes, is a large one.
const CHANNELS: usize = 128;
const BYTES: usize = 4 << 10;

/// The places for work on large sets.
#[derive(Clone, Debug)]
pub(crate) struct Large(Arc<Semaphore>);

impl Default for Large {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }
}

impl Large {
    /// Waits for a place, if the set is a large one. A task must wait for nothing else while it holds
    /// the place.
    pub(crate) async fn channels(self, count: usize) -> Option<OwnedSemaphorePermit> {
        self.place(count > CHANNELS).await
    }

    /// Waits for a place, if the body is a large one. A task must wait for nothing else while it holds
    /// the place.
    pub(crate) async fn bytes(self, count: usize) -> Option<OwnedSemaphorePermit> {
        self.place(count > BYTES).await
    }

    async fn place(self, is_large: bool) -> Option<OwnedSemaphorePermit> {
        if is_large {
            // The semaphore is never closed.
            self.0.acquire_owned().await.ok()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn large_sets_leave_processors_to_others() {
        let large = Large::default();
        let places = large.0.available_permits();
        let mut taken = Vec::new();
        for _ in 0..places {
            taken.push(large.clone().channels(CHANNELS + 1).await);
        }
        let mut waiting = pin!(large.clone().bytes(BYTES + 1));
        assert!(poll!(&mut waiting).is_pending());
        assert!(
            large.clone().channels(CHANNELS).await.is_none(),
            "a small one doesn't wait"
        );
        assert!(large.bytes(BYTES).await.is_none());
        drop(taken.pop());
        assert!(waiting.await.is_some());
    }
}
