//! An answer that the caller has already.

use core::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, Response};

/// An answer that is read instead of sending a request. Programs that hand none in have no trace of it, since it
/// is reached by this pointer only.
pub(crate) type Given = Rc<dyn Answered>;

pub(crate) trait Answered {
    /// Keeps the answer for one source. Returns whether it was free: clones of a builder have it in common.
    fn claim(&self) -> bool;
    /// The answer, once.
    fn take(&self) -> Option<GivenAnswer>;
}

/// An answer whose body is this library's to read.
pub(crate) struct GivenAnswer {
    pub(super) response: Response,
    pub(super) body: Option<ReadableStreamDefaultReader>,
    /// Tells whoever sends the body that nobody reads it any more.
    pub(super) cancel: fn(&ReadableStreamDefaultReader),
}

/// An answer that nobody has asked for yet. Dropping it closes it.
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

/// Takes an answer over; `None` if its body has been read, or is being read.
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
        // A body that has failed already says so again, which nobody wants to hear.
        let _ = JsFuture::from(cancelled).await;
    });
}
