//! The task behind a shared source: takes what comes to its subscribers, and keeps the time.

use std::rc::Rc;

use crate::sharing::{Group, Pulse};
use crate::source::driver::deliver;
use crate::source::handle::Shared;
use crate::source::inbox::Message;
use crate::subscribe::router::{Parcel, Router};
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::parse::Event;
use everstream_core::tabs::{Fact, Output};

pub(super) struct Driver {
    shared: Rc<Shared>,
    group: Rc<dyn Group>,
    pulse: Pulse,
}

impl Driver {
    pub(super) fn new(shared: Rc<Shared>, group: Rc<dyn Group>, pulse: Pulse) -> Self {
        Self {
            shared,
            group,
            pulse,
        }
    }

    /// Runs until the source is closed.
    pub(super) async fn run(mut self) {
        loop {
            self.group.pump();
            while let Some(delivery) = self.group.next_delivery() {
                self.deliver(delivery).await;
            }
            // An ID may have come without an event.
            *self.shared.last_event_id.borrow_mut() = self.group.last_event_id();
            let order = self
                .pulse
                .next(|context| self.shared.inbox.poll_next(context));
            match order.await {
                None => {}
                Some(Message::Reconnect) => self.group.reconnect(),
                Some(_) => self.shared.router.borrow_mut().prune(),
            }
        }
    }

    async fn deliver(&self, delivery: Output) {
        match delivery {
            Output::Event(entry) => {
                let Fact::Event {
                    event_type,
                    data,
                    id,
                    ..
                } = &entry.fact
                else {
                    return;
                };
                let event = Event {
                    event_type,
                    data,
                    last_event_id: id,
                };
                {
                    let now = self.shared.clock.borrow_mut().now();
                    let mut stats = self.shared.stats.borrow_mut();
                    stats.events += 1;
                    stats.last_activity = Some(now);
                }
                (**id).clone_into(&mut self.shared.last_event_id.borrow_mut());
                let takers = |router: &Router| router.takers(event_type);
                // The connection is not this tab's to hold up.
                deliver(&self.shared.router, takers, &Parcel::Event(event), false).await;
            }
            Output::Gap(_) => self.shared.router.borrow().gap(),
            Output::Skipped(_, error) => {
                let event_type = match &error {
                    Error::EventTooLarge(too_large) => too_large.event_type.clone(),
                    _ => None,
                };
                let router = self.shared.router.borrow();
                router.skipped(event_type.as_deref(), &error);
            }
            Output::State(state) => {
                if let State::Waiting { error, .. } = &state {
                    self.shared.stats.borrow_mut().last_error = Some(error.clone());
                }
                self.shared.change_state(&state);
            }
            Output::End(_, error) | Output::Closed(error) => self.shared.close(error),
            // The room has done them.
            _ => {}
        }
    }
}
