//! [`Subscription`], the stream that a subscriber reads.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::Rc;

use futures_core::{FusedStream, Stream};

use super::buffer::Overflow;
use super::good::{LogErrors, OnError};
use super::pipe::Pipe;
use everstream_core::{Error, Next};

/// Keeps a source or channel open, and learns when a subscription changes or is dropped.
pub(crate) trait Hold {
    /// Called when the subscription has ended or its options have changed.
    fn interest_changed(&self);
}

/// A stream of events, each once and in order.
///
/// Errors are items: after one that is not [terminal](Error::is_terminal), the stream goes on. Dropping the
/// subscription unsubscribes. Dropping the last one of a source whose handles are gone closes the connection.
#[must_use = "a subscription that is dropped receives nothing"]
pub struct Subscription<T> {
    buffer: Rc<Pipe<T>>,
    hold: Rc<dyn Hold>,
    done: bool,
}

impl<T> Subscription<T> {
    pub(crate) fn new(buffer: Rc<Pipe<T>>, hold: Rc<dyn Hold>) -> Self {
        Self {
            buffer,
            hold,
            done: false,
        }
    }

    /// Sets the buffer's size in events (at least 1), and what happens when it is full. Default: the source's
    /// setting.
    pub fn with_buffer(self, capacity: usize, overflow: Overflow) -> Self {
        self.buffer.configure(capacity.max(1), overflow);
        self.hold.interest_changed();
        self
    }
}

impl<T> Subscription<T> {
    /// Waits for the next item. Yields `None` at the end.
    ///
    /// The stream goes on after an error that is not [terminal](Error::is_terminal):
    ///
    /// ```no_run
    /// use everstream::{Error, EventSource};
    ///
    /// # async fn run() -> Result<(), Error> {
    /// let mut prices = EventSource::new("/prices")?.on::<f64>("price");
    /// while let Some(item) = prices.next().await {
    ///     match item {
    ///         Ok(price) => { /* Show it. */ }
    ///         // Events may be missing: reload the state.
    ///         Err(Error::Gap { .. } | Error::Lagged { .. }) => {}
    ///         // One event was not understood, and the next may be.
    ///         Err(error) if !error.is_terminal() => {}
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }

    /// Yields the good items only, and logs each error to the browser's console. For pages that can live with
    /// a gap.
    ///
    /// ```no_run
    /// use everstream::EventSource;
    ///
    /// # async fn run() -> Result<(), everstream::Error> {
    /// let mut prices = EventSource::new("/prices")?.on::<f64>("price").log_errors();
    /// while let Some(price) = prices.next().await {
    ///     // Show it.
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_errors(self) -> LogErrors<T> {
        LogErrors::of(self)
    }

    /// Yields the good items only, and passes each error to the function. Neither a gap nor an undecodable
    /// payload ends the loop.
    ///
    /// ```no_run
    /// use everstream::{Error, EventSource};
    ///
    /// # async fn run(show: impl Fn(f64), reload: impl Fn()) -> Result<(), everstream::Error> {
    /// let prices = EventSource::new("/prices")?.on::<f64>("price");
    /// let mut prices = prices.on_error(|error| match error {
    ///     Error::Gap { .. } | Error::Lagged { .. } => reload(),
    ///     _ => {}
    /// });
    /// while let Some(price) = prices.next().await {
    ///     show(price);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_error<F: FnMut(Error)>(self, handle: F) -> OnError<T, F> {
        OnError::of(self, handle)
    }
}

impl<T> Stream for Subscription<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let item = self.buffer.poll_next(context);
        self.done = matches!(item, Poll::Ready(None));
        item
    }
}

impl<T> FusedStream for Subscription<T> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.buffer.abandon();
        self.hold.interest_changed();
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
