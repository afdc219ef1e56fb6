//! Between a source and the multiplexer: what the source asks of its owner, and where its events go.

use core::cell::RefCell;
use core::fmt;
use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use super::handle::Shared;
use crate::source::Owner;
use crate::subscribe::buffer::Pause;
use crate::subscribe::{Overflow, Sink};
use crate::transport::Plan;
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::http::Response;
use everstream_core::mux::{Answer, Handled, Request, StreamId};
use everstream_core::parse::Event;

/// One of the multiplexer's streams, as its source sees it.
pub(super) struct Stream {
    id: StreamId,
    mux: Weak<Shared>,
    /// The subscriber that the last event has to wait for.
    slow: RefCell<Option<Rc<dyn Sink>>>,
}

impl Stream {
    pub(super) fn new(id: StreamId, mux: &Rc<Shared>) -> Self {
        Self {
            id,
            mux: Rc::downgrade(mux),
            slow: RefCell::default(),
        }
    }

    /// Hands an event to the subscribers of its channel, unless one of them should be waited for and
    /// `waits` says so.
    fn hand_on(&self, event: &Event<'_>, waits: bool) -> bool {
        let Some(mux) = self.mux.upgrade() else {
            return true;
        };
        let handled = {
            let mut machine = mux.machine.borrow_mut();
            let handled = machine.handle_event(self.id, event, |channel, event_type| {
                let takers = channel.router.borrow().takers(event_type);
                let slow = takers.pausing().filter(|_| waits).cloned();
                let is_free = slow.is_none();
                if let Some(slow) = slow {
                    *self.slow.borrow_mut() = Some(slow);
                }
                is_free.then_some(takers)
            });
            if machine.needs_attention() {
                mux.wake();
            }
            handled
        };
        // Subscribers' code runs from here on, which may come back to the multiplexer.
        match handled {
            Handled::For {
                takers,
                event_type,
                data,
            } => takers.push(&Event {
                event_type,
                data: &data,
                last_event_id: event.last_event_id,
            }),
            Handled::Declined => return false,
            Handled::Done => {
                if let Some(relay) = mux.relay.get() {
                    relay.moved();
                }
            }
        }
        true
    }
}

impl Sink for Stream {
    fn push(&self, event: &Event<'_>) {
        self.hand_on(event, false);
    }

    fn offer(&self, event: &Event<'_>) -> bool {
        self.hand_on(event, true)
    }

    fn push_error(&self, error: Error) {
        let Some(mux) = self.mux.upgrade() else {
            return;
        };
        let Error::EventTooLarge(skipped) = &error else {
            return mux.report(&error);
        };
        let channel = {
            let mut machine = mux.machine.borrow_mut();
            let channel = machine.handle_skipped(self.id, skipped).cloned();
            if machine.needs_attention() {
                mux.wake();
            }
            channel
        };
        if let Some(channel) = channel {
            channel.router.borrow().skipped(None, &error);
        }
    }

    fn push_gap(&self) {
        if let Some(mux) = self.mux.upgrade() {
            mux.machine.borrow_mut().handle_gap(self.id);
        }
    }

    /// The state says so too.
    fn end(&self, _: Option<Error>) {}

    fn pause(&self) -> Option<Pause> {
        let slow = self.slow.borrow().clone();
        slow.and_then(|slow| slow.pause())
    }

    fn give_turn(&self) {
        if let Some(slow) = &*self.slow.borrow() {
            slow.give_turn();
        }
    }

    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        match &*self.slow.borrow() {
            Some(slow) => slow.poll_room(context),
            None => Poll::Ready(()),
        }
    }

    /// A channel's subscriber that is to be waited for says so itself, see
    /// [`Owner::needs_fetch`].
    fn overflow(&self) -> Overflow {
        Overflow::DropOldest
    }

    fn lagged(&self) -> u64 {
        self.mux.upgrade().map_or(0, |mux| mux.lagged())
    }

    fn has_ended(&self) -> bool {
        false
    }
}

impl Plan for Stream {
    fn prepare(&self) -> Option<Request> {
        self.mux
            .upgrade()?
            .machine
            .borrow_mut()
            .begin_attempt(self.id)
    }

    fn prepared(&self, answer: &Answer) -> Result<(), Error> {
        match self.mux.upgrade() {
            Some(mux) => mux.machine.borrow_mut().handle_prepared(self.id, answer),
            None => Ok(()),
        }
    }

    fn answered(&self, position: &str, response: &Response) {
        if let Some(mux) = self.mux.upgrade() {
            let mut machine = mux.machine.borrow_mut();
            machine.handle_response(self.id, position, response);
        }
    }

    fn request(&self) -> Option<Request> {
        let mux = self.mux.upgrade()?;
        let opening = mux.machine.borrow_mut().opening(self.id)?;
        Some(opening.request)
    }
}

impl Owner for Stream {
    fn position(&self) -> String {
        self.mux.upgrade().map_or_else(String::new, |mux| {
            mux.machine.borrow().last_event_id().to_owned()
        })
    }

    fn event_types(&self) -> Vec<String> {
        self.mux
            .upgrade()
            .map_or_else(Vec::new, |mux| mux.event_types())
    }

    fn needs_fetch(&self) -> bool {
        self.mux.upgrade().is_some_and(|mux| mux.needs_fetch.get())
    }

    /// The machine knows of the position what events say; this is also that of an event that was skipped.
    fn position_changed(&self, position: &str) {
        let Some(mux) = self.mux.upgrade() else {
            return;
        };
        {
            let mut machine = mux.machine.borrow_mut();
            machine.handle_position(self.id, position);
            if machine.needs_attention() {
                mux.wake();
            }
        }
        if let Some(relay) = mux.relay.get() {
            relay.moved();
        }
    }

    fn state(&self, state: &State) {
        if let Some(mux) = self.mux.upgrade() {
            mux.stream_state(self.id, state);
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
