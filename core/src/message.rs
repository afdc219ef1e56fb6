//! An event that owns its data.

use serde::de::DeserializeOwned;

use crate::decode::DecodeError;
use crate::error::Error;
use crate::parse::Event;

/// An event with its type and last event ID, modelled on the standard's [`MessageEvent`].
///
/// [`MessageEvent`]: https://html.spec.whatwg.org/multipage/comms.html#messageevent
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEvent<T = String> {
    /// The event's type; `message` if the server named none.
    pub event_type: String,
    /// The data: text as received, or the decoded value.
    pub data: T,
    /// The last event ID after this event.
    pub last_event_id: String,
}

impl<T> MessageEvent<T> {
    /// Creates an event without a last event ID, for tests of your own code.
    ///
    /// ```
    /// use everstream_core::MessageEvent;
    ///
    /// let event = MessageEvent::new("price", 1.5).with_last_event_id("7");
    /// assert_eq!((event.data, &*event.last_event_id), (1.5, "7"));
    /// ```
    #[must_use]
    pub fn new(event_type: impl Into<String>, data: T) -> Self {
        Self {
            event_type: event_type.into(),
            data,
            last_event_id: String::new(),
        }
    }

    /// Sets the last event ID.
    #[must_use]
    pub fn with_last_event_id(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = id.into();
        self
    }

    /// Creates an owned event from a parsed event and its decoded data.
    #[must_use]
    pub fn of(event: &Event<'_>, data: T) -> Self {
        Self {
            event_type: event.event_type.to_owned(),
            data,
            last_event_id: event.last_event_id.to_owned(),
        }
    }
}

impl MessageEvent {
    /// Deserialises the data from JSON.
    ///
    /// ```
    /// use everstream_core::MessageEvent;
    ///
    /// # fn main() -> Result<(), everstream_core::Error> {
    /// #[derive(serde::Deserialize)]
    /// #[serde(tag = "type", rename_all = "snake_case")]
    /// enum Chunk {
    ///     TextDelta { text: String },
    ///     Stop,
    /// }
    ///
    /// let event = MessageEvent::new("message", r#"{"type":"text_delta","text":"Hi"}"#.to_owned());
    /// assert!(matches!(event.json()?, Chunk::TextDelta { text } if text == "Hi"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with the whole event as received.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.data)
            .map_err(|error| Error::Decode(DecodeError::json(&self.as_event(), error).into()))
    }

    /// Returns the event as the parser would lend it.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            event_type: &self.event_type,
            data: &self.data,
            last_event_id: &self.last_event_id,
        }
    }
}
