//! What waits to be delivered and came with no piece of a stream.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::delivery::{ChannelId, Delivery, Flow, Sink};
use crate::connection::State;
use crate::error::Error;
use crate::mux::Subscribers;

/// One thing that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Gap(ChannelId),
    InForce(ChannelId, bool),
    End(ChannelId, Option<Error>),
    Failed(Error),
    State(State),
}

/// In the order in which it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(Rc<RefCell<VecDeque<Waiting>>>);

impl Queue {
    pub(super) fn push(&self, waiting: Waiting) {
        self.0.borrow_mut().push_back(waiting);
    }

    /// Hands on what waits, until the sink stops.
    pub(super) fn deliver(&self, sink: &mut dyn Sink) -> Flow {
        loop {
            let Some(waiting) = self.0.borrow_mut().pop_front() else {
                return Flow::Continue;
            };
            let flow = match waiting {
                Waiting::Gap(channel) => sink.take(Delivery::Gap(channel)),
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

/// A channel as the multiplexer knows it: it notes what its subscribers are to be told.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: ChannelId,
    pub(super) queue: Queue,
}

impl Subscribers for Channel {
    fn in_force(&self, yes: bool) {
        self.queue.push(Waiting::InForce(self.id, yes));
    }

    fn gap(&self) {
        self.queue.push(Waiting::Gap(self.id));
    }

    fn end(&self, error: Option<Error>) {
        self.queue.push(Waiting::End(self.id, error));
    }
}
