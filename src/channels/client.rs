//! The sink of a multiplexer's deliveries.

use core::task::{Context, Poll};
use std::rc::Rc;

use super::inner::Inner;
use super::subscribers::ChannelSubscribers;
use crate::subscribe::held::Held;
use crate::subscribe::router::tell_of_gap;
use crate::web::Client;
use everstream_core::connection::Instant;
use everstream_core::session::{ChannelId, Delivery, Flow, Input, Session, Sink};

/// A multiplexer, as its driver sees it.
pub(super) struct MuxClient {
    inner: Rc<Inner>,
    held: Option<(Rc<ChannelSubscribers>, Held)>,
    /// Whether deliveries may be held back.
    may_hold: bool,
    /// Whether the server may be kept waiting: true if the connection belongs to this tab alone.
    can_wait: bool,
}

impl MuxClient {
    pub(super) fn new(inner: Rc<Inner>, can_wait: bool) -> Self {
        Self {
            inner,
            held: None,
            may_hold: true,
            can_wait,
        }
    }

    fn channel(&self, channel: ChannelId) -> Option<Rc<ChannelSubscribers>> {
        self.inner.channels.borrow().by_number(channel).cloned()
    }

    fn hold(&mut self, channel: Rc<ChannelSubscribers>, held: Held) -> Flow {
        if self.may_hold {
            self.held = Some((channel, held));
            Flow::Stop
        } else {
            held.push_now(&channel.router);
            Flow::Continue
        }
    }

    /// Handles every delivery other than an event.
    #[cold]
    fn take_other(&mut self, delivery: Delivery<'_>) -> Flow {
        let inner = &self.inner;
        match delivery {
            Delivery::Gap(channel, cause) => {
                if let Some(channel) = self.channel(channel) {
                    tell_of_gap(&channel.router, cause);
                }
            }
            Delivery::Skipped(channel, too_large) => {
                if let Some(channel) = self.channel(channel) {
                    // The event type on the connection is not the type within the channel.
                    let skipped = Held::skipped(too_large, false);
                    if !skipped.offer(&channel.router) {
                        return self.hold(channel, skipped);
                    }
                }
            }
            Delivery::InForce(channel, yes) => {
                if let Some(channel) = self.channel(channel) {
                    channel.set_in_force(yes);
                    channel.update_state(&inner.states.present());
                }
            }
            Delivery::End(channel, error) => {
                let ended = inner.channels.borrow_mut().remove(channel);
                if let Some(channel) = ended {
                    channel.end(error.as_ref());
                }
            }
            Delivery::Failed(error) => inner.errors.report(&error),
            Delivery::State(state) => inner.change_state(state),
            Delivery::Sharing(sharing) => inner.sharing.change(sharing),
            // The remaining deliveries belong to sources.
            _ => {}
        }
        Flow::Continue
    }
}

impl Sink for MuxClient {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        let Delivery::Event(channel, event, _) = delivery else {
            return self.take_other(delivery);
        };
        let Some(channel) = self.channel(channel) else {
            return Flow::Continue;
        };
        // The router's borrow ends before anything is decoded: decoding runs user code, which may subscribe.
        let takers = channel.router.borrow().takers(event.event_type);
        if takers.offer(&event) {
            return Flow::Continue;
        }
        self.hold(channel, Held::event(&event))
    }
}

impl Client for MuxClient {
    fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    fn poll_release(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((channel, held)) = &self.held else {
            return Poll::Ready(());
        };
        let released = held.poll(context, &channel.router, self.can_wait);
        if released.is_ready() {
            self.held = None;
        }
        released
    }

    fn may_hold(&mut self, may: bool) {
        self.may_hold = may;
    }

    /// Hands all changes made since the last turn to the session as one change.
    fn update(&mut self, now: Instant, session: &mut dyn Session) {
        if self.inner.needs_fetch.get() {
            session.handle(now, Input::RequireFetch);
        }
        let departed = self.inner.channels.borrow_mut().take_departed();
        let new = self.inner.channels.borrow_mut().take_new();
        let is_changed = !departed.is_empty() || !new.is_empty();
        for channel in departed {
            session.handle(now, Input::Unsubscribe(channel.id, &channel.name));
        }
        for (channel, start) in new {
            let name = &channel.name;
            let channel = channel.id;
            session.handle(
                now,
                Input::Subscribe {
                    channel,
                    name,
                    start,
                },
            );
        }
        if is_changed {
            session.handle(now, Input::Flush);
        }
    }

    fn event_types(&self) -> Vec<String> {
        self.inner.event_types()
    }

    fn publish(&self, session: &dyn Session, connections: usize) {
        *self.inner.stats.borrow_mut() = session.stats();
        if !self.inner.inbox.is_closed() {
            self.inner.connections.set(connections);
        }
        let position = session.place().position;
        let mut published = self.inner.last_event_id.borrow_mut();
        if *published != position {
            position.clone_into(&mut published);
        }
    }
}
