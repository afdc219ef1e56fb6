//! Signals made of events.

use std::rc::Rc;

use reactive_graph::owner::{StoredValue, on_cleanup};
use reactive_graph::signal::{ArcRwSignal, ReadSignal};
use reactive_graph::traits::{Notify, UpdateUntracked, UpdateValue};
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;

use super::source::{UseSource, effect};
use crate::hooks::attachment::{Attachment, Consumer};
use crate::hooks::{IntoSubscription, List, Source};
use everstream_core::Error;

/// The latest event, and what went wrong since.
#[derive(Debug)]
pub struct UseEvent<T: 'static> {
    /// The latest event; `None` until there is one.
    pub latest: ReadSignal<Option<T>>,
    /// What went wrong since the latest event: its successor could not be decoded, events are
    /// missing, or the source has failed.
    pub error: ReadSignal<Option<Error>>,
}

impl<T> Clone for UseEvent<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UseEvent<T> {}

/// The latest event of one type, its data deserialised from JSON, as by
/// [`on`](crate::EventSource::on).
///
/// Events that arrive together are one change: of these only the last one is shown. Where each one
/// counts, [`use_event_reduce`] sees them all.
pub fn use_event<T: DeserializeOwned + Send + Sync + 'static>(
    source: UseSource<impl Source>,
    event_type: impl Into<String>,
) -> UseEvent<T> {
    let event_type = event_type.into();
    use_event_latest(source, move |source| Source::on::<T>(source, &event_type))
}

/// The latest event of several types, as by [`events`](crate::EventSource::events): the variants of
/// `E` are the event types.
#[must_use]
pub fn use_events<E: DeserializeOwned + Send + Sync + 'static>(
    source: UseSource<impl Source>,
) -> UseEvent<E> {
    use_event_latest(source, |source| Source::events::<E>(source))
}

/// The latest event of any subscription, such as `|source| source.on_text("line")`.
pub fn use_event_latest<S, R>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
) -> UseEvent<R::Event>
where
    S: Source,
    R: IntoSubscription<Event: Send + Sync> + 'static,
{
    let latest = Latest {
        event: ArcRwSignal::new(None),
        error: ArcRwSignal::new(None),
    };
    let shown = UseEvent {
        latest: latest.event.read_only().into(),
        error: latest.error.read_only().into(),
    };
    attach(source, subscribe, latest);
    shown
}

/// A value made of all events, in order and none left out: `reduce` is called with each item of the
/// subscription, and the signal changes once for all that arrived together.
///
/// Errors are items too, such as [`Error::Gap`] in the place of events that are missing. When
/// another source is opened the value is made anew by `init`.
///
/// ```
/// # use everstream::leptos::{use_event_reduce, use_event_source};
/// # fn component() {
/// # let source = use_event_source("/");
/// let total = use_event_reduce(
///     source,
///     |source| source.on::<u64>("bytes"),
///     || 0,
///     |total, bytes| *total += bytes.unwrap_or(0),
/// );
/// # let _ = total;
/// # }
/// ```
pub fn use_event_reduce<S, R, A>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    init: impl Fn() -> A + 'static,
    reduce: impl Fn(&mut A, Result<R::Event, Error>) + 'static,
) -> ReadSignal<A>
where
    S: Source,
    R: IntoSubscription + 'static,
    A: Send + Sync + 'static,
{
    let value = ArcRwSignal::new(init());
    let shown = value.read_only().into();
    let fold = Fold {
        value,
        init,
        reduce,
    };
    attach(source, subscribe, fold);
    shown
}

/// The last `capacity` events of a subscription.
pub fn use_event_list<S, R>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    capacity: usize,
) -> ReadSignal<List<R::Event>>
where
    S: Source,
    R: IntoSubscription<Event: Send + Sync> + 'static,
{
    use_event_reduce(source, subscribe, move || List::new(capacity), List::take)
}

/// Subscribes for as long as the component is mounted.
fn attach<S, F, R, C>(source: UseSource<S>, subscribe: F, consumer: C)
where
    S: Source,
    F: Fn(&S) -> R + 'static,
    R: IntoSubscription + 'static,
    C: Consumer<R::Event> + 'static,
{
    let attachment = StoredValue::new(None);
    on_cleanup(move || drop(attachment.try_update_value(Option::take)));
    let mut begin = Some((subscribe, consumer));
    effect(Box::new(move || {
        let (Some(slot), Some((subscribe, consumer))) = (source.slot(), begin.take()) else {
            return;
        };
        let attached = Attachment::new(subscribe, consumer);
        slot.listen(&attached);
        let attached: Rc<dyn core::any::Any> = attached;
        attachment.try_update_value(|attachment| *attachment = Some(SendWrapper::new(attached)));
    }));
}

struct Latest<T> {
    event: ArcRwSignal<Option<T>>,
    error: ArcRwSignal<Option<Error>>,
}

impl<T: 'static> Consumer<T> for Latest<T> {
    fn reset(&self) {
        self.event.update_untracked(|event| *event = None);
        self.error.update_untracked(|error| *error = None);
    }

    fn take(&self, item: Result<T, Error>) {
        let failure = match item {
            Ok(latest) => {
                self.event.update_untracked(|event| *event = Some(latest));
                None
            }
            Err(error) => Some(error),
        };
        self.error.update_untracked(|error| *error = failure);
    }

    fn show(&self) {
        self.event.notify();
        self.error.notify();
    }
}

struct Fold<A, I, F> {
    value: ArcRwSignal<A>,
    init: I,
    reduce: F,
}

impl<T, A, I, F> Consumer<T> for Fold<A, I, F>
where
    A: 'static,
    I: Fn() -> A,
    F: Fn(&mut A, Result<T, Error>),
{
    fn reset(&self) {
        let anew = (self.init)();
        self.value.update_untracked(|value| *value = anew);
    }

    fn take(&self, item: Result<T, Error>) {
        self.value
            .update_untracked(|value| (self.reduce)(value, item));
    }

    fn show(&self) {
        self.value.notify();
    }
}
