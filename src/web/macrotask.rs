//! A turn of the event loop, requested by a message.

use core::cell::{Cell, RefCell};
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageChannel, MessagePort};

use everstream_core::Error;

/// Lets the browser do other things: timers, input, painting.
///
/// Awaiting a promise does not, since promises settle before the browser gets a turn. `setTimeout` waits at
/// least 4 ms once nested, and a second in a hidden page. A message over its own `MessageChannel` gives the
/// browser a turn at once.
#[derive(Debug)]
pub(crate) struct Macrotask {
    near: MessagePort,
    far: MessagePort,
    turn: Rc<Turn>,
    _on_message: Closure<dyn FnMut()>,
}

#[derive(Debug, Default)]
struct Turn {
    is_pending: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Macrotask {
    pub(crate) fn new() -> Result<Self, Error> {
        let channel = MessageChannel::new().map_err(|_| Error::Unsupported {
            what: "MessageChannel",
            remedy: "run in a browser's window or worker",
        })?;
        let turn = Rc::new(Turn::default());
        let on_message = {
            let turn = Rc::clone(&turn);
            Closure::new(move || {
                turn.is_pending.set(false);
                if let Some(waker) = turn.waker.take() {
                    waker.wake();
                }
            })
        };
        let near = channel.port1();
        near.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self {
            near,
            far: channel.port2(),
            turn,
            _on_message: on_message,
        })
    }

    /// Requests a later task of the event loop.
    pub(crate) fn request(&self) {
        if !self.turn.is_pending.replace(true) && self.far.post_message(&JsValue::NULL).is_err() {
            self.turn.is_pending.set(false);
        }
    }

    /// Completes once the requested task has run.
    pub(crate) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if !self.turn.is_pending.get() {
            return Poll::Ready(());
        }
        *self.turn.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Macrotask {
    fn drop(&mut self) {
        self.near.set_onmessage(None);
        self.near.close();
        self.far.close();
    }
}
