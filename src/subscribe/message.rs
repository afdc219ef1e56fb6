//! An event that its receiver owns.

use everstream_core::parse::Event;

/// An event with its type and position, after the standard's [`MessageEvent`].
///
/// [`MessageEvent`]: https://html.spec.whatwg.org/multipage/comms.html#messageevent
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEvent<T = String> {
    /// The event's type; `message` if the server named none.
    pub event_type: String,
    /// The data: text as received, or what it was decoded to.
    pub data: T,
    /// The last event ID after this event.
    pub last_event_id: String,
}

impl<T> MessageEvent<T> {
    pub(crate) fn new(event: &Event<'_>, data: T) -> Self {
        Self {
            event_type: event.event_type.to_owned(),
            data,
            last_event_id: event.last_event_id.to_owned(),
        }
    }
}
