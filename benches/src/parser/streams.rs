//! Helpers for the parsers that are streams: input that is always ready, and a loop instead of an executor.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_util::Stream;

/// Passes each item to `each`.
pub(crate) fn drain<S: Stream>(stream: S, mut each: impl FnMut(S::Item)) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(item)) => each(item),
            Poll::Ready(None) => return,
            Poll::Pending => unreachable!("the input is always ready"),
        }
    }
}
