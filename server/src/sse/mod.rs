//! Server-Sent Events, seen from the server: the [event stream format][format], a bounded log to
//! replay from, and what a reader says about its position.
//!
//! [format]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

mod event;
mod feed;
mod last_event_id;
mod replay;
mod response;

pub use event::{Event, LineError, OneLine, comment, reconnection_time};
pub use feed::{Cursor, Delivery, Feed, Start};
pub use last_event_id::LastEventId;
pub use replay::{Next, ReplayLog};
pub use response::event_stream;
