//! Hooks that turn events into signals.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::rc::Rc;

use dioxus_core::{Subscribers, use_hook};
use dioxus_signals::{
    BorrowError, CopyValue, ReadSignal, Readable, ReadableExt, ReadableRef, Signal, UnsyncStorage,
    WritableExt,
};

use super::effect::{Component, use_after_change};
use super::source::UseSource;
use crate::hooks::attachment::{Attachment, Consumer};
use crate::hooks::{AsText, IntoSubscription, List, Source, apart};
use crate::typed::EventData;
use everstream_core::Error;

/// The latest event, and what went wrong since.
pub struct UseEvent<T: 'static> {
    /// The latest event; `None` before the first.
    pub latest: ReadSignal<Option<T>>,
    /// The error since the latest event: the next event could not be decoded, events are missing, or
    /// the source has failed.
    pub error: ReadSignal<Option<Error>>,
}

impl<T> Clone for UseEvent<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UseEvent<T> {}

impl<T> PartialEq for UseEvent<T> {
    fn eq(&self, other: &Self) -> bool {
        self.latest == other.latest && self.error == other.error
    }
}

impl<T> fmt::Debug for UseEvent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseEvent").finish_non_exhaustive()
    }
}

/// Returns the latest event of one type, with its data deserialised from JSON, as by
/// [`on`](crate::EventSource::on).
///
/// Another event type in a later rendering subscribes again, and resets what was built from the previous
/// type's events.
///
/// Events that arrive together are one change: only the last of them is shown. [`use_event_reduce`] receives
/// every event.
pub fn use_event<T: EventData>(
    source: UseSource<impl Source>,
    event_type: impl AsText,
) -> UseEvent<T> {
    let event_type = event_type.text();
    let key = event_type.clone();
    use_latest(source, key, move |source| {
        Source::on::<T>(source, &event_type)
    })
}

/// Returns the latest event of several types, as by [`events`](crate::EventSource::events): the variants of
/// `E` are the event types.
#[must_use]
pub fn use_events<E: EventData>(source: UseSource<impl Source>) -> UseEvent<E> {
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
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    use_latest(source, (), subscribe)
}

/// Returns a value built from all events, in order and without omissions. `reduce` is called with each item
/// of the subscription, and the signal changes once for all that arrived together.
///
/// Errors are items too, such as [`Error::Gap`] in the place of missing events. When another source is
/// opened, `init` recreates the value. The first rendering's closures are used throughout, so they must
/// read later values from signals.
///
/// `reduce` may use the source, such as to close it, and read and write signals. Inside `reduce`, the signal
/// of the value itself shows the result of `init`: the current value is the first argument.
///
/// ```
/// # use everstream::dioxus::{use_event_reduce, use_event_source};
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
    A: 'static,
    Kind: 'static,
{
    let (shown, fold) = use_hook(|| {
        let component = Component::current();
        let told = Told::new(init());
        let fold = Fold {
            told,
            stand_in: RefCell::default(),
            component,
            init,
            reduce,
        };
        (ReadSignal::new(told), Rc::new(fold))
    });
    use_attached(source, (), subscribe, fold);
    shown
}

/// Returns the last `capacity` events of a subscription.
pub fn use_event_list<S, R, Kind>(
    source: UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    capacity: usize,
) -> ReadSignal<List<R::Event>>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    use_event_reduce(source, subscribe, move || List::new(capacity), List::take)
}

fn use_latest<S, R, K, Kind>(
    source: UseSource<S>,
    key: K,
    subscribe: impl Fn(&S) -> R + 'static,
) -> UseEvent<R::Event>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    K: PartialEq + Clone + 'static,
    Kind: 'static,
{
    let (shown, latest) = use_hook(|| {
        let latest = Latest {
            event: Signal::new(None),
            error: Signal::new(None),
            ahead: RefCell::default(),
        };
        let shown = UseEvent {
            latest: latest.event.into(),
            error: latest.error.into(),
        };
        (shown, Rc::new(latest))
    });
    use_attached(source, key, subscribe, latest);
    shown
}

/// Subscribes while the component is mounted, and again for another source or key.
fn use_attached<S, F, R, C, K, Kind>(source: UseSource<S>, key: K, subscribe: F, consumer: Rc<C>)
where
    S: Source,
    F: Fn(&S) -> R + 'static,
    R: IntoSubscription<Kind> + 'static,
    C: Consumer<R::Event> + 'static,
    K: PartialEq + Clone + 'static,
    Kind: 'static,
{
    let (component, is_fresh, attachment) = use_hook(|| {
        let attachment = CopyValue::new(None::<Rc<dyn core::any::Any>>);
        (Component::current(), Rc::new(Cell::new(true)), attachment)
    });
    use_after_change((source, key), move |(source, _)| {
        let mut present = attachment;
        // The previous attachment ends before the next one starts.
        let Ok(former) = present.try_write().map(|mut present| present.take()) else {
            return;
        };
        drop(former);
        let Some(slot) = source.slot() else {
            return;
        };
        let subscribe = move |source: &S| component.call(|| subscribe(source));
        let attached = Attachment::new(subscribe, consumer, is_fresh);
        slot.listen(&attached);
        if let Ok(mut present) = present.try_write() {
            *present = Some(attached);
        }
    });
}

/// Writes both signals in `show` only, and only if they differ, since every write renders the component.
struct Latest<T: 'static> {
    event: Signal<Option<T>>,
    error: Signal<Option<Error>>,
    ahead: RefCell<Ahead<T>>,
}

/// The values that the next `show` writes.
struct Ahead<T> {
    event: Step<T>,
    error: Option<Error>,
}

/// A change of the latest event.
#[derive(Default)]
enum Step<T> {
    #[default]
    None,
    SetBack,
    To(T),
}

impl<T> Default for Ahead<T> {
    fn default() -> Self {
        Self {
            event: Step::None,
            error: None,
        }
    }
}

impl<T: 'static> Consumer<T> for Latest<T> {
    fn reset(&self) {
        let mut ahead = self.ahead.borrow_mut();
        ahead.event = Step::SetBack;
        ahead.error = None;
    }

    fn take(&self, item: Result<T, Error>) {
        let mut ahead = self.ahead.borrow_mut();
        match item {
            Ok(event) => {
                ahead.event = Step::To(event);
                ahead.error = None;
            }
            Err(error) => ahead.error = Some(error),
        }
    }

    fn show(&self) {
        let (event, error) = {
            let mut ahead = self.ahead.borrow_mut();
            (core::mem::take(&mut ahead.event), ahead.error.clone())
        };
        let (mut event_signal, mut error_signal) = (self.event, self.error);
        let event = match event {
            Step::To(event) => Some(Some(event)),
            Step::SetBack => (self.event.try_peek())
                .is_ok_and(|event| event.is_some())
                .then_some(None),
            Step::None => None,
        };
        if let Some(event) = event
            && let Ok(mut signal) = event_signal.try_write()
        {
            *signal = event;
        }
        let differs = self.error.try_peek().is_ok_and(|present| *present != error);
        if differs && let Ok(mut signal) = error_signal.try_write() {
            *signal = error;
        }
    }
}

/// A value that many events change, and a counter that notifies readers once for all of them. A signal of the
/// value would notify them for each event.
struct Told<A: 'static> {
    value: CopyValue<A>,
    version: Signal<u64>,
}

impl<A> Clone for Told<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Told<A> {}

impl<A> Told<A> {
    fn new(value: A) -> Self {
        Self {
            value: CopyValue::new(value),
            version: Signal::new(0),
        }
    }

    /// Returns `None` if the component is gone.
    fn swap(mut self, mut other: A) -> Option<A> {
        core::mem::swap(&mut *self.value.try_write().ok()?, &mut other);
        Some(other)
    }

    fn tell(mut self) {
        if let Ok(mut version) = self.version.try_write() {
            *version = version.wrapping_add(1);
        }
    }
}

impl<A: 'static> Readable for Told<A> {
    type Target = A;
    type Storage = UnsyncStorage;

    fn try_read_unchecked(&self) -> Result<ReadableRef<'static, Self>, BorrowError> {
        self.version.try_read_unchecked()?;
        self.value.try_read_unchecked()
    }

    fn try_peek_unchecked(&self) -> Result<ReadableRef<'static, Self>, BorrowError> {
        self.value.try_peek_unchecked()
    }

    fn subscribers(&self) -> Subscribers {
        self.version.subscribers()
    }
}

struct Fold<A: 'static, I, F> {
    told: Told<A>,
    /// Takes the value's place while `reduce` holds it.
    stand_in: RefCell<Option<A>>,
    component: Component,
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
        self.told.swap(self.component.call(&self.init));
    }

    fn take(&self, item: Result<T, Error>) {
        self.component.call(|| {
            let reduce = |value: &mut A| (self.reduce)(value, item);
            let swap = |value| self.told.swap(value);
            apart::change(&self.stand_in, &self.init, swap, reduce);
        });
    }

    fn show(&self) {
        self.told.tell();
    }
}
