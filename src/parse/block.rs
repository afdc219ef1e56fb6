//! The buffers of the event under construction that outlive a chunk.

/// The owned side of a block: filled only where a block spans chunks or has several data lines.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Holds the data from `data_start` on, if `has_data`.
    data: String,
    /// What stands before the data: a whole line is taken over with its field name rather than
    /// copied.
    data_start: usize,
    has_data: bool,
    pub(super) event_type: String,
    /// The `id` of this block, which becomes the last event ID when the block closes.
    pub(super) id: String,
    pub(super) has_id: bool,
    /// The length of the lines of this block that are kept, for the size limit.
    pub(super) size: usize,
    /// The limit was exceeded: the rest of the block is read for its `id` alone.
    pub(super) oversized: bool,
}

impl Block {
    pub(super) fn data(&self) -> Option<&str> {
        self.has_data.then(|| &self.data[self.data_start..])
    }

    /// Appends a data line; the standard's line feed goes before every line but the first.
    pub(super) fn push_data(&mut self, value: &str) {
        if self.has_data {
            self.data.push('\n');
        }
        self.has_data = true;
        self.data.push_str(value);
    }

    /// Makes `line` the data, from `start` on, and leaves an empty buffer in its place. Only valid
    /// as the first data line.
    pub(super) fn adopt_data(&mut self, line: &mut String, start: usize) {
        debug_assert!(!self.has_data);
        core::mem::swap(&mut self.data, line);
        line.clear();
        self.data_start = start;
        self.has_data = true;
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

    /// Drops the event, keeps its `id`: the position moves past what was too large to receive.
    pub(super) fn give_up(&mut self) {
        self.data.clear();
        self.data_start = 0;
        self.has_data = false;
        self.event_type.clear();
        self.size = 0;
        self.oversized = true;
    }

    /// Ready for the next block; no buffer stays larger than `retained`.
    pub(super) fn clear(&mut self, retained: usize) {
        self.give_up();
        self.oversized = false;
        self.has_id = false;
        for buffer in [&mut self.data, &mut self.event_type, &mut self.id] {
            release(buffer, retained);
        }
    }
}

/// Empties a buffer that has grown past `retained` bytes and returns the excess.
pub(super) fn release(buffer: &mut String, retained: usize) {
    if buffer.capacity() > retained {
        buffer.clear();
        buffer.shrink_to(retained);
    }
}
