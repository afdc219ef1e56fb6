//! The connection that a leading tab holds for all: what its source asks of its owner, and where its events
//! go.

use core::fmt;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use super::room::Room;
use crate::connection::State;
use crate::error::Error;
use crate::http::Response;
use crate::mux::{Answer, Request};
use crate::parse::Event;
use crate::source::Owner;
use crate::subscribe::buffer::Pause;
use crate::subscribe::{Overflow, Sink};
use crate::tabs::{Tab, UpstreamId};
use crate::transport::Plan;

/// The name of a source's only channel.
const CHANNEL: &str = "";

pub(super) struct Upstream {
    id: UpstreamId,
    room: Weak<Room>,
}

impl Upstream {
    pub(super) fn new(id: UpstreamId, room: &Rc<Room>) -> Self {
        Self {
            id,
            room: Rc::downgrade(room),
        }
    }

    /// The driver does what follows, when all that has come at once is in.
    fn tell(&self, tell: impl FnOnce(&mut Tab, UpstreamId)) {
        if let Some(room) = self.room.upgrade() {
            tell(&mut room.tab.borrow_mut(), self.id);
            room.wake();
        }
    }
}

impl Sink for Upstream {
    fn push(&self, event: &Event<'_>) {
        self.tell(|tab, id| tab.handle_event(id, CHANNEL, event, event.last_event_id));
    }

    fn push_error(&self, error: Error) {
        self.tell(|tab, id| tab.handle_skipped(id, Some(CHANNEL), error));
    }

    fn push_gap(&self) {
        self.tell(|tab, id| tab.handle_gap(id, None));
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

impl Plan for Upstream {
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

impl Owner for Upstream {
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
        self.tell(|tab, id| tab.handle_state(id, state));
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
