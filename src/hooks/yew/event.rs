//! Hooks that build values from events.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::rc::Rc;

use ::yew::functional::{UseForceUpdateHandle, use_force_update};
use ::yew::{hook, use_effect_with, use_memo};

use super::source::UseSource;
use crate::hooks::attachment::{Attachment, Consumer};
use crate::hooks::{AsText, IntoSubscription, List, Source, apart};
use crate::typed::EventData;
use everstream_core::Error;

/// The latest event, and what went wrong since. Two values are equal when they refer to the same event and
/// error.
#[derive(Debug)]
pub struct UseEvent<T> {
    /// The latest event; `None` before the first.
    pub latest: Option<Rc<T>>,
    /// The error since the latest event: the next event could not be decoded, events are missing, or
    /// the source has failed.
    pub error: Option<Rc<Error>>,
}

impl<T> UseEvent<T> {
    fn none() -> Self {
        Self {
            latest: None,
            error: None,
        }
    }

    fn take(&mut self, item: Result<T, Error>) {
        match item {
            Ok(event) => {
                self.latest = Some(Rc::new(event));
                self.error = None;
            }
            Err(error) => self.error = Some(Rc::new(error)),
        }
    }
}

impl<T> Clone for UseEvent<T> {
    fn clone(&self) -> Self {
        Self {
            latest: self.latest.clone(),
            error: self.error.clone(),
        }
    }
}

impl<T> PartialEq for UseEvent<T> {
    fn eq(&self, other: &Self) -> bool {
        is_same(self.latest.as_ref(), other.latest.as_ref())
            && is_same(self.error.as_ref(), other.error.as_ref())
    }
}

fn is_same<T>(one: Option<&Rc<T>>, other: Option<&Rc<T>>) -> bool {
    one.map(Rc::as_ptr) == other.map(Rc::as_ptr)
}

/// A value built from all events. Two are equal when nothing has arrived between them.
pub struct UseReduced<A> {
    value: Rc<Value<A>>,
    /// The value's version at the time of the rendering.
    version: u64,
}

/// The current value, and the number of its changes.
struct Value<A> {
    present: RefCell<A>,
    version: Cell<u64>,
}

impl<A> UseReduced<A> {
    /// Passes the value to a function.
    pub fn with<T>(&self, look: impl FnOnce(&A) -> T) -> T {
        look(&self.value.present.borrow())
    }

    /// Returns a copy of the value.
    #[must_use]
    pub fn get(&self) -> A
    where
        A: Clone,
    {
        self.with(A::clone)
    }
}

impl<A> Clone for UseReduced<A> {
    fn clone(&self) -> Self {
        Self {
            value: Rc::clone(&self.value),
            version: self.version,
        }
    }
}

impl<A> PartialEq for UseReduced<A> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.value, &other.value) && self.version == other.version
    }
}

impl<A: fmt::Debug> fmt::Debug for UseReduced<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UseReduced")
            .field(&self.value.present)
            .finish()
    }
}

/// Returns the latest event of one type, with its data deserialised from JSON, as by
/// [`on`](crate::EventSource::on).
///
/// Another event type in a later rendering subscribes again, and resets what was built from the previous
/// type's events.
///
/// Events that arrive together cause one rendering: only the last of them is shown. [`use_event_reduce`]
/// receives every event.
#[hook]
pub fn use_event<T: EventData>(
    source: &UseSource<impl Source>,
    event_type: impl AsText,
) -> UseEvent<T> {
    let event_type = event_type.text();
    let key = event_type.clone();
    let subscribe = move |source: &_| Source::on::<T>(source, &event_type);
    use_keyed(source, key, subscribe, UseEvent::none, UseEvent::take).get()
}

/// Returns the latest event of several types, as by [`events`](crate::EventSource::events): the variants of
/// `E` are the event types.
#[hook]
pub fn use_events<E: EventData>(source: &UseSource<impl Source>) -> UseEvent<E> {
    use_event_latest(source, |source| Source::events::<E>(source))
}

/// Returns the latest event of any subscription, such as `|source| source.on_text("line")`. Adapters work
/// too: `|source| source.on::<Trade>("trade").map(|item| item.map(|trade| trade.price))`.
#[hook]
pub fn use_event_latest<S, R, Kind>(
    source: &UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
) -> UseEvent<R::Event>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    use_keyed(source, (), subscribe, UseEvent::none, UseEvent::take).get()
}

/// Returns a value built from all events, in order and without omissions. `reduce` is called with each item
/// of the subscription, and the component renders once for all that arrived together.
///
/// Errors are items too, such as [`Error::Gap`] in the place of missing events. When another source is
/// opened, `init` recreates the value. The latest rendering's closures are called; `subscribe` is called
/// when a source is opened.
///
/// `reduce` may use the source, such as to close it. Inside `reduce`, an earlier [`UseReduced`] shows the
/// result of `init`: the current value is the first argument.
///
/// ```
/// # use everstream::yew::{use_event_reduce, use_event_source};
/// # use yew::prelude::*;
/// # #[component]
/// # fn Total() -> Html {
/// # let source = use_event_source("/");
/// let total = use_event_reduce(
///     &source,
///     |source| source.on::<u64>("bytes"),
///     || 0,
///     |total, bytes| *total += bytes.unwrap_or(0),
/// );
/// # html! { total.get() }
/// # }
/// ```
#[hook]
pub fn use_event_reduce<S, R, A, Kind>(
    source: &UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    init: impl Fn() -> A + 'static,
    reduce: impl Fn(&mut A, Result<R::Event, Error>) + 'static,
) -> UseReduced<A>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    A: 'static,
    Kind: 'static,
{
    use_keyed(source, (), subscribe, init, reduce)
}

/// Returns the last `capacity` events of a subscription.
#[hook]
pub fn use_event_list<S, R, Kind>(
    source: &UseSource<S>,
    subscribe: impl Fn(&S) -> R + 'static,
    capacity: usize,
) -> UseReduced<List<R::Event>>
where
    S: Source,
    R: IntoSubscription<Kind> + 'static,
    Kind: 'static,
{
    let init = move || List::new(capacity);
    use_keyed(source, (), subscribe, init, List::take)
}

/// The closures of the latest rendering.
struct Recipe<F, I, G> {
    subscribe: F,
    init: I,
    reduce: G,
}

/// The state that outlives a rendering.
struct Fold<A, F, I, G> {
    value: Rc<Value<A>>,
    /// Takes the value's place while `reduce` holds it.
    stand_in: RefCell<Option<A>>,
    /// See [`Attachment`].
    is_fresh: Rc<Cell<bool>>,
    recipe: RefCell<Rc<Recipe<F, I, G>>>,
}

impl<A, F, I, G> Fold<A, F, I, G> {
    fn recipe(&self) -> Rc<Recipe<F, I, G>> {
        Rc::clone(&self.recipe.borrow())
    }
}

/// Subscribes while the component is mounted, and again when `key` changes.
#[hook]
fn use_keyed<K, S, F, R, A, I, G, Kind>(
    source: &UseSource<S>,
    key: K,
    subscribe: F,
    init: I,
    reduce: G,
) -> UseReduced<A>
where
    K: PartialEq + 'static,
    S: Source,
    F: Fn(&S) -> R + 'static,
    R: IntoSubscription<Kind> + 'static,
    A: 'static,
    I: Fn() -> A + 'static,
    G: Fn(&mut A, Result<R::Event, Error>) + 'static,
    Kind: 'static,
{
    let recipe = Rc::new(Recipe {
        subscribe,
        init,
        reduce,
    });
    let first = Rc::clone(&recipe);
    let fold = use_memo((), move |()| Fold {
        value: Rc::new(Value {
            present: RefCell::new((first.init)()),
            version: Cell::new(0),
        }),
        stand_in: RefCell::default(),
        is_fresh: Rc::new(Cell::new(true)),
        recipe: RefCell::new(first),
    });
    fold.recipe.replace(recipe);

    let shown = Shown {
        fold: Rc::clone(&fold),
        update: use_force_update(),
    };
    let source = source.clone();
    use_effect_with((source.id(), key), move |_| {
        let fold = Rc::clone(&shown.fold);
        let is_fresh = Rc::clone(&fold.is_fresh);
        let subscribe = move |source: &S| (fold.recipe().subscribe)(source);
        let attached = Attachment::new(subscribe, Rc::new(shown), is_fresh);
        source.slot().listen(&attached);
        move || drop(attached)
    });
    UseReduced {
        version: fold.value.version.get(),
        value: Rc::clone(&fold.value),
    }
}

/// A fold and the component that shows it.
struct Shown<A, F, I, G> {
    fold: Rc<Fold<A, F, I, G>>,
    update: UseForceUpdateHandle,
}

impl<T, A, F, I, G> Consumer<T> for Shown<A, F, I, G>
where
    I: Fn() -> A,
    G: Fn(&mut A, Result<T, Error>),
{
    fn reset(&self) {
        let anew = (self.fold.recipe().init)();
        self.fold.value.present.replace(anew);
    }

    fn take(&self, item: Result<T, Error>) {
        let fold = &self.fold;
        let recipe = fold.recipe();
        let swap = |value| Some(fold.value.present.replace(value));
        apart::change(&fold.stand_in, &recipe.init, swap, |value| {
            (recipe.reduce)(value, item);
        });
    }

    fn show(&self) {
        let version = &self.fold.value.version;
        version.set(version.get() + 1);
        self.update.force_update();
    }
}
