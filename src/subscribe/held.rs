//! A delivery that waits for slow subscribers.

use core::cell::RefCell;
use core::task::{Context, Poll};

use super::buffer::Pause;
use super::router::{Router, Takers};
use everstream_core::Error;
use everstream_core::connection::OwnedEvent;
use everstream_core::parse::{Event, EventTooLarge};

/// The one delivery that was kept back: everything behind it waits with it, so that nothing else is copied.
#[derive(Debug)]
pub(crate) enum Held {
    Event(OwnedEvent),
    /// The text of a comment.
    Comment(String),
    /// An event of this type, or of an unknown one, was over the size limit.
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

    /// `by_type` says whether the type in `too_large` is that of a subscription.
    pub(crate) fn skipped(too_large: EventTooLarge, by_type: bool) -> Self {
        let event_type = too_large.event_type.clone().filter(|_| by_type);
        Self::Skipped(event_type, Error::EventTooLarge(too_large))
    }

    /// Hands it over at once, unless a subscriber should be waited for before.
    pub(crate) fn offer(&self, router: &RefCell<Router>) -> bool {
        let takers = self.takers(&router.borrow());
        let is_free = takers.pausing().is_none();
        if is_free {
            self.push(&takers);
        }
        is_free
    }

    /// Hands it over now, by the policy of each subscriber.
    pub(crate) fn push_now(&self, router: &RefCell<Router>) {
        let takers = self.takers(&router.borrow());
        self.push(&takers);
    }

    /// Ready once it has been handed over, after slow subscribers had their chance to catch up. Where the
    /// server can't be kept waiting (`can_wait` is false), a subscriber that would have it wait loses its
    /// oldest event.
    ///
    /// To be polled again only after the executor had a turn: a subscriber that was given one and has not
    /// used it is not waited for any longer.
    pub(crate) fn poll(
        &self,
        context: &mut Context<'_>,
        router: &RefCell<Router>,
        can_wait: bool,
    ) -> Poll<()> {
        loop {
            // Looked up each time: subscribers come and go meanwhile, and behind the one that was waited for
            // there may be another.
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

/// A comment as subscribers get it: an event without a type.
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
