//! The parser's output.

use core::time::Duration;

/// An item of an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A block with data, closed by a blank line.
    Event(Event<'a>),
    /// A line that starts with a colon, without the colon and the one space after it. The standard ignores
    /// comments; servers send them to keep the connection alive.
    Comment(&'a str),
    /// A valid `retry` field: the reconnection time the server asks for, in milliseconds on the wire. A value
    /// beyond 2⁶⁴ − 1 ms saturates.
    Retry(Duration),
}

/// An event as received, borrowed from the chunk or from the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event` field; `message` if the block has none or an empty one.
    pub event_type: &'a str,
    /// The `data` lines, joined by line feeds.
    pub data: &'a str,
    /// The last event ID after this event: its own `id`, or else the previous one.
    pub last_event_id: &'a str,
}

/// An event or a line exceeded the size limit and was skipped. Later events are unaffected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an event is larger than the limit of {limit} bytes and was skipped; raise `max_event_size` to receive it"
)]
#[non_exhaustive]
pub struct EventTooLarge {
    /// The limit in force, in bytes.
    pub limit: usize,
    /// The type of the skipped event, if it had been received by then.
    pub event_type: Option<String>,
}

/// The unfinished event at the end of a stream: no blank line closed it, so the standard discards it
/// ([section 9.2.6]). Some gateways cut the last blank line of a complete answer.
///
/// [section 9.2.6]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfinishedEvent {
    /// The `event` field; `message` if the block has none or an empty one.
    pub event_type: String,
    /// The received `data` lines, joined by line feeds.
    pub data: String,
    /// The block's `id`, if it has one. The last event ID does not change to it.
    pub id: Option<String>,
}
