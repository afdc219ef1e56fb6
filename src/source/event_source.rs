//! The handle that a user holds.

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

/// A stream of server-sent events that stays alive: it reconnects, resumes where it was, and
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
/// Clones are handles to the same source. It is closed by [`close`](Self::close), or when the last
/// handle and the last subscription are dropped.
#[derive(Clone, Debug)]
pub struct EventSource {
    handle: Rc<Handle>,
}

impl EventSource {
    pub(super) fn of(handle: Rc<Handle>) -> Self {
        Self { handle }
    }

    /// Opens a source with the defaults. The URL may be relative.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidUrl`], and [`Error::Unsupported`] outside a browser.
    pub fn new(url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// Reads the events of an answer that you have already, with the defaults; see
    /// [`EventSourceBuilder::response`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if its body has been read or is being read.
    pub fn from_response(response: web_sys::Response) -> Result<Self, Error> {
        Self::builder(response.url()).response(response).build()
    }

    /// Begins to describe a source.
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

    /// Events of one type, their data deserialised from JSON. `message` is the type of events that
    /// the server gave none.
    ///
    /// An event whose data is not a `T` is an [`Error::Decode`] item with all that was received. One without
    /// data, such as servers send to tell a position, is no mistake: a `T` that can be made of `null` gets it,
    /// and others don't.
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

    /// Events of one type, their data as text.
    pub fn on_text(&self, event_type: impl Into<String>) -> Subscription<MessageEvent> {
        intake::on_text(self, event_type.into())
    }

    /// Events of one type whose data is base64, as the bytes that it holds: an event stream is text
    /// ([section 9.2.5]), so that binary data has to be encoded. Padding may be left out, and either alphabet
    /// of RFC 4648 is read. Data that is no base64 is an [`Error::Decode`] item.
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

    /// Events of several types as one enum, in the order in which they were sent: the names of the
    /// variants, as serde sees them, are the event types.
    ///
    /// A variant's content is deserialised from JSON; a unit variant ignores the data. A unit
    /// variant with `#[serde(other)]` takes the events of all other types, which needs fetch.
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
    /// [`Error::InvalidOption`] if `E` is not an enum with serde's default, external tagging;
    /// [`Error::Unsupported`] for a variant with `#[serde(other)]` on
    /// [`Transport::Native`](crate::Transport::Native).
    pub fn events<E: EventData>(&self) -> Result<Subscription<E>, Error> {
        intake::events(self)
    }

    /// Like [`events`](Self::events), with each event's type and last event ID.
    ///
    /// # Errors
    ///
    /// Those of [`events`](Self::events).
    pub fn events_message<E: EventData>(&self) -> Result<Subscription<MessageEvent<E>>, Error> {
        intake::events_message(self)
    }

    /// Every event, its data deserialised from JSON to one type, whatever the events' types are: an enum of a
    /// provider's with a tag inside or beside the content, an untagged one, or a struct. Needs fetch.
    ///
    /// Data that is no `T`, such as of a variant that is newer than your enum, is an [`Error::Decode`] item with
    /// type and data, and the stream goes on; [`all_or_raw`](Self::all_or_raw) has it as an item of its own.
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
    /// Those of [`raw`](Self::raw).
    pub fn all<T: EventData>(&self) -> Result<Subscription<T>, Error> {
        intake::all(self)
    }

    /// Like [`all`](Self::all), with each event's type and last event ID.
    ///
    /// # Errors
    ///
    /// Those of [`raw`](Self::raw).
    pub fn all_message<T: EventData>(&self) -> Result<Subscription<MessageEvent<T>>, Error> {
        intake::all_message(self)
    }

    /// Like [`all`](Self::all), where an event that is no `T` is an item as well, with its type and its data:
    /// [`OrRaw::Raw`].
    ///
    /// # Errors
    ///
    /// Those of [`raw`](Self::raw).
    pub fn all_or_raw<T: EventData>(&self) -> Result<Subscription<OrRaw<T>>, Error> {
        intake::all_or_raw(self)
    }

    /// Like [`events`](Self::events), where an event of another type, or with other data than its variant has,
    /// is an item as well, with its type and its data: [`OrRaw::Raw`]. Needs fetch.
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
    /// Those of [`events`](Self::events).
    pub fn events_or_raw<E: EventData>(&self) -> Result<Subscription<OrRaw<E>>, Error> {
        intake::events_or_raw(self)
    }

    /// Every event, as text. Needs fetch.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] on [`Transport::Native`](crate::Transport::Native), which delivers
    /// only events of types that are listened for by name.
    pub fn raw(&self) -> Result<Subscription<MessageEvent>, Error> {
        intake::raw(self)
    }

    /// Comments, such as servers send to keep a connection alive: the text behind the colon, without
    /// one leading space. Needs fetch; there are none where the connection is
    /// [`shared`](EventSourceBuilder::shared).
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] on [`Transport::Native`](crate::Transport::Native), which does not
    /// show them.
    pub fn comments(&self) -> Result<Subscription<String>, Error> {
        intake::comments(self)
    }

    /// The state now and every change of it.
    pub fn states(&self) -> States {
        self.handle.0.states.observe()
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        self.handle.0.states.present()
    }

    /// The state now, as the standard's `readyState`.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.state().ready_state()
    }

    /// The absolute URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.handle.0.url
    }

    /// The position: the last event ID received, or the one to begin from. Empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> String {
        self.handle.0.last_event_id.borrow().clone()
    }

    /// Status, headers and final URL of the answer that was opened last; `None` before the first, by the
    /// native `EventSource`, which does not show them, and in a tab that follows another. Of another origin's
    /// answer only the headers that it exposes.
    #[must_use]
    pub fn response(&self) -> Option<Arc<Response>> {
        self.handle.0.answer.borrow().clone()
    }

    /// How the server has ended the stream, once the source is closed since it has: by the end of the body,
    /// by status 204, or at the event that [`until`](EventSourceBuilder::until) names. `None` while it is not
    /// closed, after [`close`](Self::close), and after an error.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.handle.0.end.borrow().clone()
    }

    /// What this tab is among those that share the connection, and how many they are, if it was asked for by
    /// [`shared`](EventSourceBuilder::shared).
    #[must_use]
    pub fn sharing(&self) -> Option<Sharing> {
        self.handle.0.sharing.present()
    }

    /// The [`sharing`](Self::sharing) now and every change of it. It ends at once if it was not asked for.
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

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> SourceStats {
        self.handle.0.stats()
    }

    /// Drops the connection and connects anew at once, resuming. Without effect once closed, and on a request
    /// under way that is sent only once.
    pub fn reconnect(&self) {
        self.handle.0.inbox.send(Message::Reconnect);
    }

    /// Closes the source for good. Streams end once what they hold has been read.
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
