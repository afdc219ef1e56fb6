//! Whom a source works for: the tabs that share it, or a multiplexer.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::mux;
use super::super::words::Words;
use super::room::Room;
use everstream_core::connection::{Arrival, Instant, Output, Received, State};
use everstream_core::tabs::UpstreamId;

/// The name of a source's only channel.
const CHANNEL: &str = "";

pub(crate) enum Owner {
    Tab(TabOwner),
    Mux(mux::Owner),
}

impl From<TabOwner> for Owner {
    fn from(owner: TabOwner) -> Self {
        Self::Tab(owner)
    }
}

impl From<mux::Owner> for Owner {
    fn from(owner: mux::Owner) -> Self {
        Self::Mux(owner)
    }
}

impl Owner {
    pub(crate) fn receive(&self, received: Received<'_, '_>, words: &mut Words) -> usize {
        match self {
            Self::Tab(owner) => {
                owner.receive(received);
                0
            }
            Self::Mux(owner) => owner.receive(received, words),
        }
    }

    pub(crate) fn tell(&self, now: Instant, output: &mut Output) {
        match self {
            Self::Tab(owner) => owner.tell(output),
            Self::Mux(owner) => owner.tell(now, output),
        }
    }

    pub(crate) fn request(&self, words: &mut Words) -> bool {
        match self {
            Self::Tab(_) => false,
            Self::Mux(owner) => owner.request(words),
        }
    }
}

/// Between the source of the leading tab and its room: where its events and states go.
pub(crate) struct TabOwner {
    room: Rc<RefCell<Room>>,
    id: UpstreamId,
}

impl TabOwner {
    pub(super) fn new(room: Rc<RefCell<Room>>, id: UpstreamId) -> Self {
        Self { room, id }
    }

    fn receive(&self, mut received: Received<'_, '_>) {
        let tab = &mut self.room.borrow_mut().tab;
        while let Some(arrival) = received.next() {
            match arrival {
                Arrival::Event(event) => {
                    tab.handle_event(self.id, CHANNEL, &event, event.last_event_id);
                }
                Arrival::Comment(_) => {}
                Arrival::Gap => tab.handle_gap(self.id, None),
                Arrival::TooLarge(too_large) => {
                    tab.handle_skipped(self.id, Some(CHANNEL), too_large.into());
                }
            }
        }
        // A block without data, and an event that was skipped, have changed the position without an event.
        tab.handle_progress(self.id, received.last_event_id(), Vec::new());
    }

    fn tell(&self, output: &Output) {
        let room = &mut *self.room.borrow_mut();
        match output {
            Output::Connect(_) | Output::Disconnect | Output::End(_) => {}
            Output::Event(event) => {
                let event = event.as_event();
                let position = event.last_event_id;
                room.tab.handle_event(self.id, CHANNEL, &event, position);
            }
            Output::Gap => room.tab.handle_gap(self.id, None),
            Output::State(state) => {
                room.tab.handle_state(self.id, state);
                if let State::Closed { .. } = state {
                    // JavaScript has done with it.
                    room.close(self.id);
                }
            }
        }
    }
}
