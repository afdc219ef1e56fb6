//! The way from the log of all tabs to the subscribers of this one.

use super::delivery::{Delivery, Flow, Place, Sink};
use super::members::Members;
use crate::connection::State;
use crate::error::Error;
use crate::gap::GapCause;
use crate::parse::Event;
use crate::tabs::{self, Entry, Fact};

/// Hands the sink one delivery, unless its channel has no subscribers left.
pub(super) fn hand_on(members: &mut Members, delivery: &tabs::Output, sink: &mut dyn Sink) -> Flow {
    let delivered = match delivery {
        tabs::Output::Event(entry) => event_of(members, entry),
        tabs::Output::Skipped(name, Error::EventTooLarge(too_large)) => members
            .get(name)
            .map(|channel| Delivery::Skipped(channel, too_large.clone())),
        tabs::Output::InForce(name) => members
            .get(name)
            .map(|channel| Delivery::InForce(channel, true)),
        tabs::Output::Gap(name) => members
            .get(name)
            .map(|channel| Delivery::Gap(channel, GapCause::Unknown)),
        tabs::Output::End(name, error) => members
            .take(name)
            .map(|channel| Delivery::End(channel, error.clone())),
        tabs::Output::Failed(error) => Some(Delivery::Failed(error.clone())),
        tabs::Output::State(state) => Some(Delivery::State(state)),
        tabs::Output::Closed(error) => {
            let error = error.clone();
            return sink.take(Delivery::State(&State::Closed { error }));
        }
        _ => None,
    };
    delivered.map_or(Flow::Continue, |delivery| sink.take(delivery))
}

fn event_of<'e>(members: &Members, entry: &'e Entry) -> Option<Delivery<'e>> {
    let Fact::Event {
        channel,
        event_type,
        data,
        id,
    } = &entry.fact
    else {
        return None;
    };
    let event = Event {
        event_type,
        data,
        last_event_id: id,
    };
    let place = Place {
        position: id,
        is_behind: false,
        is_replaying: false,
    };
    Some(Delivery::Event(members.get(channel)?, event, place))
}
