//! From the multiplexer that a leading tab has for all to the log of the tabs.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::mux::{Notice, Notices};
use super::room::Room;
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::parse::Event;
use everstream_core::tabs::{Place, Set, UpstreamId};

pub(crate) struct Relay {
    room: Rc<RefCell<Room>>,
    id: UpstreamId,
    /// The names of the channels by their numbers, which grow.
    channels: Vec<(u32, Box<str>)>,
    place: Place,
}

impl Relay {
    pub(super) fn new(room: Rc<RefCell<Room>>, id: UpstreamId, position: &str) -> Self {
        Self {
            room,
            id,
            channels: Vec::new(),
            place: Place::new(position),
        }
    }

    /// Forgets the channels that are not among these, and returns them.
    pub(crate) fn ask_for(&mut self, channels: &Set<Box<str>>) -> Vec<(u32, Box<str>)> {
        let held = core::mem::take(&mut self.channels);
        let (stay, go) = held
            .into_iter()
            .partition(|(_, name)| channels.contains(name));
        self.channels = stay;
        go
    }

    /// The multiplexer has a channel, if it was not known.
    pub(crate) fn add(&mut self, number: u32, name: &str) {
        if let Err(place) = self.find(number) {
            self.channels.insert(place, (number, name.into()));
        }
    }

    /// Hands on what the channels are to be told. What concerns none of them alone is this tab's.
    pub(crate) fn notices(&mut self, notices: &Notices) {
        let all = notices.take();
        let mut in_force = Vec::new();
        for (number, notice) in all {
            let place = self.find(number);
            match (notice, place) {
                (notice @ Notice::Failed(_), _) => notices.borrow_mut().push((number, notice)),
                (Notice::InForce(true), Ok(place)) => in_force.push(self.channels[place].1.clone()),
                (Notice::Gap, Ok(place)) => {
                    let tab = &mut self.room.borrow_mut().tab;
                    tab.handle_gap(self.id, Some(&self.channels[place].1));
                }
                (Notice::End(error), Ok(place)) => {
                    let (_, name) = self.channels.remove(place);
                    let tab = &mut self.room.borrow_mut().tab;
                    tab.handle_end(self.id, &name, error);
                }
                // That a state other than open says of all; and nobody asks for the channel any more.
                _ => {}
            }
        }
        if !in_force.is_empty() {
            let tab = &mut self.room.borrow_mut().tab;
            tab.handle_progress(self.id, self.place.as_str(), in_force);
        }
    }

    pub(crate) fn event(
        &mut self,
        channel: u32,
        event: &Event<'_>,
        (position, is_behind): (&str, bool),
    ) {
        let Ok(place) = self.find(channel) else {
            return;
        };
        self.place.update(position, is_behind);
        let tab = &mut self.room.borrow_mut().tab;
        let (_, name) = &self.channels[place];
        tab.handle_event(self.id, name, event, self.place.as_str());
    }

    /// Something has come that was no event of a channel.
    pub(crate) fn moved(&mut self, (position, is_behind): (&str, bool)) {
        if self.place.update(position, is_behind) {
            let tab = &mut self.room.borrow_mut().tab;
            tab.handle_progress(self.id, self.place.as_str(), Vec::new());
        }
    }

    /// An event of this channel was skipped.
    pub(crate) fn skipped(&mut self, channel: u32, error: Error) {
        if let Ok(place) = self.find(channel) {
            let name = Some(&*self.channels[place].1);
            let tab = &mut self.room.borrow_mut().tab;
            tab.handle_skipped(self.id, name, error);
        }
    }

    pub(crate) fn state(&mut self, state: &State) {
        self.room.borrow_mut().tab.handle_state(self.id, state);
    }

    fn find(&self, number: u32) -> Result<usize, usize> {
        self.channels
            .binary_search_by_key(&number, |(known, _)| *known)
    }
}
