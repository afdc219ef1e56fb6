//! The sink of a source's deliveries.

use core::task::{Context, Poll};
use std::rc::Rc;

use super::inner::Inner;
use crate::subscribe::held::{Held, comment};
use crate::subscribe::router::{Route, tell_of_gap};
use crate::web::Client;
use everstream_core::connection::Instant;
use everstream_core::session::{Delivery, Flow, Input, Session, Sink};

/// A source, as its driver sees it.
pub(super) struct SourceClient {
    inner: Rc<Inner>,
    /// The cached route of the previous event.
    route: Route,
    held: Option<Held>,
    /// Whether deliveries may be held back.
    may_hold: bool,
    /// Whether the server may be kept waiting: true if the connection belongs to this tab alone.
    can_wait: bool,
}

impl SourceClient {
    pub(super) fn new(inner: Rc<Inner>, can_wait: bool) -> Self {
        Self {
            inner,
            route: Route::default(),
            held: None,
            may_hold: true,
            can_wait,
        }
    }

    fn hold(&mut self, held: Held) -> Flow {
        if self.may_hold {
            self.held = Some(held);
            Flow::Stop
        } else {
            held.push_now(&self.inner.router);
            Flow::Continue
        }
    }

    /// Handles every delivery other than an event.
    #[cold]
    fn take_other(&mut self, delivery: Delivery<'_>) -> Flow {
        let inner = &self.inner;
        match delivery {
            Delivery::Comment(text) => {
                let comment = comment(text);
                let takers = inner.router.borrow().comment_takers();
                if !takers.offer(&comment) {
                    return self.hold(Held::Comment(text.to_owned()));
                }
            }
            Delivery::Skipped(_, too_large) => {
                let skipped = Held::skipped(too_large, true);
                if !skipped.offer(&inner.router) {
                    return self.hold(skipped);
                }
            }
            Delivery::Gap(_, cause) => tell_of_gap(&inner.router, cause),
            Delivery::State(state) => inner.change_state(state),
            Delivery::End(_, error) => inner.close(error.as_ref()),
            Delivery::Ended(end) => *inner.end.borrow_mut() = Some(end),
            Delivery::Sharing(sharing) => inner.sharing.change(sharing),
            // The remaining deliveries belong to multiplexers.
            _ => {}
        }
        Flow::Continue
    }
}

impl Sink for SourceClient {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        let Delivery::Event(_, event, _) = delivery else {
            return self.take_other(delivery);
        };
        // The router's borrow ends before anything is decoded: decoding runs user code, which may
        // subscribe.
        let takers = self
            .inner
            .router
            .borrow()
            .find(event.event_type, &mut self.route);
        if takers.offer(&event) {
            return Flow::Continue;
        }
        self.hold(Held::event(&event))
    }
}

impl Client for SourceClient {
    fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    fn poll_release(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(held) = &self.held else {
            return Poll::Ready(());
        };
        let released = held.poll(context, &self.inner.router, self.can_wait);
        if released.is_ready() {
            self.held = None;
        }
        released
    }

    fn may_hold(&mut self, may: bool) {
        self.may_hold = may;
    }

    fn update(&mut self, now: Instant, session: &mut dyn Session) {
        let needs_fetch = {
            let mut router = self.inner.router.borrow_mut();
            router.prune();
            router.needs_fetch()
        };
        if needs_fetch {
            session.handle(now, Input::RequireFetch);
        }
    }

    fn event_types(&self) -> Vec<String> {
        let router = self.inner.router.borrow();
        router.types().map(str::to_owned).collect()
    }

    fn publish(&self, session: &dyn Session, _: usize) {
        *self.inner.stats.borrow_mut() = session.stats();
        let position = session.place().position;
        let mut published = self.inner.last_event_id.borrow_mut();
        if *published != position {
            position.clone_into(&mut published);
        }
    }
}
