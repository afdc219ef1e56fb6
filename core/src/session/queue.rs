//! Deliveries that wait and came with no piece of a stream.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::delivery::{ChannelId, Delivery, Flow, Place, Sink};
use crate::connection::{OwnedEvent, State};
use crate::error::Error;
use crate::gap::GapCause;
use crate::mux::Subscribers;
use crate::parse::{Event, EventTooLarge};

/// One waiting delivery.
#[derive(Debug)]
pub(super) enum Waiting {
    Event(Late),
    Gap(ChannelId, GapCause),
    Skipped(ChannelId, EventTooLarge),
    InForce(ChannelId, bool),
    End(ChannelId, Option<Error>),
    Failed(Error),
    State(State),
}

/// An event that came with no piece of a stream, or after a delivery at which the sink stopped.
#[derive(Debug)]
pub(super) struct Late {
    channel: ChannelId,
    event: OwnedEvent,
    position: String,
    is_behind: bool,
}

impl Late {
    pub(super) fn new(channel: ChannelId, event: &Event<'_>, place: Place<'_>) -> Self {
        Self {
            channel,
            event: OwnedEvent::of(event),
            position: place.position.to_owned(),
            is_behind: place.is_behind,
        }
    }
}

/// The waiting deliveries, in order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(Rc<RefCell<VecDeque<Waiting>>>);

impl Queue {
    pub(super) fn push(&self, waiting: Waiting) {
        self.0.borrow_mut().push_back(waiting);
    }

    /// Hands an event to the sink, unless the sink has stopped at what came before. In that case the event
    /// waits, too.
    pub(super) fn hand_on(
        &self,
        before: Flow,
        channel: ChannelId,
        event: Event<'_>,
        place: Place<'_>,
        sink: &mut dyn Sink,
    ) -> Flow {
        if before == Flow::Continue {
            return sink.take(Delivery::Event(channel, event, place));
        }
        self.push(Waiting::Event(Late::new(channel, &event, place)));
        before
    }

    /// Hands the sink what waits, until the sink stops.
    pub(super) fn deliver(&self, sink: &mut dyn Sink) -> Flow {
        loop {
            let Some(waiting) = self.0.borrow_mut().pop_front() else {
                return Flow::Continue;
            };
            let flow = match waiting {
                Waiting::Event(late) => {
                    let place = Place {
                        position: &late.position,
                        is_behind: late.is_behind,
                        is_replaying: false,
                    };
                    sink.take(Delivery::Event(late.channel, late.event.as_event(), place))
                }
                Waiting::Gap(channel, cause) => sink.take(Delivery::Gap(channel, cause)),
                Waiting::Skipped(channel, too_large) => {
                    sink.take(Delivery::Skipped(channel, too_large))
                }
                Waiting::InForce(channel, yes) => sink.take(Delivery::InForce(channel, yes)),
                Waiting::End(channel, error) => sink.take(Delivery::End(channel, error)),
                Waiting::Failed(error) => sink.take(Delivery::Failed(error)),
                Waiting::State(state) => sink.take(Delivery::State(&state)),
            };
            if flow == Flow::Stop {
                return flow;
            }
        }
    }
}

/// A channel as the multiplexer knows it. Each call queues what the channel's subscribers must be told.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: ChannelId,
    pub(super) queue: Queue,
}

impl Subscribers for Channel {
    fn in_force(&self, yes: bool) {
        self.queue.push(Waiting::InForce(self.id, yes));
    }

    fn gap(&self, cause: GapCause) {
        self.queue.push(Waiting::Gap(self.id, cause));
    }

    fn end(&self, error: Option<Error>) {
        self.queue.push(Waiting::End(self.id, error));
    }
}
