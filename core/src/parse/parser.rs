//! The parser's state between chunks.

use super::block::{Block, empty};
use super::field::Field;
use super::frame::UnfinishedEvent;
use super::frames::Frames;
use super::utf8::decoded;

/// The default size limit of an event, in bytes: 16 MiB.
pub const DEFAULT_MAX_EVENT_SIZE: usize = 16 * 1024 * 1024;

/// The capacity that each buffer keeps after a large event, in bytes: 64 KiB.
pub const RETAINED_CAPACITY: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An incremental parser of `text/event-stream`.
///
/// The work is linear in the input, however it is chunked. An event that lies within one chunk is returned
/// without an allocation. The last event ID outlives the stream: after [`restart`](Self::restart), an event
/// without an `id` keeps the previous one.
#[derive(Debug)]
pub struct Parser {
    /// Whether the stream is at its start, where a byte order mark is skipped.
    pub(super) at_start: bool,
    /// Whether the previous line ended with CR, so that an LF now belongs to it.
    pub(super) swallow_lf: bool,
    /// How to treat the line whose end has not arrived.
    pub(super) unfinished: Unfinished,
    /// The unfinished line, not yet decoded: a chunk may end within a character.
    pub(super) line: Vec<u8>,
    /// The text of the last frame, if it was ill-formed and had to be replaced.
    pub(super) replaced: String,
    pub(super) block: Block,
    pub(super) last_event_id: String,
    pub(super) max_event_size: usize,
}

/// How to treat a line that began in an earlier chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// No line is unfinished: the chunk ended with a line end.
    #[default]
    Nothing,
    /// The line is kept until it is complete.
    Line,
    /// The line is a data line: its value goes to the block as it arrives.
    Data,
    /// The line exceeds the limit and is skipped.
    Discarded,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// Creates a parser at the start of a stream, without a last event ID, limited to
    /// [`DEFAULT_MAX_EVENT_SIZE`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            at_start: true,
            swallow_lf: false,
            line: Vec::new(),
            unfinished: Unfinished::Nothing,
            replaced: String::new(),
            block: Block::default(),
            last_event_id: String::new(),
            max_event_size: DEFAULT_MAX_EVENT_SIZE,
        }
    }

    /// Limits the size of an event, in bytes of its `data`, `event` and `id` lines as received. A larger
    /// event is skipped with [`EventTooLarge`](super::EventTooLarge), however it is chunked. Other lines
    /// don't count; one that exceeds the limit alone is skipped. The parser holds at most one event and one
    /// line of this size.
    #[must_use]
    pub fn with_max_event_size(mut self, bytes: usize) -> Self {
        self.max_event_size = bytes;
        self
    }

    /// Seeds the last event ID, for example after a reload of the page.
    #[must_use]
    pub fn with_last_event_id(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = id.into();
        self
    }

    /// Returns the [last event ID string]: empty until a block with an `id` has closed.
    ///
    /// [last event ID string]: https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Sets the last event ID, for events of this source that bypassed the parser.
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        if self.last_event_id != id {
            self.last_event_id.clear();
            self.last_event_id.push_str(id);
        }
    }

    /// Parses a chunk and returns the frames that it completes. Read the frames to the end: dropping them
    /// earlier discards the rest of the chunk, as `Vec::drain` does.
    #[inline]
    pub fn feed<'p, 'c>(&'p mut self, chunk: &'c [u8]) -> Frames<'p, 'c> {
        let bytes = self.begin(chunk);
        Frames::new(self, bytes)
    }

    /// Removes the bytes of a chunk that belong to a byte order mark or to the line end of the previous
    /// chunk.
    #[inline]
    fn begin<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        if self.at_start {
            return self.skip_byte_order_mark(chunk);
        }
        if self.swallow_lf && !chunk.is_empty() {
            self.swallow_lf = false;
            return chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        chunk
    }

    /// Skips the byte order mark, which may be spread over several chunks.
    #[cold]
    fn skip_byte_order_mark<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        if chunk.is_empty() {
            return chunk;
        }
        let awaited = &BYTE_ORDER_MARK[self.line.len()..];
        if let Some(rest) = chunk.strip_prefix(awaited) {
            self.line.clear();
            self.unfinished = Unfinished::Nothing;
            self.at_start = false;
            return rest;
        }
        if awaited.starts_with(chunk) {
            self.line.extend_from_slice(chunk);
            self.unfinished = Unfinished::Line;
            return &[];
        }
        self.at_start = false;
        chunk
    }

    /// Takes the unfinished event at the end of the stream, if it has data. The standard discards it, since
    /// no blank line closed it. A line that has not ended counts as ended.
    ///
    /// The last event ID does not change. [`restart`](Self::restart) discards the event as well.
    pub fn take_unfinished(&mut self) -> Option<UnfinishedEvent> {
        let line = core::mem::take(&mut self.line);
        if core::mem::take(&mut self.unfinished) == Unfinished::Line && !line.is_empty() {
            let (field, start) = Field::of(&line);
            let value = &line[start..];
            match field {
                Field::Data => self.block.push_data(value),
                Field::Event => self.block.set_event_type(&decoded(value)),
                Field::Id => self.block.set_id(&decoded(value)),
                _ => {}
            }
        }
        let block = &mut self.block;
        let unfinished = (block.has_data && !block.oversized).then(|| UnfinishedEvent {
            event_type: match &*block.event_type {
                "" => "message".to_owned(),
                event_type => event_type.to_owned(),
            },
            data: decoded(&block.data).into_owned(),
            id: block.has_id.then(|| block.id.clone()),
        });
        block.clear();
        unfinished
    }

    /// Begins a new stream after a reconnect. The unfinished event is discarded, as the standard requires,
    /// and the last event ID is kept.
    pub fn restart(&mut self) {
        self.at_start = true;
        self.swallow_lf = false;
        self.unfinished = Unfinished::Nothing;
        empty(&mut self.line);
        self.block.give_up();
        self.block.clear();
    }

    /// Returns whether the bytes so far end within an event: a block that no blank line has closed.
    #[cfg(feature = "diagnose")]
    pub(crate) fn is_within_block(&self) -> bool {
        let block = &self.block;
        self.unfinished != Unfinished::Nothing
            || block.has_data
            || block.has_id
            || !block.event_type.is_empty()
    }

    /// Returns whether the bytes so far end behind a complete line of a block that has data.
    #[cfg(feature = "diagnose")]
    pub(crate) fn is_behind_data(&self) -> bool {
        self.unfinished == Unfinished::Nothing && self.block.has_data
    }

    /// Returns the memory held in buffers, in bytes.
    #[must_use]
    pub fn buffered_capacity(&self) -> usize {
        self.line.capacity()
            + self.replaced.capacity()
            + self.block.capacity()
            + self.last_event_id.capacity()
    }
}
