//! Streams of a subscription's good items, without its errors.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};

use super::subscription::Subscription;
use everstream_core::{Error, Next};

/// A stream of the good items of a [`Subscription`]; see [`log_errors`](Subscription::log_errors).
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct LogErrors<T>(Subscription<T>);

impl<T> LogErrors<T> {
    pub(super) fn of(subscription: Subscription<T>) -> Self {
        Self(subscription)
    }

    /// Waits for the next good item. Yields `None` at the end.
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }
}

impl<T> Stream for LogErrors<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut log = |error: Error| crate::console::warn(&error.to_string());
        poll_good(&mut self.0, context, &mut log)
    }
}

impl<T> FusedStream for LogErrors<T> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}

/// A stream of the good items of a [`Subscription`]; see [`on_error`](Subscription::on_error).
#[must_use = "a stream does nothing unless it is polled"]
pub struct OnError<T, F> {
    subscription: Subscription<T>,
    handle: F,
}

impl<T, F> OnError<T, F> {
    pub(super) fn of(subscription: Subscription<T>, handle: F) -> Self {
        Self {
            subscription,
            handle,
        }
    }

    /// Waits for the next good item. Yields `None` at the end.
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }
}

impl<T, F: FnMut(Error)> Stream for OnError<T, F> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Self {
            subscription,
            handle,
        } = self.get_mut();
        poll_good(subscription, context, handle)
    }
}

impl<T, F: FnMut(Error)> FusedStream for OnError<T, F> {
    fn is_terminated(&self) -> bool {
        self.subscription.is_terminated()
    }
}

/// The function is called and never pinned.
impl<T, F> Unpin for OnError<T, F> {}

impl<T, F> fmt::Debug for OnError<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnError").finish_non_exhaustive()
    }
}

fn poll_good<T>(
    subscription: &mut Subscription<T>,
    context: &mut Context<'_>,
    handle: &mut impl FnMut(Error),
) -> Poll<Option<T>> {
    loop {
        match ready!(Pin::new(&mut *subscription).poll_next(context)) {
            Some(Ok(item)) => return Poll::Ready(Some(item)),
            Some(Err(error)) => handle(error),
            None => return Poll::Ready(None),
        }
    }
}
