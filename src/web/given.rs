//! A response that the caller already has.

use core::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, Response};

/// A response to read instead of sending a request. A program that gives none doesn't link the code, since
/// this pointer is the only way to it.
pub(crate) type Given = Rc<dyn Answered>;

pub(crate) trait Answered {
    /// Claims the response for one source. Returns whether it was free: clones of a builder share it.
    fn claim(&self) -> bool;
    /// Returns the response on the first call.
    fn take(&self) -> Option<GivenAnswer>;
}

/// A response whose body the library may read.
pub(crate) struct GivenAnswer {
    pub(super) response: Response,
    pub(super) body: Option<ReadableStreamDefaultReader>,
    /// Tells the body's sender that nobody reads it any more.
    pub(super) cancel: fn(&ReadableStreamDefaultReader),
}

/// A response that no source has taken yet. Dropping it cancels its body.
struct Unread {
    answer: Cell<Option<GivenAnswer>>,
    is_claimed: Cell<bool>,
}

impl Answered for Unread {
    fn claim(&self) -> bool {
        !self.is_claimed.replace(true)
    }

    fn take(&self) -> Option<GivenAnswer> {
        self.answer.take()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take()
            && let Some(body) = answer.body
        {
            cancel(&body);
        }
    }
}

/// Takes a response over; `None` if its body has been read or is being read.
pub(crate) fn give(response: Response) -> Option<Given> {
    let stream = response.body();
    if response.body_used() || stream.as_ref().is_some_and(ReadableStream::locked) {
        return None;
    }
    let body = stream.map(|stream| stream.get_reader().unchecked_into());
    let answer = GivenAnswer {
        response,
        body,
        cancel,
    };
    Some(Rc::new(Unread {
        answer: Cell::new(Some(answer)),
        is_claimed: Cell::new(false),
    }))
}

fn cancel(body: &ReadableStreamDefaultReader) {
    let cancelled = body.cancel();
    spawn_local(async move {
        // A failed body rejects here too; ignoring it avoids an unhandled rejection.
        let _ = JsFuture::from(cancelled).await;
    });
}
