//! The event stream format: bytes in, events out.
//!
//! The parser implements [section 9.2.6 of the HTML standard][parse] incrementally. A [`Parser`] accepts a
//! body in any chunks and returns [`Frame`]s that borrow from the chunk where they can. It performs no I/O,
//! so it works natively as well as in the browser.
//!
//! ```
//! use everstream_core::parse::{Frame, Parser};
//!
//! let mut parser = Parser::new();
//! let mut prices = Vec::new();
//! for chunk in [&b"id: 7\nevent: price\nda"[..], b"ta: 42\n\n"] {
//!     let mut frames = parser.feed(chunk);
//!     while let Some(frame) = frames.next() {
//!         if let Frame::Event(event) = frame? {
//!             prices.push((event.event_type.to_owned(), event.data.to_owned()));
//!         }
//!     }
//! }
//! assert_eq!(prices, [("price".to_owned(), "42".to_owned())]);
//! assert_eq!(parser.last_event_id(), "7");
//! # Ok::<(), everstream_core::parse::EventTooLarge>(())
//! ```
//!
//! [parse]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod block;
mod field;
mod frame;
mod frames;
mod lent;
mod lines;
mod parser;
mod step;
mod utf8;

pub use frame::{Event, EventTooLarge, Frame, UnfinishedEvent};
pub use frames::Frames;
pub use parser::{DEFAULT_MAX_EVENT_SIZE, Parser, RETAINED_CAPACITY};
pub(crate) use step::Step;
pub(crate) use utf8::replaced;
