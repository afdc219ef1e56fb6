//! Hooks that turn events into signals.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use reactive_graph::owner::{FromLocal, LocalStorage, StoredValue, SyncStorage, on_cleanup};
use reactive_graph::signal::{ArcReadSignal, ArcRwSignal, ReadSignal};
use reactive_graph::traits::{Notify, ReadUntracked, UpdateUntracked, UpdateValue};
use send_wrapper::SendWrapper;

use super::options::Threadsafe;
use super::source::{UseSource, effect};
use crate::hooks::attachment::{Attachment, Consumer};
use crate::hooks::{AsText, IntoSubscription, List, Source, apart};
use crate::typed::EventData;
use everstream_core::Error;

/// The latest event, and what went wrong since.
#[derive(Debug)]
pub struct UseEvent<T: 'static, Storage = SyncStorage> {
    /// The latest event; `None` before the first.
    pub latest: ReadSignal<Option<T>, Storage>,
    /// The error since the latest event: the next event could not be decoded, events are missing, or
    /// the source has failed.
    pub error: ReadSignal<Option<Error>>,
}

impl<T, Storage> Clone for UseEvent<T, Storage> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, Storage> Copy for UseEvent<T, Storage> {}

/// Returns the latest event of one type, with its data deserialised from JSON, as by
/// [`on`](crate::EventSource::on).
///
/// `event_type` is a string, or a function of signals that returns one. Another type subscribes again, and
/// resets what was built from the previous type's events.
///
/// Events that arrive together are one change: only the last of them is shown. [`use_event_reduce`] receives
/// every event.
///
/// For a `T` that is not `Send` and `Sync`, use [`use_event_local`].
pub fn use_event<T: EventData + Threadsafe>(
    source: UseSource<impl Source>,
    event_type: impl AsText + 'static,
) -> UseEvent<T> {
    latest(source, event_type, |source, event_type| {
        Source::on::<T>(source, event_type)
    })
    .shown()
}

/// Returns the latest event of several types, as by [`events`](crate::EventSource::events): the variants of
/// `E` are the event types.
#[must_use]
pub fn use_events<E: EventData + Threadsafe>(source: UseSource<impl Source>) -> UseEvent<E> {
    use_event_latest(source, |source| Source::events::<E>(source))
}

/// Returns the latest event of any subscription, such as `|source| source.on_text("line")`. Adapters work
/// too: `|source| source.on::<Trade>("trade").map(|item| item.map(|trade| trade.price))`.
pub fn use_event_latest<S, R, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
) -> UseEvent<R::Event>
where
    S: Source,
    R: IntoSubscription<Kind, Event: Threadsafe> + 'static,
    Kind: 'static,
{
    latest(source, "", move |source, _| subscribe(source)).shown()
}

/// Returns a value built from all events, in order and without omissions. `reduce` is called with each item
/// of the subscription, and the signal changes once for all that arrived together.
///
/// Errors are items too, such as [`Error::Gap`] in the place of missing events. When another source is
/// opened, `init` recreates the value.
///
/// `reduce` may use the source, such as to close it, and read and set signals. Inside `reduce`, the signal of
/// the value itself shows the result of `init`: the current value is the first argument.
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
pub fn use_event_reduce<S, R, A, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    init: impl Fn() -> A + 'static,
    reduce: impl Fn(&mut A, Result<R::Event, Error>) + 'static,
) -> ReadSignal<A>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    A: Threadsafe + 'static,
    Kind: 'static,
{
    fold(source, subscribe, init, reduce).into()
}

/// Returns the last `capacity` events of a subscription.
pub fn use_event_list<S, R, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    capacity: usize,
) -> ReadSignal<List<R::Event>>
where
    S: Source,
    R: IntoSubscription<Kind, Event: Threadsafe> + 'static,
    Kind: 'static,
{
    use_event_reduce(source, subscribe, move || List::new(capacity), List::take)
}

/// Like [`use_event`], for a `T` that is not `Send` or not `Sync`, such as one that holds an `Rc`.
///
/// As with all local signals of Leptos, a component that a server renders must be dropped on the thread that
/// rendered it.
pub fn use_event_local<T: EventData>(
    source: UseSource<impl Source>,
    event_type: impl AsText + 'static,
) -> UseEvent<T, LocalStorage> {
    latest(source, event_type, |source, event_type| {
        Source::on::<T>(source, event_type)
    })
    .shown_locally()
}

/// Like [`use_events`], for an `E` that is not `Send` or not `Sync`; see [`use_event_local`].
#[must_use]
pub fn use_events_local<E: EventData>(source: UseSource<impl Source>) -> UseEvent<E, LocalStorage> {
    use_event_latest_local(source, |source| Source::events::<E>(source))
}

/// Like [`use_event_latest`], for events that are not `Send` or not `Sync`; see [`use_event_local`].
pub fn use_event_latest_local<S, R, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
) -> UseEvent<R::Event, LocalStorage>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    latest(source, "", move |source, _| subscribe(source)).shown_locally()
}

/// Like [`use_event_reduce`], for a value that is not `Send` or not `Sync`; see [`use_event_local`].
pub fn use_event_reduce_local<S, R, A, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    init: impl Fn() -> A + 'static,
    reduce: impl Fn(&mut A, Result<R::Event, Error>) + 'static,
) -> ReadSignal<A, LocalStorage>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    A: 'static,
    Kind: 'static,
{
    ReadSignal::from_local(fold(source, subscribe, init, reduce))
}

/// Like [`use_event_list`], for events that are not `Send` or not `Sync`; see [`use_event_local`].
pub fn use_event_list_local<S, R, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    capacity: usize,
) -> ReadSignal<List<R::Event>, LocalStorage>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    use_event_reduce_local(source, subscribe, move || List::new(capacity), List::take)
}

fn latest<S, F, R, Kind>(
    source: UseSource<S>,
    event_type: impl AsText + 'static,
    subscribe: F,
) -> Latest<R::Event>
where
    S: Source,
    F: Fn(&S, &str) -> R + 'static,
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    let latest = Latest {
        event: ArcRwSignal::new(None),
        error: ArcRwSignal::new(None),
        is_changed: Rc::default(),
    };
    attach(source, event_type, subscribe, latest.clone());
    latest
}

fn fold<S, R, A, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    init: impl Fn() -> A + 'static,
    reduce: impl Fn(&mut A, Result<R::Event, Error>) + 'static,
) -> ArcReadSignal<A>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    A: 'static,
    Kind: 'static,
{
    let value = ArcRwSignal::new(init());
    let shown = value.read_only();
    let fold = Fold {
        value,
        stand_in: RefCell::default(),
        init,
        reduce,
    };
    attach(source, "", move |source: &S, _| subscribe(source), fold);
    shown
}

/// Subscribes while the component is mounted, and again when the event type changes.
fn attach<S, F, R, C, Kind>(
    source: UseSource<S>,
    event_type: impl AsText + 'static,
    subscribe: F,
    consumer: C,
) where
    S: Source,
    F: Fn(&S, &str) -> R + 'static,
    R: IntoSubscription<Kind> + 'static,
    C: Consumer<R::Event> + 'static,
    Kind: 'static,
{
    let attachment = StoredValue::new(None);
    on_cleanup(move || drop(attachment.try_update_value(Option::take)));
    let (subscribe, consumer) = (Rc::new(subscribe), Rc::new(consumer));
    let is_fresh = Rc::new(Cell::new(true));
    let mut present = None;
    effect(Box::new(move || {
        let event_type = event_type.text();
        if present.as_ref() == Some(&event_type) {
            return;
        }
        let Some(slot) = source.slot() else {
            return;
        };
        present = Some(event_type.clone());
        let subscribe = Rc::clone(&subscribe);
        let attached = Attachment::new(
            move |source: &S| subscribe(source, &event_type),
            Rc::clone(&consumer),
            Rc::clone(&is_fresh),
        );
        // The previous subscriber ends first, or the source would decode events for both.
        drop(attachment.try_update_value(Option::take));
        slot.listen(&attached);
        let attached: Rc<dyn core::any::Any> = attached;
        attachment.try_update_value(|attachment| *attachment = Some(SendWrapper::new(attached)));
    }));
}

struct Latest<T> {
    event: ArcRwSignal<Option<T>>,
    error: ArcRwSignal<Option<Error>>,
    is_changed: Rc<Changes>,
}

/// Which of the two signals has changed since the last `show`.
#[derive(Default)]
struct Changes {
    event: Cell<bool>,
    error: Cell<bool>,
}

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self {
            event: self.event.clone(),
            error: self.error.clone(),
            is_changed: Rc::clone(&self.is_changed),
        }
    }
}

impl<T: 'static> Latest<T> {
    fn shown(&self) -> UseEvent<T>
    where
        T: Send + Sync,
    {
        UseEvent {
            latest: self.event.read_only().into(),
            error: self.error.read_only().into(),
        }
    }

    fn shown_locally(&self) -> UseEvent<T, LocalStorage> {
        UseEvent {
            latest: ReadSignal::from_local(self.event.read_only()),
            error: self.error.read_only().into(),
        }
    }

    fn set_event(&self, event: Option<T>) {
        let was_some = self
            .event
            .try_read_untracked()
            .is_some_and(|event| event.is_some());
        if was_some || event.is_some() {
            self.is_changed.event.set(true);
            self.event.update_untracked(|present| *present = event);
        }
    }

    fn set_error(&self, error: Option<Error>) {
        let is_same = self
            .error
            .try_read_untracked()
            .is_some_and(|present| *present == error);
        if !is_same {
            self.is_changed.error.set(true);
            self.error.update_untracked(|present| *present = error);
        }
    }
}

impl<T: 'static> Consumer<T> for Latest<T> {
    fn reset(&self) {
        self.set_event(None);
        self.set_error(None);
    }

    fn take(&self, item: Result<T, Error>) {
        match item {
            Ok(latest) => {
                self.set_event(Some(latest));
                self.set_error(None);
            }
            Err(error) => self.set_error(Some(error)),
        }
    }

    fn show(&self) {
        if self.is_changed.event.take() {
            self.event.notify();
        }
        if self.is_changed.error.take() {
            self.error.notify();
        }
    }
}

struct Fold<A, I, F> {
    value: ArcRwSignal<A>,
    /// Takes the value's place while `reduce` holds it.
    stand_in: RefCell<Option<A>>,
    init: I,
    reduce: F,
}

impl<A: 'static, I, F> Fold<A, I, F> {
    fn swap(&self, mut other: A) -> Option<A> {
        self.value
            .try_update_untracked(|value| core::mem::swap(value, &mut other))?;
        Some(other)
    }
}

impl<T, A, I, F> Consumer<T> for Fold<A, I, F>
where
    A: 'static,
    I: Fn() -> A,
    F: Fn(&mut A, Result<T, Error>),
{
    fn reset(&self) {
        self.swap((self.init)());
    }

    fn take(&self, item: Result<T, Error>) {
        let reduce = |value: &mut A| (self.reduce)(value, item);
        apart::change(&self.stand_in, &self.init, |value| self.swap(value), reduce);
    }

    fn show(&self) {
        self.value.notify();
    }
}
