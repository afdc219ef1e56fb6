//! How a stream ends without an error, and what follows.

use core::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::parse::{Event, UnfinishedEvent};

/// The reaction to a clean end of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnEnd {
    /// The source reconnects, as the HTML standard requires for `GET` ([section 9.2.3]), or continues the
    /// answer if it was told how.
    ///
    /// [section 9.2.3]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
    #[default]
    Reconnect,
    /// The source closes without an error: the answer is complete.
    Close,
}

/// The end of an answer: the source has closed because the server was done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// How the server signalled the end.
    pub reason: EndReason,
    /// The unfinished event at the end of the stream. It was not delivered.
    pub unfinished: Option<Arc<UnfinishedEvent>>,
}

/// How a server signals that it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The body ended cleanly.
    Body,
    /// The server answered with status 204, with which the standard lets a server stop a client.
    NoContent,
    /// An event arrived at which the source was told to end.
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

/// The event at which a source ends its stream.
#[derive(Clone)]
pub enum Until {
    /// The event whose data equals this text, such as `[DONE]`. It is not delivered.
    Text(String),
    /// The event that the function picks.
    Event(Rc<dyn Fn(&Event<'_>) -> UntilEvent>),
}

/// The result of the function in [`Until::Event`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UntilEvent {
    /// The stream continues.
    #[default]
    GoOn,
    /// The stream ends before this event, which is a mark and is not delivered.
    EndBefore,
    /// The stream ends after this event, the last that is delivered.
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
