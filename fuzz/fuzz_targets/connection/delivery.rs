//! The position and the events that the reference model expects.

use everstream_core::connection::Connection;

use crate::reference::interpret;

/// The events that the connection has received over all its attempts.
pub(crate) struct Delivery {
    position: String,
    events: u64,
    /// The bytes that the fetch stream in use has sent.
    body: Vec<u8>,
    /// The position and the number of events at the beginning of the stream.
    begun: (String, u64),
    /// Whether the native `EventSource` in use has an ID.
    browser_has_id: bool,
}

impl Delivery {
    pub(crate) fn new(position: &str) -> Self {
        Self {
            position: position.to_owned(),
            events: 0,
            body: Vec::new(),
            begun: (position.to_owned(), 0),
            browser_has_id: false,
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.body.extend_from_slice(bytes);
        let (position, events) = &self.begun;
        let outcome = interpret(&self.body, position);
        self.position = outcome.last_event_id;
        self.events = events + outcome.events.len() as u64;
    }

    /// Notes an event. The empty ID of an `EventSource` that has none yet says nothing about the position.
    pub(crate) fn event(&mut self, last_event_id: &str) {
        self.events += 1;
        self.browser_has_id |= !last_event_id.is_empty();
        if self.browser_has_id {
            last_event_id.clone_into(&mut self.position);
        }
    }

    /// Begins a new attempt and discards the unfinished event. Returns the position to resume from.
    pub(crate) fn begin_anew(&mut self) -> &str {
        self.body.clear();
        self.begun = (self.position.clone(), self.events);
        self.browser_has_id = false;
        &self.position
    }

    pub(crate) fn check(&self, connection: &Connection) {
        assert_eq!(connection.last_event_id(), self.position);
        assert_eq!(connection.stats().events, self.events);
    }
}
