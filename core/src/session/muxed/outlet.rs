//! The way from a multiplexer's streams to the sink.

use super::place;
use crate::connection::{Arrival, Received};
use crate::mux::{Handled, Multiplexer, StreamId};
use crate::parse::{Event, EventTooLarge};
use crate::session::delivery::{Flow, Sink};
use crate::session::queue::{Channel, Queue, Waiting};

/// Passes what a stream brings through the multiplexer to the sink.
pub(super) struct Outlet<'m> {
    pub(super) machine: &'m mut Multiplexer<Channel>,
    pub(super) queue: &'m Queue,
    pub(super) stream: StreamId,
    pub(super) sink: &'m mut dyn Sink,
    /// Whether the sink has stopped.
    pub(super) flow: Flow,
}

impl Outlet<'_> {
    /// Hands on what a piece brings. Returns how many of its bytes are left.
    pub(super) fn receive(&mut self, mut received: Received<'_, '_>) -> usize {
        let is_stopped = loop {
            match received.next() {
                None => break false,
                Some(Arrival::Event(event)) => self.event(&event),
                Some(Arrival::TooLarge(too_large)) => self.skipped(too_large),
                // A multiplexer finds missing events by itself.
                Some(Arrival::Comment(_) | Arrival::Gap) => continue,
            }
            if self.flow == Flow::Stop {
                break true;
            }
        };
        self.machine
            .handle_position(self.stream, received.last_event_id());
        if is_stopped {
            return received.stop();
        }
        // The new position may have revealed another epoch, which is a gap.
        self.tell();
        0
    }

    /// Hands the sink what waits, unless the sink has stopped.
    fn tell(&mut self) {
        if self.flow == Flow::Continue {
            self.flow = self.queue.deliver(self.sink);
        }
    }

    pub(super) fn event(&mut self, event: &Event<'_>) {
        let take = |channel: &Channel, _: &str| Some(channel.id);
        let handled = self.machine.handle_event(self.stream, event, take);
        // An event may reveal that something is missing before it, and that gap has to come first.
        self.tell();
        let Handled::For {
            takers,
            event_type,
            data,
        } = handled
        else {
            return;
        };
        let place = place(self.machine);
        let event = Event {
            event_type,
            data: &data,
            last_event_id: event.last_event_id,
        };
        self.flow = self
            .queue
            .hand_on(self.flow, takers, event, place, self.sink);
    }

    fn skipped(&mut self, too_large: EventTooLarge) {
        let told = self.machine.handle_skipped(self.stream, &too_large);
        let told = told.map(|channel| channel.id);
        self.tell();
        if let Some(channel) = told {
            self.queue.push(Waiting::Skipped(channel, too_large));
            self.tell();
        }
    }
}
