//! Server-Sent Events, seen from the server: the [event stream format][format] and the reader's last
//! event ID.
//!
//! [format]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

mod event;
mod last_event_id;
mod response;

pub(crate) use event::frame;
pub use event::{Event, LineError, OneLine, comment, reconnection_time};
pub use last_event_id::LastEventId;
pub use response::event_stream;
