//! From the multiplexer of a leading tab to all tabs.

use core::cell::RefCell;
use core::task::{Context, Poll};
use std::collections::HashSet;
use std::rc::{Rc, Weak};

use super::super::handle::Shared;
use crate::sharing::{Arrival, Line};
use crate::subscribe::buffer::Pause;
use crate::subscribe::{Overflow, Sink};
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::parse::Event;
use everstream_core::tabs::Place;

/// What a multiplexer tells that works for all tabs.
pub(crate) struct Relay {
    line: Line,
    /// The one that works.
    mux: Weak<Shared>,
    /// The one of this tab's user.
    member: Weak<Shared>,
    /// As it was last told.
    position: RefCell<Place>,
    /// Of which the others know that they are in force.
    in_force: RefCell<HashSet<Box<str>>>,
}

impl Relay {
    pub(super) fn new(line: Line, mux: &Rc<Shared>, member: Weak<Shared>, position: &str) -> Self {
        Self {
            line,
            mux: Rc::downgrade(mux),
            member,
            position: RefCell::new(Place::new(position)),
            in_force: RefCell::default(),
        }
    }

    pub(in crate::channels) fn state(&self, state: &State) {
        if !matches!(state, State::Open { .. }) {
            self.in_force.borrow_mut().clear();
        }
        self.line.tell(Arrival::State(state));
    }

    /// It ends no channel. The others have no part in it.
    pub(in crate::channels) fn error(&self, error: &Error) {
        if let Some(member) = self.member.upgrade() {
            member.errors.borrow_mut().report(error);
        }
    }

    /// Something has come that was no event of a channel.
    pub(in crate::channels) fn moved(&self) {
        if self.update_position() {
            let position = self.position.borrow();
            self.line
                .tell(Arrival::Progress(position.as_str(), Vec::new()));
        }
    }

    /// The multiplexer has had a turn.
    pub(in crate::channels) fn turned(&self) {
        let Some(mux) = self.mux.upgrade() else {
            return;
        };
        let mut new = Vec::new();
        {
            let mut told = self.in_force.borrow_mut();
            for (name, channel) in mux.machine.borrow().channels() {
                if channel.is_in_force() && told.insert(name.into()) {
                    new.push(name.into());
                }
            }
        }
        if self.update_position() || !new.is_empty() {
            let position = self.position.borrow();
            self.line.tell(Arrival::Progress(position.as_str(), new));
        }
    }

    /// Whether it is another than before.
    fn update_position(&self) -> bool {
        let Some(mux) = self.mux.upgrade() else {
            return false;
        };
        let machine = mux.machine.borrow();
        let mut told = self.position.borrow_mut();
        told.update(machine.last_event_id(), machine.is_behind())
    }

    /// Nobody asks for the channel any more.
    pub(super) fn forget(&self, name: &str) {
        self.in_force.borrow_mut().remove(name);
    }

    pub(super) fn end(&self, name: &str, error: Option<Error>) {
        self.line.tell(Arrival::End(name, error));
    }
}

/// Takes what comes on a channel.
pub(super) struct ChannelRelay {
    name: Box<str>,
    relay: Rc<Relay>,
}

impl ChannelRelay {
    pub(super) fn new(name: Box<str>, relay: Rc<Relay>) -> Self {
        Self { name, relay }
    }
}

impl Sink for ChannelRelay {
    fn push(&self, event: &Event<'_>) {
        self.relay.update_position();
        let position = self.relay.position.borrow();
        let line = &self.relay.line;
        line.tell(Arrival::Event(&self.name, event, position.as_str()));
    }

    fn push_error(&self, error: Error) {
        self.relay.line.tell(Arrival::Skipped(&self.name, error));
    }

    fn push_gap(&self) {
        self.relay.line.tell(Arrival::Gap(Some(&self.name)));
    }

    fn end(&self, error: Option<Error>) {
        self.relay.end(&self.name, error);
    }

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
