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

/// The events in a stream of bytes, whoever reads it: the body of an answer of `reqwest`, of a server function
/// of Leptos, of a command of Tauri.
///
/// It opens no connection and reconnects to none. For that it says where the next request goes on:
/// [`last_event_id`](Self::last_event_id) and [`retry`](Self::retry). Events are parsed when they are asked
/// for, so both are those of the event that was handed out last, and a slow reader slows the server down.
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
/// Errors are items; behind [`StreamError::TooLarge`] the stream goes on.
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventStream<S: TryStream> {
    /// `None` once it has ended, which drops whatever is behind it.
    bytes: Option<Pin<Box<S>>>,
    parser: Parser,
    chunk: Option<S::Ok>,
    /// How much of the chunk has been parsed.
    parsed: usize,
    retry: Option<Duration>,
    until: Option<String>,
    deliver_unfinished: bool,
    end: Option<EndReason>,
}

/// Why the next item of an [`EventStream`] is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError<E> {
    /// The stream of bytes has failed. Nothing follows.
    #[error("the event stream broke off: {error}")]
    #[non_exhaustive]
    Bytes {
        /// What it says.
        #[source]
        error: E,
        /// The event in the middle of which it failed.
        unfinished: Option<UnfinishedEvent>,
    },

    /// An event larger than the limit was skipped. The stream goes on.
    #[error(transparent)]
    TooLarge(#[from] EventTooLarge),

    /// The stream of bytes has ended in the middle of this event, which no blank line has closed. Nothing
    /// follows.
    #[error(
        "the event stream ended in the middle of a `{}` event; `deliver_unfinished` delivers it",
        .0.event_type
    )]
    Unfinished(UnfinishedEvent),
}

impl<E> StreamError<E> {
    /// Whether nothing follows.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        !matches!(self, Self::TooLarge(_))
    }
}

impl<S: TryStream> EventStream<S>
where
    S::Ok: AsRef<[u8]>,
{
    /// Reads the events in `bytes`, limited to [`DEFAULT_MAX_EVENT_SIZE`](crate::parse::DEFAULT_MAX_EVENT_SIZE).
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

    /// The last event ID of the request that is answered: events without one keep it.
    pub fn with_last_event_id(mut self, id: impl Into<String>) -> Self {
        self.parser = self.parser.with_last_event_id(id);
        self
    }

    /// Limits the size of an event, in bytes; see [`Parser::with_max_event_size`].
    pub fn with_max_event_size(mut self, bytes: usize) -> Self {
        self.parser = self.parser.with_max_event_size(bytes);
        self
    }

    /// Ends at the event whose data is this text, such as `[DONE]`: it is not delivered, and what is behind the
    /// stream of bytes is dropped. Default: none.
    pub fn until(mut self, data: impl Into<String>) -> Self {
        self.until = Some(data.into());
        self
    }

    /// Delivers the event in the middle of which the stream ends, though no blank line has closed it: some
    /// gateways cut the last one. Default: off, as the standard has it ([section 9.2.6]); then it is
    /// [`StreamError::Unfinished`].
    ///
    /// [section 9.2.6]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    pub fn deliver_unfinished(mut self, deliver: bool) -> Self {
        self.deliver_unfinished = deliver;
        self
    }

    /// The last event ID after the event that was handed out last; empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// The reconnection time that the server has asked for, if it has.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How the stream has ended: at the event that [`until`](Self::until) names, or by the end of the bytes.
    /// `None` before that, and after an error.
    #[must_use]
    pub const fn end(&self) -> Option<EndReason> {
        self.end
    }

    /// The next item, or `None` at the end.
    #[allow(clippy::should_implement_trait)] // As every stream's adapter has it.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }

    /// The next item in the present chunk, which is dropped when it is used up.
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

    /// Nothing more is read.
    fn finish(&mut self, end: Option<EndReason>) {
        self.bytes = None;
        self.chunk = None;
        self.end = end;
    }

    /// Whether the stream ends at an event.
    fn ends_at(&mut self, event: &MessageEvent) -> bool {
        let is_mark = self.until.as_deref() == Some(&*event.data);
        if is_mark {
            self.finish(Some(EndReason::Until));
        }
        is_mark
    }

    /// The last item, once the bytes have ended.
    fn last(&mut self) -> Option<Result<MessageEvent, StreamError<S::Error>>> {
        self.finish(Some(EndReason::Body));
        let unfinished = self.parser.take_unfinished()?;
        if !self.deliver_unfinished {
            self.end = None;
            return Some(Err(StreamError::Unfinished(unfinished)));
        }
        if let Some(id) = unfinished.id.filter(|id| !id.contains('\0')) {
            self.parser.set_last_event_id(&id);
        }
        let event = MessageEvent::new(unfinished.event_type, unfinished.data);
        let event = event.with_last_event_id(self.last_event_id());
        (!self.ends_at(&event)).then_some(Ok(event))
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
                Some(Ok(event)) if self.ends_at(&event) => return Poll::Ready(None),
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

/// The bytes are in a box, and a chunk is read where it lies.
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
