//! An event stream over any stream of bytes.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use futures_core::{FusedStream, Stream, TryStream};

use crate::connection::EndReason;
use crate::message::MessageEvent;
use crate::next::Next;
use crate::parse::{EventTooLarge, Frame, Parser, UnfinishedEvent};

/// The events in a stream of bytes from any source: the body of a `reqwest` response, of a Leptos server
/// function, of a Tauri command.
///
/// `EventStream` opens no connection and never reconnects. For a reconnect of your own it provides
/// [`last_event_id`](Self::last_event_id) and [`retry`](Self::retry). Events are parsed on demand, so both
/// belong to the event that was returned last, and a slow reader slows the server down.
///
/// ```
/// use everstream_core::EventStream;
/// use futures_util::stream;
///
/// # futures_executor::block_on(async {
/// let chunks = [&b"id: 7\nevent: price\nda"[..], b"ta: 42\n\ndata: [DONE]\n\n"];
/// let bytes = stream::iter(chunks.map(Ok::<_, std::io::Error>));
/// let mut events = EventStream::new(bytes).until("[DONE]");
/// while let Some(event) = events.next().await {
///     let event = event.expect("an event");
///     assert_eq!(event.json::<u8>(), Ok(42));
///     assert_eq!(events.last_event_id(), "7");
/// }
/// # });
/// ```
///
/// With `reqwest`:
///
/// ```no_run
/// use everstream_core::EventStream;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let response = reqwest::get("http://localhost/prices").await?.error_for_status()?;
/// let mut events = EventStream::new(response.bytes_stream());
/// while let Some(event) = events.next().await {
///     println!("{}", event?.data);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Errors are items. The stream continues after [`StreamError::TooLarge`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventStream<S: TryStream> {
    /// The stream of bytes; `None` once it has ended, which drops it.
    bytes: Option<Pin<Box<S>>>,
    parser: Parser,
    chunk: Option<S::Ok>,
    /// The number of bytes of `chunk` that have been parsed.
    parsed: usize,
    retry: Option<Duration>,
    until: Option<String>,
    deliver_unfinished: bool,
    end: Option<EndReason>,
}

/// An item of an [`EventStream`] that is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError<E> {
    /// The stream of bytes failed. No item follows.
    #[error("the event stream broke off: {error}")]
    #[non_exhaustive]
    Bytes {
        /// The error of the stream of bytes.
        #[source]
        error: E,
        /// The event that was unfinished when the stream failed.
        unfinished: Option<UnfinishedEvent>,
    },

    /// An event larger than the limit was skipped. The stream continues.
    #[error(transparent)]
    TooLarge(#[from] EventTooLarge),

    /// The stream of bytes ended within this event, before the blank line that would have closed it. No item
    /// follows.
    #[error(
        "the event stream ended in the middle of a `{}` event; `deliver_unfinished` delivers it",
        .0.event_type
    )]
    Unfinished(UnfinishedEvent),
}

impl<E> StreamError<E> {
    /// Returns whether this is the stream's last item.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        !matches!(self, Self::TooLarge(_))
    }
}

impl<S: TryStream> EventStream<S>
where
    S::Ok: AsRef<[u8]>,
{
    /// Parses the events in `bytes`. An event may have at most
    /// [`DEFAULT_MAX_EVENT_SIZE`](crate::parse::DEFAULT_MAX_EVENT_SIZE) bytes.
    pub fn new(bytes: S) -> Self {
        Self {
            bytes: Some(Box::pin(bytes)),
            parser: Parser::new(),
            chunk: None,
            parsed: 0,
            retry: None,
            until: None,
            deliver_unfinished: false,
            end: None,
        }
    }

    /// Seeds the last event ID, with the ID that the request carried: events without an `id` keep it.
    pub fn with_last_event_id(mut self, id: impl Into<String>) -> Self {
        self.parser = self.parser.with_last_event_id(id);
        self
    }

    /// Limits the size of an event, in bytes; see [`Parser::with_max_event_size`].
    pub fn with_max_event_size(mut self, bytes: usize) -> Self {
        self.parser = self.parser.with_max_event_size(bytes);
        self
    }

    /// Ends the stream at the event whose data equals this text, such as `[DONE]`. The event is not
    /// delivered, and the stream of bytes is dropped. At the end of the bytes, the text counts without a blank
    /// line after it, too. Default: none.
    pub fn until(mut self, data: impl Into<String>) -> Self {
        self.until = Some(data.into());
        self
    }

    /// Delivers an event that is unfinished at the end of the stream, although no blank line closed it: some
    /// gateways cut the last blank line. Default: off, as the standard requires ([section 9.2.6]); the event
    /// then becomes [`StreamError::Unfinished`].
    ///
    /// [section 9.2.6]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    pub fn deliver_unfinished(mut self, deliver: bool) -> Self {
        self.deliver_unfinished = deliver;
        self
    }

    /// Returns the last event ID after the event that was returned last; empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// Returns the reconnection time that the server has asked for, if any.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Returns how the stream ended: at the event that [`until`](Self::until) names, or with the end of the
    /// bytes. `None` before the end, and after an error.
    #[must_use]
    pub const fn end(&self) -> Option<EndReason> {
        self.end
    }

    /// Returns the future of the next item, which is `None` at the end.
    #[allow(clippy::should_implement_trait)] // Stream adapters name this method `next`.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }

    /// Returns the next item of the present chunk, and drops the chunk once it is used up.
    fn next_in_chunk(&mut self) -> Option<Result<MessageEvent, EventTooLarge>> {
        let chunk = self.chunk.as_ref()?.as_ref();
        let rest = chunk.get(self.parsed..).unwrap_or_default();
        let mut frames = self.parser.feed(rest);
        while let Some(frame) = frames.next() {
            let item = match frame {
                Ok(Frame::Event(event)) => Ok(MessageEvent::of(&event, event.data.to_owned())),
                Ok(Frame::Comment(_)) => continue,
                Ok(Frame::Retry(time)) => {
                    self.retry = Some(time);
                    continue;
                }
                Err(too_large) => Err(too_large),
            };
            self.parsed = chunk.len() - frames.stop();
            return Some(item);
        }
        drop(frames);
        self.chunk = None;
        None
    }

    /// Ends the stream and drops its bytes.
    fn finish(&mut self, end: Option<EndReason>) {
        self.bytes = None;
        self.chunk = None;
        self.end = end;
    }

    /// Ends the stream if an event with this data is the mark of `until`; returns whether it is.
    fn ends_at(&mut self, data: &str) -> bool {
        let is_mark = self.until.as_deref() == Some(data);
        if is_mark {
            self.finish(Some(EndReason::Until));
        }
        is_mark
    }

    /// Returns the last item, if any, once the bytes have ended.
    fn last(&mut self) -> Option<Result<MessageEvent, StreamError<S::Error>>> {
        self.finish(Some(EndReason::Body));
        let unfinished = self.parser.take_unfinished()?;
        // Gateways cut the blank line after the mark.
        if self.ends_at(&unfinished.data) {
            return None;
        }
        if !self.deliver_unfinished {
            self.end = None;
            return Some(Err(StreamError::Unfinished(unfinished)));
        }
        if let Some(id) = unfinished.id.filter(|id| !id.contains('\0')) {
            self.parser.set_last_event_id(&id);
        }
        let event = MessageEvent::new(unfinished.event_type, unfinished.data);
        Some(Ok(event.with_last_event_id(self.last_event_id())))
    }
}

impl<S: TryStream> Stream for EventStream<S>
where
    S::Ok: AsRef<[u8]>,
{
    type Item = Result<MessageEvent, StreamError<S::Error>>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<MessageEvent, StreamError<S::Error>>>> {
        loop {
            match self.next_in_chunk() {
                Some(Ok(event)) if self.ends_at(&event.data) => return Poll::Ready(None),
                Some(item) => return Poll::Ready(Some(item.map_err(StreamError::TooLarge))),
                None => {}
            }
            let Some(bytes) = &mut self.bytes else {
                return Poll::Ready(None);
            };
            match ready!(bytes.as_mut().try_poll_next(context)) {
                Some(Ok(chunk)) => {
                    self.chunk = Some(chunk);
                    self.parsed = 0;
                }
                Some(Err(error)) => {
                    self.finish(None);
                    let unfinished = self.parser.take_unfinished();
                    let error = StreamError::Bytes { error, unfinished };
                    return Poll::Ready(Some(Err(error)));
                }
                None => return Poll::Ready(self.last()),
            }
        }
    }
}

impl<S: TryStream> FusedStream for EventStream<S>
where
    S::Ok: AsRef<[u8]>,
{
    fn is_terminated(&self) -> bool {
        self.bytes.is_none() && self.chunk.is_none()
    }
}

/// `EventStream` pins no field in place: the bytes are boxed, and a chunk is borrowed only within a call.
impl<S: TryStream> Unpin for EventStream<S> {}

impl<S: TryStream> fmt::Debug for EventStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("last_event_id", &self.parser.last_event_id())
            .field("retry", &self.retry)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
