//! Conversion of what a component's closure returns into a subscription.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;

use crate::subscribe::{LogErrors, OnError};
use everstream_core::Error;

/// The return value of a subscribing closure: a [`Subscription`](crate::Subscription), an adapter of one, or
/// a `Result` of either.
///
/// An adapter is any stream with items of type `Result<T, Error>`, such as `map` and `filter_map` produce:
/// `|source| source.on::<Trade>("trade").map(|item| item.map(|trade| trade.price))`. The streams returned by
/// [`log_errors`](crate::Subscription::log_errors) and [`on_error`](crate::Subscription::on_error) work too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a hook can read events from",
    label = "not a subscription",
    note = "return what `on`, `on_text`, `events` or `raw` returns, without awaiting it",
    note = "or an adapter whose items are `Result<T, everstream::Error>`, such as `.map(|item| item.map(change))`"
)]
pub trait IntoSubscription<Kind> {
    /// The type that events are decoded to.
    type Event: 'static;

    #[doc(hidden)]
    type Items: Stream<Item = Result<Self::Event, Error>> + 'static;

    /// Returns the items, or the error that prevents them.
    ///
    /// # Errors
    ///
    /// Returns the errors of the subscribing method.
    #[doc(hidden)]
    fn into_items(self) -> Result<Self::Items, Error>;
}

/// The kind of subscriptions and their adapters.
#[derive(Debug)]
pub struct Items;

/// The kind of adapters that yield good items only, such as [`LogErrors`].
#[derive(Debug)]
pub struct Logged;

/// The kind of a `Result`, as `events` and `raw` return.
#[derive(Debug)]
pub struct Tried<Kind>(Kind);

#[diagnostic::do_not_recommend]
impl<T: 'static, S: Stream<Item = Result<T, Error>> + 'static> IntoSubscription<Items> for S {
    type Event = T;
    type Items = S;

    fn into_items(self) -> Result<S, Error> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S: GoodItems + 'static> IntoSubscription<Logged> for S {
    type Event = S::Item;
    type Items = Good<S>;

    fn into_items(self) -> Result<Good<S>, Error> {
        Ok(Good(self))
    }
}

/// A stream of good items, whose errors are handled elsewhere.
#[doc(hidden)]
pub trait GoodItems: Stream<Item: 'static> + Unpin {}

impl<T: 'static> GoodItems for LogErrors<T> {}
impl<T: 'static, F: FnMut(Error)> GoodItems for OnError<T, F> {}

#[diagnostic::do_not_recommend]
impl<Kind, S: IntoSubscription<Kind>> IntoSubscription<Tried<Kind>> for Result<S, Error> {
    type Event = S::Event;
    type Items = S::Items;

    fn into_items(self) -> Result<S::Items, Error> {
        self.and_then(S::into_items)
    }
}

/// Wraps good items in `Ok`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Good<S>(S);

impl<S: GoodItems> Stream for Good<S> {
    type Item = Result<S::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = Pin::new(&mut self.0).poll_next(context);
        item.map(|item| item.map(Ok))
    }
}
