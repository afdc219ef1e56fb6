//! User code that calls back into its source from the place where it runs.

use core::cell::{Cell, RefCell};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::task::{Wake, Waker};

use futures_util::Stream;

use super::Tick;

/// The action that runs once.
type Action = Box<dyn FnOnce()>;

thread_local! {
    static PLACE: Cell<&'static str> = const { Cell::new("") };
    static ACTION: RefCell<Option<Action>> = const { RefCell::new(None) };
}

/// Sets the action that runs when execution reaches `place`.
pub(crate) fn arm(place: &'static str, action: impl FnOnce() + 'static) {
    PLACE.set(place);
    ACTION.set(Some(Box::new(action)));
}

/// Runs the action if it is set for this place.
pub(crate) fn at(place: &str) {
    if PLACE.get() == place
        && let Some(action) = ACTION.with_borrow_mut(Option::take)
    {
        action();
    }
}

pub(crate) fn has_acted() -> bool {
    ACTION.with_borrow(Option::is_none)
}

/// An event that acts when it is deserialised and when it is dropped.
#[derive(Debug)]
pub(crate) struct Acting;

impl<'de> serde::Deserialize<'de> for Acting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tick::deserialize(deserializer)?;
        at("deserialize");
        Ok(Self)
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        at("drop");
    }
}

struct WakesAt(&'static str);

impl Wake for WakesAt {
    fn wake(self: Arc<Self>) {
        at(self.0);
    }
}

/// Reads the ready items of a stream, then waits with a waker that acts when it is woken.
pub(crate) fn wait_at(place: &'static str, stream: &mut (impl Stream + Unpin)) {
    let waker = Waker::from(Arc::new(WakesAt(place)));
    let mut context = Context::from_waker(&waker);
    while let Poll::Ready(Some(_)) = Pin::new(&mut *stream).poll_next(&mut context) {}
}
