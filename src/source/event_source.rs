//! [`EventSource`], the handle that users hold.

use std::rc::Rc;
use std::sync::Arc;

use super::builder::EventSourceBuilder;
use super::inner::Handle;
use super::stats::SourceStats;
use crate::subscribe::intake::{self, BufferDefaults, Intake};
use crate::subscribe::router::Interest;
use crate::subscribe::{Hold, SharingChanges, States, Subscriber, Subscription};
use crate::typed::{EventData, OrRaw};
use crate::web::Message;
use everstream_core::connection::{End, ReadyState, State};
use everstream_core::http::Response;
use everstream_core::tabs::Sharing;
use everstream_core::{Error, MessageEvent};

/// A stream of server-sent events that stays alive: it reconnects, resumes from the last event ID, and
/// notices when the connection is dead.
///
/// ```no_run
/// use everstream::EventSource;
///
/// #[derive(serde::Deserialize)]
/// struct Price {
///     symbol: String,
///     price: f64,
/// }
///
/// # async fn run() -> Result<(), everstream::Error> {
/// let mut prices = EventSource::new("/prices")?.on::<Price>("priceUpdate").log_errors();
/// while let Some(Price { symbol, price }) = prices.next().await {
///     web_sys::console::log_1(&format!("{symbol} is at {price}").into());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Clones are handles to the same source. The source closes on [`close`](Self::close), or when the last
/// handle and the last subscription are dropped.
#[derive(Clone, Debug)]
pub struct EventSource {
    handle: Rc<Handle>,
}

impl EventSource {
    pub(super) fn of(handle: Rc<Handle>) -> Self {
        Self { handle }
    }

    /// Opens a source with the default options. The URL may be relative.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidUrl`], and [`Error::Unsupported`] outside a browser.
    pub fn new(url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// Reads the events of a response that you already have, with the default options; see
    /// [`EventSourceBuilder::response`].
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidOption`] if the response's body has been read or is being read.
    pub fn from_response(response: web_sys::Response) -> Result<Self, Error> {
        Self::builder(response.url()).response(response).build()
    }

    /// Returns a builder for a source with other options.
    ///
    /// ```no_run
    /// use core::time::Duration;
    /// use everstream::EventSource;
    ///
    /// # fn main() -> Result<(), everstream::Error> {
    /// let source = EventSource::builder("/logs")
    ///     .header("authorization", "Bearer secret")
    ///     .heartbeat_timeout(Duration::from_secs(45))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(url: impl Into<String>) -> EventSourceBuilder {
        EventSourceBuilder::new(url)
    }

    /// Subscribes to the events of one type, with their data deserialised from JSON. An event without a type
    /// is of type `message`.
    ///
    /// An event whose data is not a `T` becomes an [`Error::Decode`] item that holds everything received. An
    /// event with empty data, as servers send to set the last event ID, is no error. It is delivered if `T`
    /// deserialises from `null`, and skipped otherwise.
    pub fn on<T: EventData>(&self, event_type: impl Into<String>) -> Subscription<T> {
        intake::on(self, event_type.into())
    }

    /// Like [`on`](Self::on), with each event's type and last event ID.
    pub fn on_message<T: EventData>(
        &self,
        event_type: impl Into<String>,
    ) -> Subscription<MessageEvent<T>> {
        intake::on_message(self, event_type.into())
    }

    /// Subscribes to the events of one type, with their data as text.
    pub fn on_text(&self, event_type: impl Into<String>) -> Subscription<MessageEvent> {
        intake::on_text(self, event_type.into())
    }

    /// Subscribes to the events of one type whose data is base64, and decodes it into bytes. An event stream
    /// is text ([section 9.2.5]), so servers must encode binary data. Padding is optional, and both alphabets
    /// of RFC 4648 are accepted. Data that is not base64 becomes an [`Error::Decode`] item.
    ///
    /// [section 9.2.5]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    ///
    /// ```no_run
    /// use everstream::EventSource;
    ///
    /// # async fn run() -> Result<(), everstream::Error> {
    /// let mut frames = EventSource::new("/camera")?.on_bytes("frame").log_errors();
    /// while let Some(frame) = frames.next().await {
    ///     web_sys::console::log_1(&format!("{} bytes", frame.data.len()).into());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_bytes(&self, event_type: impl Into<String>) -> Subscription<MessageEvent<Vec<u8>>> {
        intake::on_bytes(self, event_type.into())
    }

    /// Subscribes to events of several types as one enum, in the order in which they were sent. The variants'
    /// names, as serde sees them, are the event types.
    ///
    /// A variant's content is deserialised from JSON; a unit variant ignores the data. A unit variant with
    /// `#[serde(other)]` receives the events of all other types, which requires fetch.
    ///
    /// ```no_run
    /// use everstream::EventSource;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// enum Build {
    ///     Progress { percent: u8 },
    ///     Log(String),
    ///     Done,
    /// }
    ///
    /// # fn main() -> Result<(), everstream::Error> {
    /// let events = EventSource::new("/build")?.events::<Build>()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidOption`] if `E` is not an enum with serde's default, external tagging, and
    /// [`Error::Unsupported`] for a variant with `#[serde(other)]` on
    /// [`Transport::Native`](crate::Transport::Native).
    pub fn events<E: EventData>(&self) -> Result<Subscription<E>, Error> {
        intake::events(self)
    }

    /// Like [`events`](Self::events), with each event's type and last event ID.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`events`](Self::events).
    pub fn events_message<E: EventData>(&self) -> Result<Subscription<MessageEvent<E>>, Error> {
        intake::events_message(self)
    }

    /// Subscribes to every event, whatever its type, with the data deserialised from JSON to one type. `T` is
    /// an enum with a tag inside or beside the content, an untagged enum, or a struct. Requires fetch.
    ///
    /// Data that is not a `T`, such as a variant newer than your enum, becomes an [`Error::Decode`] item with
    /// the type and the data. The stream goes on. [`all_or_raw`](Self::all_or_raw) delivers such events as
    /// items.
    ///
    /// ```no_run
    /// use everstream::EventSource;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(tag = "type", rename_all = "snake_case")]
    /// enum Chunk {
    ///     MessageStart,
    ///     ContentBlockDelta { delta: Delta },
    ///     MessageStop,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Delta {
    ///     text: String,
    /// }
    ///
    /// # async fn run(show: impl Fn(&str)) -> Result<(), everstream::Error> {
    /// let answer = EventSource::builder("/v1/messages")
    ///     .method("POST")
    ///     .json(&serde_json::json!({ "stream": true }))
    ///     .build()?;
    /// let mut chunks = answer.all::<Chunk>()?.log_errors();
    /// while let Some(chunk) = chunks.next().await {
    ///     match chunk {
    ///         Chunk::ContentBlockDelta { delta } => show(&delta.text),
    ///         Chunk::MessageStop => break,
    ///         Chunk::MessageStart => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`raw`](Self::raw).
    pub fn all<T: EventData>(&self) -> Result<Subscription<T>, Error> {
        intake::all(self)
    }

    /// Like [`all`](Self::all), with each event's type and last event ID.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`raw`](Self::raw).
    pub fn all_message<T: EventData>(&self) -> Result<Subscription<MessageEvent<T>>, Error> {
        intake::all_message(self)
    }

    /// Like [`all`](Self::all), but an event that is not a `T` is delivered too, with its type and data, as
    /// [`OrRaw::Raw`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`raw`](Self::raw).
    pub fn all_or_raw<T: EventData>(&self) -> Result<Subscription<OrRaw<T>>, Error> {
        intake::all_or_raw(self)
    }

    /// Like [`events`](Self::events), but events of other types, or whose data doesn't fit their variant, are
    /// delivered too, with type and data, as [`OrRaw::Raw`]. Requires fetch.
    ///
    /// ```no_run
    /// use everstream::{EventSource, OrRaw};
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// enum Build {
    ///     Log(String),
    /// }
    ///
    /// # async fn run(show: impl Fn(&str)) -> Result<(), everstream::Error> {
    /// let mut build = EventSource::new("/build")?.events_or_raw::<Build>()?;
    /// while let Some(event) = build.next().await {
    ///     match event? {
    ///         OrRaw::Typed(Build::Log(line)) => show(&line),
    ///         OrRaw::Raw(event) => show(&format!("{}: {}", event.event_type, event.data)),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`events`](Self::events).
    pub fn events_or_raw<E: EventData>(&self) -> Result<Subscription<OrRaw<E>>, Error> {
        intake::events_or_raw(self)
    }

    /// Subscribes to every event, as text. Requires fetch.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Unsupported`] on [`Transport::Native`](crate::Transport::Native), which delivers only
    /// events of types that have a listener.
    pub fn raw(&self) -> Result<Subscription<MessageEvent>, Error> {
        intake::raw(self)
    }

    /// Subscribes to comments, which servers send to keep a connection alive: the text after the colon,
    /// without one leading space. Requires fetch. A [`shared`](EventSourceBuilder::shared) connection
    /// delivers no comments.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Unsupported`] on [`Transport::Native`](crate::Transport::Native), which does not
    /// expose comments.
    pub fn comments(&self) -> Result<Subscription<String>, Error> {
        intake::comments(self)
    }

    /// Streams the current state, then every change of it.
    pub fn states(&self) -> States {
        self.handle.0.states.observe()
    }

    /// Returns the current state.
    #[must_use]
    pub fn state(&self) -> State {
        self.handle.0.states.present()
    }

    /// Returns the current state as the standard's `readyState`.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.state().ready_state()
    }

    /// Returns the absolute URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.handle.0.url
    }

    /// Returns the last event ID received, or the one to resume from. Empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> String {
        self.handle.0.last_event_id.borrow().clone()
    }

    /// Returns the status, headers and final URL of the response opened last. A cross-origin response has
    /// only the headers that it exposes. `None` before the first response, on the native `EventSource`, which
    /// exposes none, and in a tab that follows another.
    #[must_use]
    pub fn response(&self) -> Option<Arc<Response>> {
        self.handle.0.answer.borrow().clone()
    }

    /// Returns how the server ended the stream: by the end of the body, by status 204, or at the event that
    /// [`until`](EventSourceBuilder::until) names. `None` until that has closed the source, after
    /// [`close`](Self::close), and after an error.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.handle.0.end.borrow().clone()
    }

    /// Returns this tab's role among the tabs that share the connection, and their number. `None` unless the
    /// source is [`shared`](EventSourceBuilder::shared).
    #[must_use]
    pub fn sharing(&self) -> Option<Sharing> {
        self.handle.0.sharing.present()
    }

    /// Streams the current [`sharing`](Self::sharing), then every change. Ends at once if the source is not
    /// shared.
    ///
    /// ```no_run
    /// use everstream::{EventSource, Role};
    ///
    /// # async fn run() -> Result<(), everstream::Error> {
    /// let source = EventSource::builder("/notifications").shared("user-7").build()?;
    /// let mut changes = source.sharing_changes();
    /// while let Some(sharing) = changes.next().await {
    ///     let is_connected_here = sharing.role != Role::Follower;
    ///     let text = format!("one of {}, connected here: {is_connected_here}", sharing.tabs);
    ///     web_sys::console::log_1(&text.into());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sharing_changes(&self) -> SharingChanges {
        self.handle.0.sharing.observe()
    }

    /// Returns the counters.
    #[must_use]
    pub fn stats(&self) -> SourceStats {
        self.handle.0.stats()
    }

    /// Drops the connection and reconnects at once, resuming. Does nothing once the source is closed, or
    /// while a request is under way that is sent only once.
    pub fn reconnect(&self) {
        self.handle.0.inbox.send(Message::Reconnect);
    }

    /// Closes the source for good. Streams end once their buffered items have been read.
    pub fn close(&self) {
        self.handle.0.close(None);
    }
}

impl Intake for EventSource {
    fn buffer_defaults(&self) -> BufferDefaults {
        self.handle.0.defaults
    }

    fn is_native_only(&self) -> bool {
        self.handle.0.native_only
    }

    fn add(&self, interest: Interest, subscriber: Rc<dyn Subscriber>) {
        self.handle.0.subscribe(interest, subscriber);
    }

    fn hold(&self) -> Rc<dyn Hold> {
        Rc::clone(&self.handle) as Rc<dyn Hold>
    }
}
