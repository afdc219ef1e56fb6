//! A subscriber in a component, which follows the source in a slot.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::marker::PhantomData;
use core::pin::pin;
use core::task::Poll;
use std::rc::Rc;

use futures_core::Stream;

use super::slot::{Content, Listener};
use super::source::{Openable, Source};
use super::subscription::IntoSubscription;
use super::task::Task;
use everstream_core::Error;
use everstream_core::connection::State;

/// Builds what a component shows from its events. Receives each one, and shows the result once for all that
/// arrived together.
pub(super) trait Consumer<T> {
    /// Resets the value for another source.
    fn reset(&self);
    fn take(&self, item: Result<T, Error>);
    /// Shows the value. Called when no item is ready and something has arrived or been reset since the last
    /// call.
    fn show(&self);
}

/// A consumer, subscribed to the source in a slot.
pub(super) struct Attachment<F, C, Kind> {
    subscribe: F,
    consumer: Rc<C>,
    /// Whether the consumer has received no item since it was created or reset.
    is_fresh: Rc<Cell<bool>>,
    reading: RefCell<Option<Task>>,
    kind: PhantomData<Kind>,
}

impl<F, C, Kind> Attachment<F, C, Kind> {
    /// `is_fresh` belongs to the consumer's value, which may outlive this attachment. Its initial value is
    /// `true`.
    pub(super) fn new(subscribe: F, consumer: Rc<C>, is_fresh: Rc<Cell<bool>>) -> Rc<Self> {
        Rc::new(Self {
            subscribe,
            consumer,
            is_fresh,
            reading: RefCell::default(),
            kind: PhantomData,
        })
    }
}

impl<S, F, R, C, Kind> Listener<S> for Attachment<F, C, Kind>
where
    S: Source,
    F: Fn(&S) -> R,
    R: IntoSubscription<Kind>,
    C: Consumer<R::Event> + 'static,
{
    fn changed(&self, content: &Content<S>) {
        let subscription = match content {
            // Received values stay, and the current subscription is read to its end.
            Content::Nothing => return,
            Content::Failed(error) => Err(error.clone()),
            Content::Source(source) => (self.subscribe)(source).into_items(),
        };
        drop(self.reading.take());
        // Resetting a fresh value changes nothing, so it needs no rendering.
        let mut is_changed = !self.is_fresh.replace(true);
        self.consumer.reset();
        match subscription {
            Ok(items) => {
                let consumer = Rc::clone(&self.consumer);
                let is_fresh = Rc::clone(&self.is_fresh);
                self.reading.replace(Some(Task::spawn(Box::pin(async move {
                    let take = |item| {
                        is_fresh.set(false);
                        consumer.take(item);
                    };
                    read(items, take, || consumer.show()).await;
                }))));
            }
            Err(error) => {
                self.is_fresh.set(false);
                self.consumer.take(Err(error));
                is_changed = true;
            }
        }
        if is_changed {
            self.consumer.show();
        }
    }
}

/// Shows the state of the source in a slot: once for all changes that arrived together, and only if it
/// differs.
pub(super) struct StateWatch<C> {
    shown: Rc<Shown<C>>,
    reading: RefCell<Option<Task>>,
}

struct Shown<C> {
    show: C,
    state: RefCell<State>,
}

impl<C: Fn(State)> StateWatch<C> {
    pub(super) fn new(show: C) -> Rc<Self> {
        let state = RefCell::new(State::Idle);
        Rc::new(Self {
            shown: Rc::new(Shown { show, state }),
            reading: RefCell::default(),
        })
    }
}

impl<C: Fn(State)> Shown<C> {
    fn show(&self, state: State) {
        if *self.state.borrow() != state {
            self.state.replace(state.clone());
            (self.show)(state);
        }
    }
}

impl<S: Openable, C: Fn(State) + 'static> Listener<S> for StateWatch<C> {
    fn changed(&self, content: &Content<S>) {
        drop(self.reading.take());
        match content {
            Content::Nothing => self.shown.show(State::Idle),
            Content::Failed(error) => self.shown.show(State::Closed {
                error: Some(error.clone()),
            }),
            Content::Source(source) => {
                let (states, shown) = (source.states(), Rc::clone(&self.shown));
                self.reading.replace(Some(Task::spawn(Box::pin(async move {
                    let latest = Cell::new(None);
                    let pause = || {
                        if let Some(state) = latest.take() {
                            shown.show(state);
                        }
                    };
                    read(states, |state| latest.set(Some(state)), pause).await;
                }))));
            }
        }
    }
}

/// Reads a stream to its end. Calls `pause` when, after some items, no other is ready.
async fn read<T>(stream: impl Stream<Item = T>, take: impl Fn(T), pause: impl Fn()) {
    let mut stream = pin!(stream);
    poll_fn(|context| {
        let mut took = false;
        loop {
            let item = stream.as_mut().poll_next(context);
            if let Poll::Ready(Some(item)) = item {
                take(item);
                took = true;
                continue;
            }
            if took {
                pause();
            }
            return item.map(|_| ());
        }
    })
    .await;
}
