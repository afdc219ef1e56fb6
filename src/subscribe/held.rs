//! A delivery that waits for slow subscribers.

use core::cell::RefCell;
use core::task::{Context, Poll};

use super::buffer::Pause;
use super::router::{Router, Takers};
use everstream_core::Error;
use everstream_core::connection::OwnedEvent;
use everstream_core::parse::{Event, EventTooLarge};

/// The one delivery that is held back. All later ones wait behind it in the session, so none of those is
/// copied.
#[derive(Debug)]
pub(crate) enum Held {
    Event(OwnedEvent),
    /// A comment's text.
    Comment(String),
    /// An event over the size limit, with its type if known.
    Skipped(Option<String>, Error),
}

impl Held {
    pub(crate) fn event(event: &Event<'_>) -> Self {
        Self::Event(OwnedEvent {
            event_type: event.event_type.to_owned(),
            data: event.data.to_owned(),
            last_event_id: event.last_event_id.to_owned(),
        })
    }

    /// `by_type` says whether the type in `too_large` is one that subscribers ask for.
    pub(crate) fn skipped(too_large: EventTooLarge, by_type: bool) -> Self {
        let event_type = too_large.event_type.clone().filter(|_| by_type);
        Self::Skipped(event_type, Error::EventTooLarge(too_large))
    }

    /// Delivers now, unless a subscriber must be waited for. Returns whether it was delivered.
    pub(crate) fn offer(&self, router: &RefCell<Router>) -> bool {
        let takers = self.takers(&router.borrow());
        let is_free = takers.pausing().is_none();
        if is_free {
            self.push(&takers);
        }
        is_free
    }

    /// Delivers now, by each subscriber's overflow policy.
    pub(crate) fn push_now(&self, router: &RefCell<Router>) {
        let takers = self.takers(&router.borrow());
        self.push(&takers);
    }

    /// Completes once the delivery is made, after slow subscribers had a chance to catch up. If the server
    /// can't wait (`can_wait` is false), a subscriber with backpressure loses its oldest event.
    ///
    /// Callers must poll again only after the executor has run other tasks: a subscriber that did not use its
    /// turn is not waited for again.
    pub(crate) fn poll(
        &self,
        context: &mut Context<'_>,
        router: &RefCell<Router>,
        can_wait: bool,
    ) -> Poll<()> {
        loop {
            // Subscribers come and go between polls, and there may be another slow one behind the first, so
            // each round looks them up again.
            let takers = self.takers(&router.borrow());
            let Some(slow) = takers.pausing() else {
                self.push(&takers);
                return Poll::Ready(());
            };
            match slow.pause() {
                Some(Pause::Turn) => {
                    slow.give_turn();
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Pause::UntilRoom) if !can_wait => {
                    self.push(&takers);
                    return Poll::Ready(());
                }
                Some(Pause::UntilRoom) if slow.poll_room(context).is_pending() => {
                    return Poll::Pending;
                }
                Some(Pause::UntilRoom) | None => {}
            }
        }
    }

    fn takers(&self, router: &Router) -> Takers {
        match self {
            Self::Event(event) => router.takers(&event.event_type),
            Self::Comment(_) => router.comment_takers(),
            Self::Skipped(event_type, _) => router.skipped_takers(event_type.as_deref()),
        }
    }

    fn push(&self, takers: &Takers) {
        match self {
            Self::Event(event) => takers.push(&event.as_event()),
            Self::Comment(text) => takers.push(&comment(text)),
            Self::Skipped(_, error) => takers.push_error(error),
        }
    }
}

/// Returns a comment in the form that subscribers receive: an event without a type.
pub(crate) fn comment(text: &str) -> Event<'_> {
    Event {
        event_type: "",
        data: text,
        last_event_id: "",
    }
}

#[cfg(test)]
mod tests {
    use core::task::Waker;
    use std::rc::Rc;

    use super::*;
    use crate::subscribe::Overflow;
    use crate::subscribe::pipe::Pipe;
    use crate::subscribe::router::Interest;
    use crate::subscribe::subscriber::TypedSubscriber;

    type Texts = Rc<Pipe<String>>;

    fn subscribe(router: &RefCell<Router>, overflow: Overflow) -> Texts {
        let buffer = Rc::new(Pipe::new(1, overflow));
        let subscriber = TypedSubscriber {
            buffer: Rc::clone(&buffer),
            decode: |event: &Event<'_>| Some(Ok(event.data.to_owned())),
        };
        let interest = Interest::Types(vec!["a".to_owned()]);
        router.borrow_mut().add(interest, Rc::new(subscriber));
        buffer
    }

    fn held(data: &str) -> Held {
        Held::event(&Event {
            event_type: "a",
            data,
            last_event_id: "",
        })
    }

    fn read(texts: &Texts) -> Vec<String> {
        let context = Context::from_waker(Waker::noop());
        let mut read = Vec::new();
        while let Poll::Ready(Some(item)) = texts.poll_next(&context) {
            read.push(item.unwrap_or_else(|error| format!("{error:?}")));
        }
        read
    }

    #[test]
    fn both_of_two_slow_subscribers_are_waited_for() {
        let router = RefCell::default();
        let one = subscribe(&router, Overflow::Backpressure);
        let other = subscribe(&router, Overflow::Backpressure);
        let mut context = Context::from_waker(Waker::noop());
        assert!(held("1").offer(&router));
        let second = held("2");
        assert!(!second.offer(&router));
        assert!(second.poll(&mut context, &router, true).is_pending());
        assert_eq!(read(&one), ["1"]);
        assert!(second.poll(&mut context, &router, true).is_pending());
        assert_eq!(read(&other), ["1"]);
        assert!(second.poll(&mut context, &router, true).is_ready());
        assert_eq!(read(&one), ["2"]);
        assert_eq!(read(&other), ["2"]);
    }

    #[test]
    fn a_subscriber_that_is_gone_is_not_waited_for() {
        let router = RefCell::default();
        let gone = subscribe(&router, Overflow::Backpressure);
        let mut context = Context::from_waker(Waker::noop());
        assert!(held("1").offer(&router));
        let second = held("2");
        assert!(second.poll(&mut context, &router, true).is_pending());
        gone.abandon();
        assert!(second.poll(&mut context, &router, true).is_ready());
    }

    #[test]
    fn a_server_that_can_not_wait_costs_the_slow_one_its_oldest() {
        let router = RefCell::default();
        let slow = subscribe(&router, Overflow::Backpressure);
        let mut context = Context::from_waker(Waker::noop());
        assert!(held("1").offer(&router));
        assert!(held("2").poll(&mut context, &router, false).is_ready());
        assert_eq!(read(&slow), ["Lagged { missed: 1 }", "2"]);
    }
}
