//! The iteration over one chunk.

use super::block::{append, empty, empty_text};
use super::field::{Field, Share};
use super::lines::{CR, first_line_end};
use super::parser::{Parser, Unfinished};
use super::step::{State, Step};
use super::utf8::{borrowed_or, decoded};
use super::{EventTooLarge, Frame};

/// The frames that a chunk completes: an iterator that lends its items, since they may borrow from the
/// parser's buffers.
///
/// Call [`next`](Self::next) until it returns `None`.
#[derive(Debug)]
#[must_use = "frames that are not read are discarded"]
pub struct Frames<'p, 'c> {
    pub(super) parser: &'p mut Parser,
    /// The rest of the chunk, not parsed yet.
    pub(super) bytes: &'c [u8],
    /// Whether the chunk's first line began in an earlier chunk.
    pub(super) carried: bool,
    /// The block's only data line, if it lies in this chunk.
    pub(super) data: Option<&'c [u8]>,
    /// The block's event type, if it lies in this chunk.
    pub(super) event_type: Option<&'c str>,
    /// The block's `id`, if it lies in this chunk.
    pub(super) id: Option<&'c str>,
    /// The last event ID, if it lies in this chunk.
    pub(super) last_event_id: Option<&'c str>,
    /// Whether any of the four fields above has been set.
    pub(super) borrows: bool,
    pub(super) state: State,
}

/// Which part of the input exceeds the size limit: the event that the line belongs to, or a line that belongs
/// to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Nothing,
    Event,
    Line,
}

impl<'p, 'c> Frames<'p, 'c> {
    /// `bytes` is the chunk without the bytes that [`Parser::begin`] removes.
    #[inline]
    pub(super) fn new(parser: &'p mut Parser, bytes: &'c [u8]) -> Self {
        Self {
            carried: parser.unfinished != Unfinished::Nothing,
            parser,
            bytes,
            data: None,
            event_type: None,
            id: None,
            last_event_id: None,
            borrows: false,
            state: State::Reading,
        }
    }

    /// Returns the next frame, or `None` once the chunk is used up.
    ///
    /// # Errors
    ///
    /// [`EventTooLarge`] if an event exceeds the limit: it is skipped, and the later frames follow.
    #[allow(clippy::should_implement_trait)] // `Iterator` can't lend.
    #[inline]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, EventTooLarge>> {
        let step = self.advance()?;
        Some(Ok(match step {
            Step::Event => Frame::Event(self.event()),
            Step::Comment(_) | Step::CarriedComment => Frame::Comment(self.comment(step)),
            Step::Retry(time) => Frame::Retry(time),
            Step::TooLarge | Step::LineTooLarge => return Some(Err(self.too_large_error(step))),
        }))
    }

    /// Takes back what was lent and advances to the next frame, without building it yet.
    ///
    /// [`event`](Self::event), [`comment`](Self::comment) and
    /// [`too_large_error`](Self::too_large_error) build it; an event can be built more than once.
    #[inline]
    pub(crate) fn advance(&mut self) -> Option<Step<'c>> {
        match self.state {
            State::Reading => {}
            State::Finished => return None,
            State::LineLent | State::BlockLent => self.reclaim(),
        }
        self.step()
    }
}

impl Drop for Frames<'_, '_> {
    /// Reads to the end of the chunk, so that the parser's state is between two chunks again.
    #[inline]
    fn drop(&mut self) {
        while self.state != State::Finished {
            let _ = self.next();
        }
    }
}

impl<'c> Frames<'_, 'c> {
    /// Reads lines until one completes a frame.
    fn step(&mut self) -> Option<Step<'c>> {
        while let Some(end) = first_line_end(self.bytes) {
            let line = &self.bytes[..end];
            let rest = &self.bytes[end + 1..];
            self.bytes = if self.bytes[end] == CR {
                self.after_cr(rest)
            } else {
                rest
            };
            let step = if core::mem::take(&mut self.carried) {
                self.end_line(line)
            } else if line.is_empty() {
                self.close_block()
            } else {
                self.line(line)
            };
            if step.is_some() {
                return step;
            }
        }
        if !self.bytes.is_empty() {
            let tail = core::mem::take(&mut self.bytes);
            if let step @ Some(_) = self.carry(tail) {
                return step;
            }
        }
        self.finish();
        None
    }

    /// Skips the LF of a CR LF, which may arrive only with the next chunk.
    fn after_cr(&mut self, rest: &'c [u8]) -> &'c [u8] {
        self.parser.swallow_lf = rest.is_empty();
        rest.strip_prefix(b"\n").unwrap_or(rest)
    }

    /// Processes a line that lies within this chunk.
    #[inline]
    fn line(&mut self, line: &'c [u8]) -> Option<Step<'c>> {
        if self.exceeds_limit(line.len()) {
            match self.over_limit(Share::of(line, true), line.len()) {
                Over::Event => return self.too_large(),
                Over::Line => return Some(Step::LineTooLarge),
                Over::Nothing => {}
            }
        }
        let (field, start) = Field::of(line);
        self.borrows = true;
        let block = &mut self.parser.block;
        let value = &line[start..];
        match field {
            Field::Data if !block.oversized => {
                if !block.has_data && self.data.is_none() {
                    self.data = Some(value);
                } else {
                    if let Some(first) = self.data.take() {
                        block.push_data(first);
                    }
                    block.push_data(value);
                }
            }
            Field::Event if !block.oversized => {
                self.event_type = borrowed_or(value, |replaced| block.set_event_type(replaced));
            }
            Field::Id => {
                self.id = borrowed_or(value, |replaced| block.set_id(replaced));
            }
            Field::Comment => return Some(Step::Comment(value)),
            Field::Retry(time) => return Some(Step::Retry(time)),
            _ => return None,
        }
        block.size += line.len();
        None
    }

    /// Completes the line that began in an earlier chunk.
    #[inline]
    fn end_line(&mut self, bytes: &[u8]) -> Option<Step<'c>> {
        let unfinished = core::mem::take(&mut self.parser.unfinished);
        if unfinished == Unfinished::Discarded {
            return None;
        }
        let length = self.parser.line.len() + bytes.len();
        if self.exceeds_limit(length) {
            let share = self.share_of(unfinished, bytes, true);
            let over = self.over_limit(share, length);
            if over != Over::Nothing {
                empty(&mut self.parser.line);
                return self.report(over);
            }
        }
        let Parser {
            line,
            block,
            max_event_size,
            ..
        } = &mut *self.parser;
        if unfinished == Unfinished::Data {
            append(&mut block.data, bytes, *max_event_size);
            block.size += bytes.len();
            return None;
        }
        append(line, bytes, *max_event_size);
        let (field, start) = Field::of(line);
        let value = &line[start..];
        match field {
            Field::Comment => return Some(Step::CarriedComment),
            Field::Retry(time) => {
                empty(line);
                return Some(Step::Retry(time));
            }
            Field::Data if !block.oversized => {
                block.push_data(value);
                block.size += line.len();
            }
            Field::Event if !block.oversized => {
                block.set_event_type(&decoded(value));
                block.size += line.len();
            }
            Field::Id => {
                block.set_id(&decoded(value));
                block.size += line.len();
            }
            _ => {}
        }
        empty(line);
        None
    }

    /// Closes the block at a blank line: applies its `id` and reports an event if the block has data.
    #[inline]
    fn close_block(&mut self) -> Option<Step<'c>> {
        let Parser {
            block,
            last_event_id,
            ..
        } = &mut *self.parser;
        if let Some(id) = self.id.take() {
            self.last_event_id = Some(id);
        } else if block.has_id {
            core::mem::swap(last_event_id, &mut block.id);
            self.last_event_id = None;
        }
        if self.data.is_some() || block.has_data {
            return Some(Step::Event);
        }
        self.event_type = None;
        block.clear();
        None
    }

    #[inline]
    fn exceeds_limit(&self, line: usize) -> bool {
        self.parser.block.size + line > self.parser.max_event_size
    }

    /// Judges a line that exceeds the limit together with its block. A line that belongs to no event is
    /// measured alone, and skipped if it is too long to be kept.
    #[cold]
    fn over_limit(&self, share: Share, length: usize) -> Over {
        match share {
            Share::Counts => Over::Event,
            Share::Free if length > self.parser.max_event_size => Over::Line,
            Share::Free | Share::Unknown => Over::Nothing,
        }
    }

    /// Judges the line that began in an earlier chunk and continues with `bytes`.
    #[cold]
    fn share_of(&self, unfinished: Unfinished, bytes: &[u8], is_complete: bool) -> Share {
        if unfinished == Unfinished::Data {
            return Share::Counts;
        }
        let mut begun = Vec::with_capacity(7);
        for part in [&self.parser.line, bytes] {
            let missing = 7 - begun.len();
            begun.extend_from_slice(&part[..part.len().min(missing)]);
        }
        Share::of(&begun, is_complete && begun.len() < 7)
    }

    /// Reports a carried line that exceeds the limit, alone or as a part of its event.
    #[cold]
    fn report(&mut self, over: Over) -> Option<Step<'c>> {
        match over {
            Over::Event => self.too_large(),
            Over::Line => Some(Step::LineTooLarge),
            Over::Nothing => None,
        }
    }

    /// Drops the block's data. Reports each oversized block only once.
    #[cold]
    fn too_large(&mut self) -> Option<Step<'c>> {
        let block = &mut self.parser.block;
        if block.oversized {
            return None;
        }
        self.data = None;
        block.give_up();
        Some(Step::TooLarge)
    }

    /// Keeps the part of a line that has arrived, within the limit.
    #[inline]
    fn carry(&mut self, bytes: &'c [u8]) -> Option<Step<'c>> {
        if self.parser.unfinished == Unfinished::Discarded {
            return None;
        }
        let length = self.parser.line.len() + bytes.len();
        if self.exceeds_limit(length) {
            let share = self.share_of(self.parser.unfinished, bytes, false);
            let over = self.over_limit(share, length);
            if over != Over::Nothing {
                self.parser.unfinished = Unfinished::Discarded;
                empty(&mut self.parser.line);
                return self.report(over);
            }
        }
        let Parser {
            line,
            block,
            unfinished,
            max_event_size,
            ..
        } = &mut *self.parser;
        if *unfinished == Unfinished::Data {
            append(&mut block.data, bytes, *max_event_size);
            block.size += bytes.len();
            return None;
        }
        // The name nearly always arrives in one piece; then the line itself need not be carried over.
        let begun = if line.is_empty() {
            bytes
        } else {
            append(line, bytes, *max_event_size);
            &line[..]
        };
        if let Some(start) = Field::data_begins(begun)
            && !block.oversized
        {
            if let Some(first) = self.data.take() {
                block.push_data(first);
            }
            block.push_data(&begun[start..]);
            block.size += begun.len();
            line.clear();
            *unfinished = Unfinished::Data;
            return None;
        }
        if line.is_empty() {
            append(line, bytes, *max_event_size);
        }
        *unfinished = Unfinished::Line;
        None
    }

    /// Ends the iteration and moves everything still borrowed from the chunk into the parser.
    #[inline]
    pub(super) fn finish(&mut self) {
        if self.borrows {
            self.spill();
        }
        if !self.parser.replaced.is_empty() {
            empty_text(&mut self.parser.replaced);
        }
        self.state = State::Finished;
    }

    /// Moves everything still borrowed from the chunk into the parser.
    fn spill(&mut self) {
        let block = &mut self.parser.block;
        if let Some(data) = self.data.take() {
            block.push_data(data);
        }
        if let Some(event_type) = self.event_type.take() {
            block.set_event_type(event_type);
        }
        if let Some(id) = self.id.take() {
            block.set_id(id);
        }
        if let Some(id) = self.last_event_id.take() {
            self.parser.set_last_event_id(id);
        }
    }
}
