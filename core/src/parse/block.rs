//! The buffers of the unfinished event, which outlive a chunk.

use super::parser::RETAINED_CAPACITY;

/// The owned part of a block, filled only if the block spans chunks or has several data lines.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The data, decoded only once complete: until then it may end within a character.
    pub(super) data: Vec<u8>,
    pub(super) has_data: bool,
    pub(super) event_type: String,
    /// The block's `id`, which becomes the last event ID when the block closes.
    pub(super) id: String,
    pub(super) has_id: bool,
    /// The length of what is kept of the block's lines, for the size limit.
    pub(super) size: usize,
    /// Whether the limit was exceeded: the rest of the block is then read for its `id` alone.
    pub(super) oversized: bool,
}

impl Block {
    /// Appends a data line, or the beginning of one. As the standard requires, a line feed goes before every
    /// line but the first.
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

    /// Drops the data but keeps the `id`: the last event ID moves past the event that was too large.
    pub(super) fn give_up(&mut self) {
        self.has_data = false;
        empty(&mut self.data);
        self.size = 0;
        self.oversized = true;
    }

    /// Resets the block for the next event.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.size = 0;
        self.oversized = false;
        // A block that lay within one chunk has left nothing here.
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

/// Appends the next part of a line, which never grows beyond `limit`.
#[inline]
pub(super) fn append(buffer: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    if bytes.len() > buffer.capacity() - buffer.len() {
        grow(buffer, bytes.len(), limit);
    }
    buffer.extend_from_slice(bytes);
}

/// Doubles the capacity, so that the work stays linear, but not past the limit: memory beyond it could never
/// be used.
#[cold]
#[inline(never)]
fn grow(buffer: &mut Vec<u8>, more: usize, limit: usize) {
    let needed = buffer.len() + more;
    // The minimum of 256 spares a small buffer several early reallocations.
    let capacity = needed.max(limit.min((2 * buffer.capacity()).max(256)));
    buffer.reserve_exact(capacity - buffer.len());
}

/// Empties a buffer and frees its capacity beyond the retained one.
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
