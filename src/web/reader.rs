//! A body, chunk by chunk.

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

/// Reads a body chunk by chunk; the next chunk is asked for only when it is polled for or read ahead,
/// which is what slows a server down.
///
/// The callbacks are made once. A future for each promise would make, register and release two for
/// every chunk, which costs more than the chunk where events come one by one.
pub(super) struct Reader {
    body: ReadableStreamDefaultReader,
    read: Rc<Read>,
    /// Ends a body that no signal aborts.
    cancel: Option<fn(&ReadableStreamDefaultReader)>,
}

type Callback = Closure<dyn FnMut(JsValue)>;

/// What the callbacks and the reader share.
#[derive(Default)]
struct Read {
    /// A promise is not settled yet.
    pending: Cell<bool>,
    /// The reader is gone.
    abandoned: Cell<bool>,
    outcome: RefCell<Option<Result<JsValue, JsValue>>>,
    waker: RefCell<Option<Waker>>,
    callbacks: RefCell<Option<(Callback, Callback)>>,
}

impl Read {
    fn settle(&self, outcome: Result<JsValue, JsValue>) {
        self.pending.set(false);
        if self.abandoned.get() {
            // They may be dropped while they run.
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

    /// Reads a body that is [cancelled](super::given) when this is dropped.
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

    /// Asks for the next chunk before it is polled for, so that the browser fetches it meanwhile.
    /// One chunk, not more: without a poll nothing follows.
    pub(super) fn read_ahead(&self) {
        if self.read.outcome.borrow().is_none() {
            self.ask();
        }
    }

    /// The beginning of the body: so many bytes at most, and what has come within a time. With it comes why
    /// the body broke off, if it has.
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
    /// Callbacks that are still to be called are kept until then: the promise of a stream that is
    /// aborted is settled.
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

/// Takes `{ done, value }` apart.
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
