//! Server-Sent Events as the library formats them, and a feed with many readers on top.

mod feed;
mod replay;

pub use everstream_server::sse::{
    Event, LastEventId, LineError, OneLine, comment, event_stream, reconnection_time,
};
pub use feed::{Cursor, Delivery, Feed, Start};
pub use replay::{Next, ReplayLog};
