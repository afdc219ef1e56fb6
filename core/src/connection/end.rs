//! How a stream ends well, and what follows.

use core::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::parse::{Event, UnfinishedEvent};

/// What follows when the server ends the stream cleanly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnEnd {
    /// The source connects again, as the HTML standard has it for `GET` ([section 9.2.3]), or continues
    /// the answer where it was told how.
    ///
    /// [section 9.2.3]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
    #[default]
    Reconnect,
    /// The source closes without an error: the answer is complete.
    Close,
}

/// The end of an answer: the source has closed since the server was done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// How the server said so.
    pub reason: EndReason,
    /// The event in the middle of which the stream ended. It was not delivered.
    pub unfinished: Option<Arc<UnfinishedEvent>>,
}

/// How a server says that it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The body ended cleanly.
    Body,
    /// Status 204, by which the standard has a server stop a client.
    NoContent,
    /// An event that the source was told to end at.
    Until,
}

impl End {
    pub(crate) const fn new(reason: EndReason) -> Self {
        Self {
            reason,
            unfinished: None,
        }
    }
}

/// At which event a source ends its stream.
#[derive(Clone)]
pub enum Until {
    /// One whose data is this text, such as `[DONE]`. It is not delivered.
    Text(String),
    /// One of which the function says so.
    Event(Rc<dyn Fn(&Event<'_>) -> UntilEvent>),
}

/// What a function says of an event; see [`Until::Event`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UntilEvent {
    /// The stream goes on.
    #[default]
    GoOn,
    /// The stream ends at this event, which is a mark and is not delivered.
    EndBefore,
    /// The stream ends with this event, which is the last that is delivered.
    EndAfter,
}

impl Until {
    pub(super) fn judge(&self, event: &Event<'_>) -> UntilEvent {
        match self {
            Self::Text(text) if event.data == text => UntilEvent::EndBefore,
            Self::Text(_) => UntilEvent::GoOn,
            Self::Event(judge) => judge(event),
        }
    }
}

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Event(_) => f.debug_tuple("Event").finish_non_exhaustive(),
        }
    }
}
