//! What a walk through a chunk hands out, and takes back.

use super::block::empty;
use super::field::Field;
use super::frames::Frames;
use super::parser::Parser;
use super::step::{State, Step};
use super::utf8::decoded_into;
use super::{Event, EventTooLarge};

impl Frames<'_, '_> {
    /// Leaves the rest of the chunk unread: what it says of events and positions does not count.
    pub(crate) fn abandon(&mut self) {
        if matches!(self.state, State::LineLent | State::BlockLent) {
            self.reclaim();
        }
        self.bytes = &[];
        self.finish();
    }

    /// Ends the walk behind the frame handed out last. Returns how many bytes of the chunk are left, which
    /// belong to the next call of [`Parser::feed`].
    pub(crate) fn stop(mut self) -> usize {
        let left = self.bytes.len();
        self.abandon();
        left
    }

    /// The event that [`advance`](Self::advance) has just arrived at.
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

    /// The last event ID so far.
    pub(crate) fn last_event_id(&self) -> &str {
        self.last_event_id.unwrap_or(&self.parser.last_event_id)
    }

    /// The comment that [`advance`](Self::advance) has just arrived at.
    pub(crate) fn comment<'s>(&'s mut self, step: Step<'s>) -> &'s str {
        if let Step::Comment(text) = step {
            return decoded_into(text, &mut self.parser.replaced);
        }
        self.state = State::LineLent;
        let Parser { line, replaced, .. } = &mut *self.parser;
        let (_, start) = Field::of(line);
        decoded_into(&line[start..], replaced)
    }

    /// The report of what [`advance`](Self::advance) has just passed over.
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

    /// Takes back what the last frame borrowed.
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
