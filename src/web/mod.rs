//! The browser's side of a session: the driver and everything that it moves. It opens, reads, times, locks and
//! says, and decides nothing.

mod bus;
mod clock;
mod draft;
mod driver;
pub(crate) mod exchange;
mod fetch;
mod inbox;
mod link;
mod lock;
mod macrotask;
mod native;
mod pace;
mod page;
mod reader;
mod request;
mod scope;
mod sleep;
mod slice;
pub(crate) mod tabs;

pub(crate) use clock::BrowserClock;
pub use draft::{AttemptRequest, Continued};
pub(crate) use draft::{Continue, Prepare};
pub(crate) use driver::{Client, Parts, start};
pub(crate) use inbox::{Inbox, Message};
pub use request::HeadersRequest;
pub(crate) use request::{Body, HeadersProvider, Request};
pub(crate) use scope::Scope;

use core::time::Duration;

use wasm_bindgen::{JsCast, JsValue};

/// The longest time a browser's timer takes: 2³¹ − 1 ms. A longer one fires at once.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// A wait as a browser's timer takes it. It is rounded up: a timer that is early by a fraction of a
/// millisecond would be set again.
pub(crate) fn timer_milliseconds(wait: Duration) -> u32 {
    let milliseconds = wait.min(LONGEST_TIMER).as_nanos().div_ceil(1_000_000);
    u32::try_from(milliseconds).unwrap_or(u32::MAX)
}

/// What a thrown value says of itself.
pub(crate) fn describe(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}

/// Random bits for a jitter.
pub(crate) fn random_seed() -> u64 {
    js_sys::Math::random().to_bits()
}
