//! A subscriber in a component, which follows the source that is in a slot.

use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use std::rc::Rc;

use futures_core::Stream;

use super::slot::{Content, Listener};
use super::source::{Openable, Source};
use super::task::Task;
use crate::subscribe::Subscription;
use everstream_core::Error;
use everstream_core::connection::State;

/// What a subscribing closure may return: a [`Subscription`], or the result of asking for one.
pub trait IntoSubscription {
    /// What the events are decoded to.
    type Event: 'static;

    /// The subscription, or why there is none.
    ///
    /// # Errors
    ///
    /// Those of the method that was asked.
    fn into_subscription(self) -> Result<Subscription<Self::Event>, Error>;
}

impl<T: 'static> IntoSubscription for Subscription<T> {
    type Event = T;

    fn into_subscription(self) -> Result<Self, Error> {
        Ok(self)
    }
}

impl<T: 'static> IntoSubscription for Result<Subscription<T>, Error> {
    type Event = T;

    fn into_subscription(self) -> Self {
        self
    }
}

/// What a component makes of its events. It sees each one, and is asked to show the outcome once for
/// all that came together.
pub(super) trait Consumer<T> {
    /// Another source begins.
    fn reset(&self);
    fn take(&self, item: Result<T, Error>);
    /// Nothing more is there for the moment.
    fn show(&self);
}

/// A consumer, subscribed to whatever is in a slot.
pub(super) struct Attachment<F, C> {
    subscribe: F,
    consumer: Rc<C>,
    reading: RefCell<Option<Task>>,
}

impl<F, C> Attachment<F, C> {
    pub(super) fn new(subscribe: F, consumer: C) -> Rc<Self> {
        Rc::new(Self {
            subscribe,
            consumer: Rc::new(consumer),
            reading: RefCell::default(),
        })
    }
}

impl<S, F, R, C> Listener<S> for Attachment<F, C>
where
    S: Source,
    F: Fn(&S) -> R,
    R: IntoSubscription,
    C: Consumer<R::Event> + 'static,
{
    fn changed(&self, content: &Content<S>) {
        let subscription = match content {
            // What was received stays, and what is still on its way is read to its end.
            Content::Nothing => return,
            Content::Failed(error) => Err(error.clone()),
            Content::Source(source) => (self.subscribe)(source).into_subscription(),
        };
        drop(self.reading.take());
        self.consumer.reset();
        match subscription {
            Ok(subscription) => {
                let consumer = Rc::clone(&self.consumer);
                self.reading.replace(Some(Task::spawn(Box::pin(async move {
                    read(subscription, |item| consumer.take(item), || consumer.show()).await;
                }))));
            }
            Err(error) => self.consumer.take(Err(error)),
        }
        self.consumer.show();
    }
}

/// Shows the state of whatever is in a slot.
pub(super) struct StateWatch<C> {
    show: Rc<C>,
    reading: RefCell<Option<Task>>,
}

impl<C: Fn(State)> StateWatch<C> {
    pub(super) fn new(show: C) -> Rc<Self> {
        Rc::new(Self {
            show: Rc::new(show),
            reading: RefCell::default(),
        })
    }
}

impl<S: Openable, C: Fn(State) + 'static> Listener<S> for StateWatch<C> {
    fn changed(&self, content: &Content<S>) {
        drop(self.reading.take());
        match content {
            Content::Nothing => (self.show)(State::Idle),
            Content::Failed(error) => (self.show)(State::Closed {
                error: Some(error.clone()),
            }),
            Content::Source(source) => {
                let (states, show) = (source.states(), Rc::clone(&self.show));
                self.reading.replace(Some(Task::spawn(Box::pin(async move {
                    read(states, |state| show(state), || {}).await;
                }))));
            }
        }
    }
}

/// Reads a stream to its end; `pause` is called whenever, after some items, no other is ready.
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
