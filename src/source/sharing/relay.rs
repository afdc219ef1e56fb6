//! The connection that a leading tab holds for all: what its source asks of its owner, and where its events
//! go.

use core::fmt;
use core::task::{Context, Poll};

use super::CHANNEL;
use crate::sharing::{Arrival, Line};
use crate::source::Owner;
use crate::subscribe::buffer::Pause;
use crate::subscribe::{Overflow, Sink};
use crate::transport::Plan;
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::http::Response;
use everstream_core::mux::{Answer, Request};
use everstream_core::parse::Event;

pub(super) struct Relay {
    line: Line,
}

impl Relay {
    pub(super) fn new(line: Line) -> Self {
        Self { line }
    }
}

impl Sink for Relay {
    fn push(&self, event: &Event<'_>) {
        let position = event.last_event_id;
        self.line.tell(Arrival::Event(CHANNEL, event, position));
    }

    fn push_error(&self, error: Error) {
        self.line.tell(Arrival::Skipped(CHANNEL, error));
    }

    fn push_gap(&self) {
        self.line.tell(Arrival::Gap(None));
    }

    /// The state says so too.
    fn end(&self, _: Option<Error>) {}

    fn pause(&self) -> Option<Pause> {
        None
    }

    fn give_turn(&self) {}

    fn poll_room(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn overflow(&self) -> Overflow {
        Overflow::DropOldest
    }

    fn lagged(&self) -> u64 {
        0
    }

    fn has_ended(&self) -> bool {
        false
    }
}

impl Plan for Relay {
    fn prepare(&self) -> Option<Request> {
        None
    }

    fn prepared(&self, _: &Answer) -> Result<(), Error> {
        Ok(())
    }

    fn answered(&self, _: &str, _: &Response) {}

    fn request(&self) -> Option<Request> {
        None
    }
}

impl Owner for Relay {
    /// The source knows it as well.
    fn position(&self) -> String {
        String::new()
    }

    fn event_types(&self) -> Vec<String> {
        Vec::new()
    }

    /// Other tabs may ask for types that this one does not know.
    fn needs_fetch(&self) -> bool {
        true
    }

    fn state(&self, state: &State) {
        self.line.tell(Arrival::State(state));
    }

    fn position_changed(&self, position: &str) {
        self.line.tell(Arrival::Progress(position, Vec::new()));
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}
