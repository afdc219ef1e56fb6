//! The frames that the iteration over a chunk lends, and how it takes them back.

use super::block::empty;
use super::field::Field;
use super::frames::Frames;
use super::parser::Parser;
use super::step::{State, Step};
use super::utf8::decoded_into;
use super::{Event, EventTooLarge};

impl Frames<'_, '_> {
    /// Skips the rest of the chunk: its events and IDs don't count.
    pub(crate) fn abandon(&mut self) {
        if matches!(self.state, State::LineLent | State::BlockLent) {
            self.reclaim();
        }
        self.bytes = &[];
        self.finish();
    }

    /// Ends the iteration after the last returned frame. Returns how many bytes of the chunk are left, which
    /// must be passed to the next call of [`Parser::feed`].
    pub(crate) fn stop(mut self) -> usize {
        let left = self.bytes.len();
        self.abandon();
        left
    }

    /// Returns the event that [`advance`](Self::advance) has just reached.
    #[inline]
    pub(crate) fn event(&mut self) -> Event<'_> {
        self.state = State::BlockLent;
        let Parser {
            block,
            replaced,
            last_event_id,
            ..
        } = &mut *self.parser;
        let event_type = self.event_type.unwrap_or(&block.event_type);
        Event {
            event_type: if event_type.is_empty() {
                "message"
            } else {
                event_type
            },
            data: decoded_into(self.data.unwrap_or(&block.data), replaced),
            last_event_id: self.last_event_id.unwrap_or(last_event_id),
        }
    }

    /// Returns the last event ID so far.
    pub(crate) fn last_event_id(&self) -> &str {
        self.last_event_id.unwrap_or(&self.parser.last_event_id)
    }

    /// Returns the comment that [`advance`](Self::advance) has just reached.
    pub(crate) fn comment<'s>(&'s mut self, step: Step<'s>) -> &'s str {
        if let Step::Comment(text) = step {
            return decoded_into(text, &mut self.parser.replaced);
        }
        self.state = State::LineLent;
        let Parser { line, replaced, .. } = &mut *self.parser;
        let (_, start) = Field::of(line);
        decoded_into(&line[start..], replaced)
    }

    /// Returns the error for the event or line that [`advance`](Self::advance) has just skipped.
    pub(crate) fn too_large_error(&mut self, step: Step<'_>) -> EventTooLarge {
        let block = &mut self.parser.block;
        if matches!(step, Step::LineTooLarge) {
            return EventTooLarge {
                limit: self.parser.max_event_size,
                event_type: None,
            };
        }
        let event_type = self.event_type.take().unwrap_or(&block.event_type);
        let event_type = (!event_type.is_empty()).then(|| event_type.to_owned());
        block.event_type.clear();
        EventTooLarge {
            limit: self.parser.max_event_size,
            event_type,
        }
    }

    /// Takes back the buffers that the last frame borrowed.
    #[inline]
    pub(super) fn reclaim(&mut self) {
        if self.state == State::BlockLent {
            self.data = None;
            self.event_type = None;
            self.parser.block.clear();
        } else {
            empty(&mut self.parser.line);
        }
        self.state = State::Reading;
    }
}
