//! Maps event types to subscribers.

use core::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::buffer::Overflow;
use super::subscriber::Subscriber;
use everstream_core::parse::Event;
use everstream_core::{Error, GapCause};

/// A subscriber's interest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// The events of these types.
    Types(Vec<String>),
    /// Every event.
    All,
    /// Comments, delivered as events without a type.
    Comments,
}

/// A list that stays readable while the router changes. Decoding an event runs user code, which may subscribe
/// and unsubscribe.
type Subscribers = Rc<[Rc<dyn Subscriber>]>;

/// The subscribers of a source, by event type.
#[derive(Default)]
pub(crate) struct Router {
    /// Sorted by type. A map would be more code, and more memory on a page with thousands of channels.
    by_type: Vec<(String, Subscribers)>,
    all: Subscribers,
    comments: Subscribers,
    /// Events missed by subscribers that are gone.
    lagged: u64,
    /// The number of changes so far; a [`Route`] of another revision is stale.
    revision: u64,
}

/// The cached route of the previous event, since the next one mostly has the same type.
#[derive(Default)]
pub(crate) struct Route {
    event_type: String,
    revision: Option<u64>,
    takers: Takers,
}

/// The subscribers that receive an event.
#[derive(Default)]
pub(crate) struct Takers {
    by_type: Option<Subscribers>,
    all: Subscribers,
}

impl Takers {
    fn iter(&self) -> impl Iterator<Item = &Rc<dyn Subscriber>> {
        self.by_type
            .iter()
            .flat_map(|subscribers| subscribers.iter())
            .chain(self.all.iter())
    }

    pub(crate) fn push(&self, event: &Event<'_>) {
        for subscriber in self.iter() {
            subscriber.push(event);
        }
    }

    pub(crate) fn push_error(&self, error: &Error) {
        for subscriber in self.iter() {
            subscriber.push_error(error.clone());
        }
    }

    /// Pushes an event now, unless a subscriber must be waited for. Returns whether it was pushed.
    pub(crate) fn offer(&self, event: &Event<'_>) -> bool {
        let is_free = self.pausing().is_none();
        if is_free {
            self.push(event);
        }
        is_free
    }

    /// Returns the first subscriber that must be waited for before the push.
    pub(crate) fn pausing(&self) -> Option<&Rc<dyn Subscriber>> {
        self.iter().find(|subscriber| subscriber.pause().is_some())
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("types", &self.types().collect::<Vec<_>>())
            .field("all", &self.all.len())
            .finish_non_exhaustive()
    }
}

impl Router {
    pub(crate) fn add(&mut self, interest: Interest, subscriber: Rc<dyn Subscriber>) {
        self.revision += 1;
        match interest {
            Interest::All => append(&mut self.all, subscriber),
            Interest::Comments => append(&mut self.comments, subscriber),
            Interest::Types(types) => {
                for event_type in types {
                    let at = self.place_of(&event_type).unwrap_or_else(|at| {
                        self.by_type
                            .insert(at, (event_type, Subscribers::default()));
                        at
                    });
                    append(&mut self.by_type[at].1, Rc::clone(&subscriber));
                }
            }
        }
    }

    /// Removes the subscribers that have ended.
    pub(crate) fn prune(&mut self) {
        self.revision += 1;
        let mut gone: Vec<Rc<dyn Subscriber>> = Vec::new();
        let mut prune = |subscribers: &mut Subscribers| {
            if !subscribers.iter().any(|subscriber| subscriber.has_ended()) {
                return;
            }
            let (ended, kept): (Vec<_>, Vec<_>) = subscribers
                .iter()
                .cloned()
                .partition(|subscriber| subscriber.has_ended());
            *subscribers = kept.into();
            for subscriber in ended {
                // A subscriber listed under several types counts once.
                if !contains(&gone, &subscriber) {
                    gone.push(subscriber);
                }
            }
        };
        self.by_type.retain_mut(|(_, subscribers)| {
            prune(subscribers);
            !subscribers.is_empty()
        });
        prune(&mut self.all);
        prune(&mut self.comments);
        self.lagged += gone
            .iter()
            .map(|subscriber| subscriber.lagged())
            .sum::<u64>();
    }

    fn place_of(&self, event_type: &str) -> Result<usize, usize> {
        self.by_type
            .binary_search_by(|(known, _)| known.as_str().cmp(event_type))
    }

    /// Returns the event types that subscribers name, sorted.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        self.by_type.iter().map(|(event_type, _)| &**event_type)
    }

    /// Whether a subscriber needs what the native `EventSource` can't do: events of any type, comments or
    /// backpressure.
    pub(crate) fn needs_fetch(&self) -> bool {
        !self.all.is_empty()
            || !self.comments.is_empty()
            || self
                .by_type
                .iter()
                .flat_map(|(_, subscribers)| subscribers.iter())
                .any(|subscriber| subscriber.overflow() == Overflow::Backpressure)
    }

    pub(crate) fn takers(&self, event_type: &str) -> Takers {
        Takers {
            by_type: self
                .place_of(event_type)
                .ok()
                .map(|at| Rc::clone(&self.by_type[at].1)),
            all: Rc::clone(&self.all),
        }
    }

    /// Returns the recipients, from the cache in `route` if that is current.
    pub(crate) fn find<'r>(&self, event_type: &str, route: &'r mut Route) -> &'r Takers {
        if route.revision != Some(self.revision) || route.event_type != event_type {
            event_type.clone_into(&mut route.event_type);
            route.revision = Some(self.revision);
            route.takers = self.takers(event_type);
        }
        &route.takers
    }

    /// Returns the recipients of comments, which are delivered as events without a type.
    pub(crate) fn comment_takers(&self) -> Takers {
        Takers {
            by_type: None,
            all: Rc::clone(&self.comments),
        }
    }

    /// Returns each subscriber of events once, in a new list: notifying one runs user wakers, so the router
    /// must not be borrowed meanwhile.
    pub(crate) fn everyone(&self) -> Vec<Rc<dyn Subscriber>> {
        let mut subscribers: Vec<Rc<dyn Subscriber>> = Vec::new();
        let by_type = self
            .by_type
            .iter()
            .flat_map(|(_, subscribers)| subscribers.iter());
        for subscriber in by_type.chain(self.all.iter()) {
            if !contains(&subscribers, subscriber) {
                subscribers.push(Rc::clone(subscriber));
            }
        }
        subscribers
    }

    /// Returns the recipients of the error about a skipped event: those of its type, or everyone if the type
    /// is unknown.
    pub(crate) fn skipped_takers(&self, event_type: Option<&str>) -> Takers {
        match event_type {
            Some(event_type) => self.takers(event_type),
            None => Takers {
                by_type: None,
                all: self.everyone().into(),
            },
        }
    }

    /// Removes and returns all subscribers. The caller must [end](end_all) their streams.
    pub(crate) fn take_everyone(&mut self) -> Vec<Rc<dyn Subscriber>> {
        let mut everyone = self.everyone();
        everyone.extend(self.comments.iter().cloned());
        self.lagged += everyone
            .iter()
            .map(|subscriber| subscriber.lagged())
            .sum::<u64>();
        self.revision += 1;
        self.by_type = Vec::new();
        self.all = Subscribers::default();
        self.comments = Subscribers::default();
        everyone
    }

    /// Returns how many events the subscribers have missed.
    pub(crate) fn lagged(&self) -> u64 {
        let present: u64 = self
            .everyone()
            .iter()
            .map(|subscriber| subscriber.lagged())
            .sum();
        self.lagged + present
    }
}

/// Reports a gap to all subscribers.
pub(crate) fn tell_of_gap(router: &RefCell<Router>, cause: GapCause) {
    let everyone = router.borrow().everyone();
    for subscriber in everyone {
        subscriber.push_gap(cause);
    }
}

/// Ends the subscribers' streams.
pub(crate) fn end_all(subscribers: Vec<Rc<dyn Subscriber>>, error: Option<&Error>) {
    for subscriber in subscribers {
        subscriber.end(error.cloned());
    }
}

fn append(subscribers: &mut Subscribers, subscriber: Rc<dyn Subscriber>) {
    *subscribers = subscribers.iter().cloned().chain([subscriber]).collect();
}

fn contains(subscribers: &[Rc<dyn Subscriber>], subscriber: &Rc<dyn Subscriber>) -> bool {
    subscribers
        .iter()
        .any(|other| Rc::ptr_eq(other, subscriber))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscribe::pipe::Pipe;
    use crate::subscribe::subscriber::TypedSubscriber;
    use core::task::{Context, Poll, Waker};

    type Texts = Rc<Pipe<String>>;

    fn subscribe(router: &mut Router, interest: Interest) -> Texts {
        let buffer = Rc::new(Pipe::new(8, Overflow::DropOldest));
        let subscriber = TypedSubscriber {
            buffer: Rc::clone(&buffer),
            decode: |event: &Event<'_>| Some(Ok(event.data.to_owned())),
        };
        router.add(interest, Rc::new(subscriber));
        buffer
    }

    fn send(router: &Router, event_type: &str, data: &str) {
        router.takers(event_type).push(&Event {
            event_type,
            data,
            last_event_id: "",
        });
    }

    fn drain(buffer: &Texts) -> Vec<String> {
        let mut texts = Vec::new();
        let context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(item)) = buffer.poll_next(&context) {
            texts.push(item.unwrap_or_else(|error| format!("{error:?}")));
        }
        texts
    }

    fn types(names: &[&str]) -> Interest {
        Interest::Types(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn each_gets_what_it_asked_for_in_order() {
        let mut router = Router::default();
        let one = subscribe(&mut router, types(&["a"]));
        let two = subscribe(&mut router, types(&["a", "b"]));
        let all = subscribe(&mut router, Interest::All);
        for (event_type, data) in [("a", "1"), ("b", "2"), ("__proto__", "3"), ("a", "4")] {
            send(&router, event_type, data);
        }
        assert_eq!(drain(&one), ["1", "4"]);
        assert_eq!(drain(&two), ["1", "2", "4"]);
        assert_eq!(drain(&all), ["1", "2", "3", "4"]);
    }

    #[test]
    fn a_notice_reaches_a_subscriber_of_two_types_once() {
        let mut router = Router::default();
        let two = subscribe(&mut router, types(&["a", "b"]));
        tell_of_gap(&RefCell::new(router), GapCause::IdsMissing);
        assert_eq!(drain(&two), ["Gap { cause: IdsMissing }"]);
    }

    #[test]
    fn one_that_has_ended_is_forgotten_and_its_losses_remembered() {
        let mut router = Router::default();
        let buffer = subscribe(&mut router, types(&["a", "b"]));
        for _ in 0..10 {
            send(&router, "a", "x");
        }
        assert_eq!(router.lagged(), 2);
        buffer.abandon();
        router.prune();
        assert_eq!(router.types().count(), 0);
        assert_eq!(router.lagged(), 2);
    }
}
