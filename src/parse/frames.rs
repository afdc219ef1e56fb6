//! The walk through one chunk.

use memchr::{memchr, memchr2};

use super::block::release;
use super::field::Field;
use super::parser::{Parser, RETAINED_CAPACITY};
use super::utf8::Piece;
use super::{Event, EventTooLarge, Frame};

/// What a chunk completes, one by one: an iterator that lends its items, since they may borrow
/// from the parser's buffers.
///
/// Call [`next`](Self::next) until it returns `None`.
#[derive(Debug)]
#[must_use = "frames that are not read are discarded"]
pub struct Frames<'p, 'c> {
    parser: &'p mut Parser,
    /// Not yet decoded.
    bytes: &'c [u8],
    /// Decoded, not yet parsed.
    text: &'c str,
    /// There is no CR in `text`, so that the search for line ends is a search for one byte.
    lf_only: bool,
    /// The block's only data line, where it lies in this chunk.
    data: Option<&'c str>,
    /// The block's event type, where it lies in this chunk.
    event_type: Option<&'c str>,
    /// The frame handed out last is the block.
    block_is_lent: bool,
    /// The frame handed out last is the carried line.
    line_is_lent: bool,
}

/// What a line led to; the frame is built from it once the loop has let go of the parser.
enum Step<'c> {
    Event,
    Comment(Option<&'c str>),
    Retry(core::time::Duration),
    TooLarge(Option<String>),
}

impl<'p, 'c> Frames<'p, 'c> {
    pub(super) fn new(parser: &'p mut Parser, chunk: &'c [u8]) -> Self {
        Self {
            parser,
            bytes: chunk,
            text: "",
            lf_only: true,
            data: None,
            event_type: None,
            block_is_lent: false,
            line_is_lent: false,
        }
    }

    /// The next frame, or `None` when the chunk is used up.
    ///
    /// # Errors
    ///
    /// [`EventTooLarge`] where an event exceeds the limit: it is skipped, and the frames behind it
    /// follow.
    #[allow(clippy::should_implement_trait)] // It lends.
    pub fn next(&mut self) -> Option<Result<Frame<'_>, EventTooLarge>> {
        self.reclaim();
        let step = self.step()?;
        Some(Ok(match step {
            Step::Event => {
                self.block_is_lent = true;
                let block = &self.parser.block;
                let event_type = self.event_type.unwrap_or(&block.event_type);
                Frame::Event(Event {
                    event_type: if event_type.is_empty() {
                        "message"
                    } else {
                        event_type
                    },
                    data: self.data.or(block.data()).unwrap_or_default(),
                    last_event_id: &self.parser.last_event_id,
                })
            }
            Step::Comment(Some(text)) => Frame::Comment(text),
            Step::Comment(None) => {
                self.line_is_lent = true;
                match Field::of(&self.parser.line) {
                    Field::Comment(text) => Frame::Comment(text),
                    _ => Frame::Comment(""),
                }
            }
            Step::Retry(time) => Frame::Retry(time),
            Step::TooLarge(event_type) => {
                return Some(Err(EventTooLarge {
                    limit: self.parser.max_event_size,
                    event_type,
                }));
            }
        }))
    }
}

impl Drop for Frames<'_, '_> {
    /// Reads to the end, so that the parser stands between two chunks again.
    fn drop(&mut self) {
        while self.next().is_some() {}
    }
}

impl<'c> Frames<'_, 'c> {
    /// Takes back the buffers that the last frame borrowed.
    fn reclaim(&mut self) {
        if core::mem::take(&mut self.block_is_lent) {
            self.reset_block();
        }
        if core::mem::take(&mut self.line_is_lent) {
            self.clear_line();
        }
    }

    /// Goes through the lines until one completes something.
    fn step(&mut self) -> Option<Step<'c>> {
        loop {
            if self.text.is_empty() {
                match self.parser.utf8.next(&mut self.bytes) {
                    Some(Piece::Text(text)) => self.begin(text),
                    Some(Piece::Char(char)) => {
                        if let Some(step) = self.split_char(char) {
                            return Some(step);
                        }
                    }
                    None => {
                        self.spill();
                        return None;
                    }
                }
                continue;
            }
            let step = match self.line_end() {
                Some(end) => {
                    let line = self.take_line(end);
                    self.line(line)
                }
                None => {
                    let rest = core::mem::take(&mut self.text);
                    self.carry(rest)
                }
            };
            if step.is_some() {
                return step;
            }
        }
    }

    /// Starts on a decoded stretch of the chunk.
    fn begin(&mut self, mut text: &'c str) {
        if core::mem::take(&mut self.parser.at_start) {
            text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        }
        if core::mem::take(&mut self.parser.swallow_lf) {
            text = text.strip_prefix('\n').unwrap_or(text);
        }
        self.lf_only = memchr(b'\r', text.as_bytes()).is_none();
        self.text = text;
    }

    /// A character on its own: it lay across chunks or replaces an ill-formed sequence.
    fn split_char(&mut self, char: char) -> Option<Step<'c>> {
        self.parser.swallow_lf = false;
        if core::mem::take(&mut self.parser.at_start) && char == '\u{FEFF}' {
            return None;
        }
        self.carry(char.encode_utf8(&mut [0; 4]))
    }

    fn line_end(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        match bytes.first() {
            Some(b'\n' | b'\r') => Some(0),
            _ if self.lf_only => memchr(b'\n', bytes),
            _ => memchr2(b'\n', b'\r', bytes),
        }
    }

    /// Takes a line and its end: LF, CR, or CR LF, whose LF may only come with the next chunk.
    fn take_line(&mut self, end: usize) -> &'c str {
        let line = &self.text[..end];
        let ended_by_cr = self.text.as_bytes()[end] == b'\r';
        self.text = &self.text[end + 1..];
        if ended_by_cr {
            match self.text.strip_prefix('\n') {
                Some(text) => self.text = text,
                None => self.parser.swallow_lf = self.text.is_empty(),
            }
        }
        line
    }

    /// Keeps the beginning of a line for the next chunk, within the limit.
    fn carry(&mut self, text: &str) -> Option<Step<'c>> {
        if self.parser.discard_line {
            return None;
        }
        if self.exceeds_limit(self.parser.line.len() + text.len()) {
            self.parser.discard_line = true;
            self.clear_line();
            return self.too_large();
        }
        self.parser.line.push_str(text);
        None
    }

    fn line(&mut self, line: &'c str) -> Option<Step<'c>> {
        if core::mem::take(&mut self.parser.discard_line) {
            return None;
        }
        if self.parser.line.is_empty() {
            if line.is_empty() {
                return self.close_block();
            }
            return self.borrowed_line(line);
        }
        if self.exceeds_limit(self.parser.line.len() + line.len()) {
            self.clear_line();
            return self.too_large();
        }
        self.parser.line.push_str(line);
        self.carried_line()
    }

    /// A line that lies in this chunk.
    fn borrowed_line(&mut self, line: &'c str) -> Option<Step<'c>> {
        if self.exceeds_limit(line.len()) {
            return self.too_large();
        }
        let block = &mut self.parser.block;
        match Field::of(line) {
            Field::Comment(text) => return Some(Step::Comment(Some(text))),
            Field::Retry(time) => return Some(Step::Retry(time)),
            Field::Ignored => return None,
            Field::Id(id) => block.set_id(id),
            _ if block.oversized => return None,
            Field::Event(event_type) => self.event_type = Some(event_type),
            Field::Data(value) => {
                if block.data().is_none() && self.data.is_none() {
                    self.data = Some(value);
                } else {
                    if let Some(first) = self.data.take() {
                        block.push_data(first);
                    }
                    block.push_data(value);
                }
            }
        }
        block.size += line.len();
        None
    }

    /// A line that began in an earlier chunk and now stands whole in the parser.
    fn carried_line(&mut self) -> Option<Step<'c>> {
        let Parser { line, block, .. } = &mut *self.parser;
        let length = line.len();
        match Field::of(line) {
            Field::Comment(_) => return Some(Step::Comment(None)),
            Field::Retry(time) => {
                self.clear_line();
                return Some(Step::Retry(time));
            }
            Field::Id(id) => {
                block.set_id(id);
                block.size += length;
            }
            Field::Event(event_type) if !block.oversized => {
                block.set_event_type(event_type);
                self.event_type = None;
                block.size += length;
            }
            Field::Data(value) if !block.oversized => {
                if let Some(first) = self.data.take() {
                    block.push_data(first);
                }
                if block.data().is_some() {
                    block.push_data(value);
                } else {
                    let start = length - value.len();
                    block.adopt_data(line, start);
                }
                block.size += length;
            }
            _ => {}
        }
        self.clear_line();
        None
    }

    /// A blank line: the id is taken over, the event dispatched if there is data.
    fn close_block(&mut self) -> Option<Step<'c>> {
        self.parser.commit_id();
        if self.data.is_some() || self.parser.block.data().is_some() {
            return Some(Step::Event);
        }
        self.reset_block();
        None
    }

    fn exceeds_limit(&self, line: usize) -> bool {
        self.parser.block.size + line > self.parser.max_event_size
    }

    /// Gives the block up; it is reported once.
    fn too_large(&mut self) -> Option<Step<'c>> {
        let block = &mut self.parser.block;
        if block.oversized {
            return None;
        }
        let known = self.event_type.take().unwrap_or(&block.event_type);
        let event_type = (!known.is_empty()).then(|| known.to_owned());
        self.data = None;
        block.give_up();
        Some(Step::TooLarge(event_type))
    }

    fn reset_block(&mut self) {
        self.data = None;
        self.event_type = None;
        self.parser.block.clear(RETAINED_CAPACITY);
    }

    fn clear_line(&mut self) {
        self.parser.line.clear();
        release(&mut self.parser.line, RETAINED_CAPACITY);
    }

    /// The chunk ends: what still borrows from it moves into the parser.
    fn spill(&mut self) {
        let block = &mut self.parser.block;
        if let Some(event_type) = self.event_type.take() {
            block.set_event_type(event_type);
        }
        if let Some(data) = self.data.take() {
            block.push_data(data);
        }
    }
}
