//! The future of a stream's next item.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, FusedStream, Stream};

/// The next item of a stream, or `None` at its end.
///
/// Dropping the future before it is ready loses no item. It is [`Unpin`] and a [`FusedFuture`], so
/// `futures::select!` accepts it as it is.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Next<'s, S>(&'s mut S);

impl<'s, S> Next<'s, S> {
    /// Creates the future of this stream's next item.
    pub fn of(stream: &'s mut S) -> Self {
        Self(stream)
    }
}

impl<S: Stream + Unpin> Future for Next<'_, S> {
    type Output = Option<S::Item>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.0).poll_next(context)
    }
}

impl<S: FusedStream + Unpin> FusedFuture for Next<'_, S> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}
