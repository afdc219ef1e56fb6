//! The way from the leading tab's connection to the log of all tabs.

use super::delivery::{Delivery, Flow, Place, Sink};
use super::members::Served;
use crate::tabs::{self, Tab, UpstreamId};

/// Writes the deliveries of the leading tab's session into the log of all tabs.
pub(super) struct Relay<'t> {
    pub(super) tab: &'t mut Tab,
    pub(super) id: UpstreamId,
    pub(super) served: &'t mut Served,
    /// The position that the tabs were last told.
    pub(super) place: &'t mut tabs::Place,
}

impl Relay<'_> {
    /// Records the position from which the connection would resume by now.
    pub(super) fn moved(&mut self, place: Place<'_>) {
        if self.place.update(place.position, place.is_behind) {
            self.tab
                .handle_progress(self.id, self.place.as_str(), Vec::new());
        }
        if !place.is_replaying {
            self.tab.handle_replayed(self.id);
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
            // A source has only one channel, so a gap in it is a gap in everything.
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
            Delivery::State(state) => tab.handle_state(id, state),
            // Any state other than open implies that no channel is in force, and the closed state reports the
            // end.
            Delivery::InForce(_, false)
            | Delivery::Comment(_)
            | Delivery::Ended(_)
            | Delivery::Sharing(_) => {}
        }
        Flow::Continue
    }
}
