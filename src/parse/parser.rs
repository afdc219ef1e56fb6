//! The parser's state between chunks.

use super::block::{Block, release};
use super::frames::Frames;
use super::utf8::Utf8Decoder;

/// The size limit unless another is set: 16 MiB.
pub const DEFAULT_MAX_EVENT_SIZE: usize = 16 * 1024 * 1024;

/// How much of each buffer a parser keeps after a large event, in bytes.
pub const RETAINED_CAPACITY: usize = 64 * 1024;

/// An incremental parser of `text/event-stream`.
///
/// The work is linear in the input however it is chunked. An event that lies within one chunk is
/// handed out without an allocation. What the last event ID was outlives the stream: after
/// [`restart`](Self::restart), an event without an `id` keeps the one from before.
#[derive(Debug)]
pub struct Parser {
    pub(super) utf8: Utf8Decoder,
    /// Nothing but a byte order mark may have been read: it is skipped.
    pub(super) at_start: bool,
    /// The line before ended with CR, so that a LF now belongs to it.
    pub(super) swallow_lf: bool,
    /// A line whose end has not arrived.
    pub(super) line: String,
    /// The line has exceeded the limit: what is left of it is passed over.
    pub(super) discard_line: bool,
    pub(super) block: Block,
    pub(super) last_event_id: String,
    pub(super) max_event_size: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser at the start of a stream, without a last event ID, limited to
    /// [`DEFAULT_MAX_EVENT_SIZE`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            utf8: Utf8Decoder::default(),
            at_start: true,
            swallow_lf: false,
            line: String::new(),
            discard_line: false,
            block: Block::default(),
            last_event_id: String::new(),
            max_event_size: DEFAULT_MAX_EVENT_SIZE,
        }
    }

    /// Limits the size of an event, in bytes of the lines that make it up. A larger one is skipped
    /// with [`EventTooLarge`](super::EventTooLarge), whatever its chunks; the limit bounds what
    /// the parser holds.
    #[must_use]
    pub fn with_max_event_size(mut self, bytes: usize) -> Self {
        self.max_event_size = bytes;
        self
    }

    /// Seeds the last event ID, as after a reload of the page.
    #[must_use]
    pub fn with_last_event_id(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = id.into();
        self
    }

    /// The [last event ID string]: empty until a block with an `id` has been closed.
    ///
    /// [last event ID string]: https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Moves the position, as when events of this source arrived by another way.
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        if self.last_event_id != id {
            self.last_event_id.clear();
            self.last_event_id.push_str(id);
        }
    }

    /// Takes a chunk and returns what it completes. Read the frames to the end: dropping them
    /// earlier discards the rest of the chunk, as `Vec::drain` does.
    pub fn feed<'p, 'c>(&'p mut self, chunk: &'c [u8]) -> Frames<'p, 'c> {
        Frames::new(self, chunk)
    }

    /// Begins a new stream, after a reconnect: the unfinished event is discarded, as the standard
    /// demands, and the last event ID kept.
    pub fn restart(&mut self) {
        self.utf8 = Utf8Decoder::default();
        self.at_start = true;
        self.swallow_lf = false;
        self.discard_line = false;
        self.line.clear();
        release(&mut self.line, RETAINED_CAPACITY);
        self.block.clear(RETAINED_CAPACITY);
    }

    /// The memory held in buffers, in bytes.
    #[must_use]
    pub fn buffered_capacity(&self) -> usize {
        self.line.capacity() + self.block.capacity() + self.last_event_id.capacity()
    }

    /// Closes a block: its `id` becomes the last event ID.
    pub(super) fn commit_id(&mut self) {
        if self.block.has_id {
            core::mem::swap(&mut self.last_event_id, &mut self.block.id);
            self.block.has_id = false;
        }
    }
}
