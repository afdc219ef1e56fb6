//! The task behind a shared source: takes what comes to its subscribers, and keeps the time.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;

use super::room::Room;
use crate::browser::{Macrotask, timer_milliseconds};
use crate::connection::{Instant, State};
use crate::error::Error;
use crate::parse::Event;
use crate::source::driver::deliver;
use crate::source::handle::Shared;
use crate::source::inbox::Message;
use crate::subscribe::router::Router;
use crate::tabs::{Fact, Output};

pub(super) struct Driver {
    shared: Rc<Shared>,
    room: Rc<Room>,
    timer: Option<(Instant, TimeoutFuture)>,
    macrotask: Macrotask,
}

enum Turn {
    Woken,
    Order(Message),
    Timeout,
}

impl Driver {
    pub(super) fn new(shared: Rc<Shared>, room: Rc<Room>) -> Result<Self, Error> {
        Ok(Self {
            shared,
            room,
            timer: None,
            macrotask: Macrotask::new()?,
        })
    }

    /// Runs until the source is closed.
    pub(super) async fn run(mut self) {
        loop {
            self.room.pump();
            while let Some(delivery) = self.room.next_delivery() {
                self.deliver(delivery).await;
            }
            match self.turn().await {
                Turn::Woken => {}
                Turn::Order(Message::Reconnect) => self.room.order(Message::Reconnect),
                Turn::Order(_) => self.shared.router.borrow_mut().prune(),
                Turn::Timeout => {
                    // As the driver of a source does, for the sake of hidden pages.
                    self.macrotask.next().await;
                    let now = self.room.now();
                    self.room.tab.borrow_mut().handle_timeout(now);
                }
            }
        }
    }

    async fn deliver(&mut self, delivery: Output) {
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
                    let mut stats = self.shared.stats.borrow_mut();
                    stats.events += 1;
                    stats.last_activity = Some(self.room.now());
                }
                (**id).clone_into(&mut self.shared.last_event_id.borrow_mut());
                let takers = |router: &Router| router.takers(event_type);
                // The connection is not this tab's to hold up.
                deliver(&self.shared, takers, &event, false).await;
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

    /// Waits for whatever comes first.
    async fn turn(&mut self) -> Turn {
        self.set_timer();
        poll_fn(|context| {
            if let Poll::Ready(message) = self.shared.inbox.poll_next(context) {
                return Poll::Ready(Turn::Order(message));
            }
            if self.room.poll_woken(context).is_ready() {
                return Poll::Ready(Turn::Woken);
            }
            if let Some((_, timer)) = &mut self.timer
                && Pin::new(timer).poll(context).is_ready()
            {
                self.timer = None;
                return Poll::Ready(Turn::Timeout);
            }
            Poll::Pending
        })
        .await
    }

    /// A timer that fires too early does no harm, and each message of the leader moves the deadline.
    fn set_timer(&mut self) {
        let Some((due, wait)) = self.room.due() else {
            self.timer = None;
            return;
        };
        if self.timer.as_ref().is_none_or(|(set, _)| *set > due) {
            self.timer = Some((due, TimeoutFuture::new(timer_milliseconds(wait))));
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.room.leave();
    }
}
