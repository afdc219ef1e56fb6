//! The buffers of the event under construction that outlive a chunk.

use super::parser::RETAINED_CAPACITY;

/// The owned side of a block: filled only where a block spans chunks or has several data lines.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Decoded once, when it is complete: until then it may end within a character.
    pub(super) data: Vec<u8>,
    pub(super) has_data: bool,
    pub(super) event_type: String,
    /// The `id` of this block, which becomes the last event ID when the block closes.
    pub(super) id: String,
    pub(super) has_id: bool,
    /// The length of what is kept of this block's lines, for the size limit.
    pub(super) size: usize,
    /// The limit was exceeded: the rest of the block is read for its `id` alone.
    pub(super) oversized: bool,
}

impl Block {
    /// Appends a data line, or the beginning of one; the standard's line feed goes before every line
    /// but the first.
    #[inline]
    pub(super) fn push_data(&mut self, value: &[u8]) {
        if self.has_data {
            self.data.push(b'\n');
        }
        self.has_data = true;
        self.data.extend_from_slice(value);
    }

    pub(super) fn set_event_type(&mut self, value: &str) {
        self.event_type.clear();
        self.event_type.push_str(value);
    }

    pub(super) fn set_id(&mut self, value: &str) {
        self.id.clear();
        self.id.push_str(value);
        self.has_id = true;
    }

    pub(super) fn capacity(&self) -> usize {
        self.data.capacity() + self.event_type.capacity() + self.id.capacity()
    }

    /// Drops the data, keeps the `id`: the position moves past what was too large to receive.
    pub(super) fn give_up(&mut self) {
        self.has_data = false;
        empty(&mut self.data);
        self.size = 0;
        self.oversized = true;
    }

    /// Ready for the next block.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.size = 0;
        self.oversized = false;
        // Of a block within a chunk there is nothing here.
        if self.has_data {
            self.has_data = false;
            empty(&mut self.data);
        }
        if !self.event_type.is_empty() {
            empty_text(&mut self.event_type);
        }
        if self.has_id {
            self.has_id = false;
            empty_text(&mut self.id);
        }
    }
}

/// Appends what a line goes on with, of which there is never more than `limit`.
#[inline]
pub(super) fn append(buffer: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    if bytes.len() > buffer.capacity() - buffer.len() {
        grow(buffer, bytes.len(), limit);
    }
    buffer.extend_from_slice(bytes);
}

/// Twofold, so that the work is linear, but not past the limit: what is beyond would be reserved for
/// nothing.
#[cold]
#[inline(never)]
fn grow(buffer: &mut Vec<u8>, more: usize, limit: usize) {
    let needed = buffer.len() + more;
    // A small buffer is soon outgrown.
    let capacity = needed.max(limit.min((2 * buffer.capacity()).max(256)));
    buffer.reserve_exact(capacity - buffer.len());
}

/// Empties a buffer and gives back what it has grown past the retained capacity.
#[inline]
pub(super) fn empty(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > RETAINED_CAPACITY {
        buffer.shrink_to(RETAINED_CAPACITY);
    }
}

pub(super) fn empty_text(buffer: &mut String) {
    buffer.clear();
    if buffer.capacity() > RETAINED_CAPACITY {
        buffer.shrink_to(RETAINED_CAPACITY);
    }
}
