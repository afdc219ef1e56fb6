//! Who wants which event.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::buffer::Overflow;
use super::sink::Sink;
use everstream_core::Error;
use everstream_core::parse::Event;

/// What a subscriber asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Events of these types.
    Types(Vec<String>),
    /// Every event.
    All,
    /// Every event, by a sink that knows by itself what native is to listen for.
    Tap,
    /// Comments, which reach the sink as events without a type.
    Comments,
}

/// A list that can be read on while the router changes: events are decoded by foreign code, which
/// may subscribe and unsubscribe.
type Sinks = Rc<[Rc<dyn Sink>]>;

/// The subscribers of a source, by event type.
#[derive(Default)]
pub(crate) struct Router {
    by_type: BTreeMap<String, Sinks>,
    all: Sinks,
    comments: Sinks,
    /// How many of `all` are taps.
    taps: usize,
    /// What subscribers that are gone have missed.
    lagged: u64,
    /// Counts the changes.
    revision: u64,
}

/// The way of the event before, which is mostly that of the next one too.
#[derive(Default)]
pub(crate) struct Route {
    event_type: String,
    revision: Option<u64>,
    takers: Takers,
}

/// Those who want an event.
#[derive(Default)]
pub(crate) struct Takers {
    by_type: Option<Sinks>,
    all: Sinks,
}

impl Takers {
    fn iter(&self) -> impl Iterator<Item = &Rc<dyn Sink>> {
        self.by_type
            .iter()
            .flat_map(|sinks| sinks.iter())
            .chain(self.all.iter())
    }

    pub(crate) fn push(&self, event: &Event<'_>) {
        for sink in self.iter() {
            sink.push(event);
        }
    }

    fn push_error(&self, error: &Error) {
        for sink in self.iter() {
            sink.push_error(error.clone());
        }
    }

    /// Pushes an event at once, unless someone should be waited for before.
    pub(crate) fn offer(&self, event: &Event<'_>) -> bool {
        if let (None, [only]) = (&self.by_type, &*self.all) {
            return only.offer(event);
        }
        let is_free = self.pausing().is_none();
        if is_free {
            self.push(event);
        }
        is_free
    }

    /// Like [`offer`](Self::offer), for whatever is to be delivered.
    pub(crate) fn offer_parcel(&self, parcel: &Parcel<'_>) -> bool {
        match parcel {
            Parcel::Event(event) => self.offer(event),
            Parcel::Skipped(error) => {
                let is_free = self.pausing().is_none();
                if is_free {
                    self.push_error(error);
                }
                is_free
            }
        }
    }

    pub(crate) fn push_parcel(&self, parcel: &Parcel<'_>) {
        match parcel {
            Parcel::Event(event) => self.push(event),
            Parcel::Skipped(error) => self.push_error(error),
        }
    }

    /// The first one that should be waited for before the event is pushed.
    pub(crate) fn pausing(&self) -> Option<&Rc<dyn Sink>> {
        self.iter().find(|sink| sink.pause().is_some())
    }
}

/// What is delivered in its turn: an event, or that one was skipped.
#[derive(Debug)]
pub(crate) enum Parcel<'a> {
    Event(Event<'a>),
    Skipped(&'a Error),
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("types", &self.by_type.keys())
            .field("all", &self.all.len())
            .finish_non_exhaustive()
    }
}

impl Router {
    pub(crate) fn add(&mut self, interest: Interest, sink: Rc<dyn Sink>) {
        self.revision += 1;
        match interest {
            Interest::All => append(&mut self.all, sink),
            Interest::Tap => {
                self.taps += 1;
                append(&mut self.all, sink);
            }
            Interest::Comments => append(&mut self.comments, sink),
            Interest::Types(types) => {
                for event_type in types {
                    append(
                        self.by_type.entry(event_type).or_default(),
                        Rc::clone(&sink),
                    );
                }
            }
        }
    }

    /// Lets go of the subscribers that have ended.
    pub(crate) fn prune(&mut self) {
        self.revision += 1;
        let mut gone: Vec<Rc<dyn Sink>> = Vec::new();
        let mut prune = |sinks: &mut Sinks| {
            if !sinks.iter().any(|sink| sink.has_ended()) {
                return;
            }
            let (ended, kept): (Vec<_>, Vec<_>) =
                sinks.iter().cloned().partition(|sink| sink.has_ended());
            *sinks = kept.into();
            for sink in ended {
                // One that stands under several types is counted once.
                if !contains(&gone, &sink) {
                    gone.push(sink);
                }
            }
        };
        self.by_type.retain(|_, sinks| {
            prune(sinks);
            !sinks.is_empty()
        });
        prune(&mut self.all);
        prune(&mut self.comments);
        self.lagged += gone.iter().map(|sink| sink.lagged()).sum::<u64>();
    }

    /// The event types that are asked for by name.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        self.by_type.keys().map(String::as_str)
    }

    /// Whether a subscriber asks for what the native `EventSource` can't do: events of any type,
    /// comments, or to be waited for.
    pub(crate) fn needs_fetch(&self) -> bool {
        self.all.len() > self.taps
            || !self.comments.is_empty()
            || self
                .by_type
                .values()
                .flat_map(|sinks| sinks.iter())
                .any(|sink| sink.overflow() == Overflow::Backpressure)
    }

    pub(crate) fn takers(&self, event_type: &str) -> Takers {
        Takers {
            by_type: self.by_type.get(event_type).cloned(),
            all: Rc::clone(&self.all),
        }
    }

    /// Finds the takers, unless `route` has led to them before.
    pub(crate) fn find<'r>(&self, event_type: &str, route: &'r mut Route) -> &'r Takers {
        if route.revision != Some(self.revision) || route.event_type != event_type {
            event_type.clone_into(&mut route.event_type);
            route.revision = Some(self.revision);
            route.takers = self.takers(event_type);
        }
        &route.takers
    }

    /// Those who want comments, which they get as events without a type.
    pub(crate) fn comment_takers(&self) -> Takers {
        Takers {
            by_type: None,
            all: Rc::clone(&self.comments),
        }
    }

    /// Each subscriber once.
    fn everyone(&self) -> Vec<Rc<dyn Sink>> {
        let mut sinks: Vec<Rc<dyn Sink>> = Vec::new();
        let by_type = self.by_type.values().flat_map(|sinks| sinks.iter());
        for sink in by_type.chain(self.all.iter()) {
            if !contains(&sinks, sink) {
                sinks.push(Rc::clone(sink));
            }
        }
        sinks
    }

    /// The subscribers that are told of an event that was skipped: those of its type, or everyone if its
    /// type is unknown.
    pub(crate) fn skipped_takers(&self, event_type: Option<&str>) -> Takers {
        match event_type {
            Some(event_type) => self.takers(event_type),
            None => Takers {
                by_type: None,
                all: self.everyone().into(),
            },
        }
    }

    /// Tells of an event that was skipped.
    pub(crate) fn skipped(&self, event_type: Option<&str>, error: &Error) {
        self.skipped_takers(event_type).push_error(error);
    }

    pub(crate) fn gap(&self) {
        for sink in self.everyone() {
            sink.push_gap();
        }
    }

    /// Ends every subscriber's stream and forgets it.
    pub(crate) fn end(&mut self, error: Option<&Error>) {
        for sink in self.everyone().iter().chain(self.comments.iter()) {
            sink.end(error.cloned());
        }
        self.prune();
    }

    /// How many events subscribers have missed.
    pub(crate) fn lagged(&self) -> u64 {
        let present: u64 = self.everyone().iter().map(|sink| sink.lagged()).sum();
        self.lagged + present
    }
}

fn append(sinks: &mut Sinks, sink: Rc<dyn Sink>) {
    *sinks = sinks.iter().cloned().chain([sink]).collect();
}

fn contains(sinks: &[Rc<dyn Sink>], sink: &Rc<dyn Sink>) -> bool {
    sinks.iter().any(|other| Rc::ptr_eq(other, sink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscribe::buffer::Buffer;
    use crate::subscribe::sink::TypedSink;
    use core::cell::RefCell;
    use core::task::{Context, Poll, Waker};

    type Texts = Rc<RefCell<Buffer<String>>>;

    fn subscribe(router: &mut Router, interest: Interest) -> Texts {
        let buffer = Rc::new(RefCell::new(Buffer::new(8, Overflow::DropOldest)));
        let sink = TypedSink {
            buffer: Rc::clone(&buffer),
            decode: |event: &Event<'_>| Some(Ok(event.data.to_owned())),
        };
        router.add(interest, Rc::new(sink));
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
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(item)) = buffer.borrow_mut().poll_next(&mut context) {
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
        router.gap();
        assert_eq!(drain(&two), ["Gap"]);
    }

    #[test]
    fn one_that_has_ended_is_forgotten_and_its_losses_remembered() {
        let mut router = Router::default();
        let buffer = subscribe(&mut router, types(&["a", "b"]));
        for _ in 0..10 {
            send(&router, "a", "x");
        }
        assert_eq!(router.lagged(), 2);
        buffer.borrow_mut().end(None);
        router.prune();
        assert_eq!(router.types().count(), 0);
        assert_eq!(router.lagged(), 2);
    }
}
