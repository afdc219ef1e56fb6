//! From the connection of the leading tab to the log of all tabs.

use super::delivery::{Delivery, Flow, Place, Sink};
use super::members::Served;
use crate::connection::State;
use crate::tabs::{self, Tab, UpstreamId};

/// Takes what the session brings that a leading tab holds for all.
pub(super) struct Relay<'t> {
    pub(super) tab: &'t mut Tab,
    pub(super) id: UpstreamId,
    pub(super) served: &'t mut Served,
    /// The position as the tabs were last told.
    pub(super) place: &'t mut tabs::Place,
}

impl Relay<'_> {
    /// The connection would resume here by now.
    pub(super) fn moved(&mut self, place: Place<'_>) {
        if self.place.update(place.position, place.is_behind) {
            self.tab
                .handle_progress(self.id, self.place.as_str(), Vec::new());
        }
    }
}

impl Sink for Relay<'_> {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        let Self {
            tab,
            id,
            served,
            place,
        } = self;
        let id = *id;
        match delivery {
            Delivery::Event(channel, event, behind) => {
                place.update(behind.position, behind.is_behind);
                if let Some(name) = served.name(channel) {
                    tab.handle_event(id, name, &event, place.as_str());
                }
            }
            // The only channel of a source is all there is.
            Delivery::Gap(super::SOLE, _) => tab.handle_gap(id, None),
            Delivery::Gap(channel, _) => {
                if let Some(name) = served.name(channel) {
                    tab.handle_gap(id, Some(name));
                }
            }
            Delivery::Skipped(channel, too_large) => {
                if let Some(name) = served.name(channel) {
                    tab.handle_skipped(id, Some(name), too_large.into());
                }
            }
            Delivery::InForce(channel, true) => {
                if let Some(name) = served.name(channel) {
                    tab.handle_progress(id, place.as_str(), vec![name.into()]);
                }
            }
            Delivery::End(channel, error) => {
                if let Some(name) = served.name(channel) {
                    tab.handle_end(id, name, error);
                }
                served.remove(channel);
            }
            Delivery::Failed(error) => tab.handle_failed(id, error),
            // What is told of one connection is told of the next.
            Delivery::State(State::Idle) => tab.handle_state(id, &State::Idle),
            Delivery::State(state) => tab.handle_state(id, state),
            // A state other than open says that none is in force; the closed state says of the end.
            Delivery::InForce(_, false)
            | Delivery::Comment(_)
            | Delivery::Ended(_)
            | Delivery::Sharing(_) => {}
        }
        Flow::Continue
    }
}
