//! Reads a body, chunk by chunk.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStreamDefaultReader, ReadableStreamReadResult};

use super::link::LinkEvent;
use super::{describe, timer_milliseconds};

/// Reads a body chunk by chunk. The next chunk is requested only by a poll or by
/// [`read_ahead`](Self::read_ahead), which is how backpressure reaches the server.
///
/// The callbacks are created once. A future per promise would create, register and release two for every
/// chunk, which costs more than the chunk itself where events arrive one by one.
pub(super) struct Reader {
    body: ReadableStreamDefaultReader,
    read: Rc<Read>,
    /// Cancels a body that no abort signal ends.
    cancel: Option<fn(&ReadableStreamDefaultReader)>,
}

type Callback = Closure<dyn FnMut(JsValue)>;

/// The state shared by the callbacks and the reader.
#[derive(Default)]
struct Read {
    /// Whether a promise is still unsettled.
    pending: Cell<bool>,
    /// Whether the reader is gone.
    abandoned: Cell<bool>,
    outcome: RefCell<Option<Result<JsValue, JsValue>>>,
    waker: RefCell<Option<Waker>>,
    callbacks: RefCell<Option<(Callback, Callback)>>,
}

impl Read {
    fn settle(&self, outcome: Result<JsValue, JsValue>) {
        self.pending.set(false);
        if self.abandoned.get() {
            // A closure may drop itself while it runs.
            self.callbacks.take();
            return;
        }
        *self.outcome.borrow_mut() = Some(outcome);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Reader {
    pub(super) fn of(response: &web_sys::Response) -> Option<Self> {
        let body = response.body()?.get_reader().dyn_into().ok()?;
        Some(Self::over(body))
    }

    /// Reads a body that is [cancelled](super::given) when the reader is dropped.
    pub(super) fn given(
        body: ReadableStreamDefaultReader,
        cancel: fn(&ReadableStreamDefaultReader),
    ) -> Self {
        let mut reader = Self::over(body);
        reader.cancel = Some(cancel);
        reader
    }

    fn over(body: ReadableStreamDefaultReader) -> Self {
        let read = Rc::new(Read::default());
        let callback = |wrap: fn(JsValue) -> Result<JsValue, JsValue>| {
            let read = Rc::clone(&read);
            Closure::new(move |value| read.settle(wrap(value)))
        };
        let callbacks = (callback(Ok), callback(Err));
        *read.callbacks.borrow_mut() = Some(callbacks);
        Self {
            body,
            read,
            cancel: None,
        }
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<LinkEvent> {
        if let Some(outcome) = self.read.outcome.take() {
            return Poll::Ready(match outcome {
                Ok(result) => unwrap(result.unchecked_into()),
                Err(thrown) => LinkEvent::Failure(describe(&thrown)),
            });
        }
        let mut waker = self.read.waker.borrow_mut();
        if !waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            *waker = Some(context.waker().clone());
        }
        self.ask();
        Poll::Pending
    }

    /// Requests the next chunk before it is polled for, so that the browser fetches it meanwhile. Only one
    /// chunk: without a poll, no other follows.
    pub(super) fn read_ahead(&self) {
        if self.read.outcome.borrow().is_none() {
            self.ask();
        }
    }

    /// Returns the beginning of the body: at most `bytes`, and what arrives within `time`. If the body
    /// failed, the reason comes with it.
    pub(super) async fn beginning(
        &mut self,
        bytes: usize,
        time: Option<Duration>,
    ) -> (Vec<u8>, Option<String>) {
        let mut beginning = Vec::new();
        let mut timeout = time.map(|time| TimeoutFuture::new(timer_milliseconds(time)));
        while beginning.len() < bytes {
            let next = poll_fn(|context| {
                if let Some(timeout) = &mut timeout
                    && Pin::new(timeout).poll(context).is_ready()
                {
                    return Poll::Ready(LinkEvent::End);
                }
                self.poll_next(context)
            });
            let chunk = match next.await {
                LinkEvent::Chunk(chunk) => chunk,
                LinkEvent::Failure(why) => return (beginning, Some(why)),
                _ => break,
            };
            let room = u32::try_from(bytes - beginning.len()).unwrap_or(0);
            beginning.extend(chunk.subarray(0, room.min(chunk.length())).to_vec());
        }
        (beginning, None)
    }

    fn ask(&self) {
        if !self.read.pending.replace(true)
            && let Some((fulfilled, rejected)) = &*self.read.callbacks.borrow()
        {
            let _ = self.body.read().then2(fulfilled, rejected);
        }
    }
}

impl Drop for Reader {
    /// Keeps callbacks that may still be called, until the promise settles: an aborted stream settles its
    /// promise.
    fn drop(&mut self) {
        if let Some(cancel) = self.cancel {
            cancel(&self.body);
        }
        self.read.abandoned.set(true);
        if !self.read.pending.get() {
            self.read.callbacks.take();
        }
    }
}

/// Unpacks `{ done, value }`.
#[allow(clippy::needless_pass_by_value)]
fn unwrap(result: ReadableStreamReadResult) -> LinkEvent {
    if result.get_done().unwrap_or(false) {
        return LinkEvent::End;
    }
    match result.get_value().dyn_into::<Uint8Array>() {
        Ok(chunk) => LinkEvent::Chunk(chunk),
        Err(_) => LinkEvent::Failure("the stream delivered something other than bytes".to_owned()),
    }
}
