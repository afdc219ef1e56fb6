//! The small parts of the browser that are not the connection: scope, clocks, turns of the event
//! loop, the page's life. Each is a translation without a decision.

mod bus;
mod clock;
mod lock;
mod macrotask;
mod page;
mod scope;
mod sleep;

pub(crate) use bus::Bus;
pub(crate) use clock::BrowserClock;
pub(crate) use lock::{LockChange, WebLock};
pub(crate) use macrotask::Macrotask;
pub(crate) use page::Page;
pub(crate) use scope::{Scope, resolve_from};
pub(crate) use sleep::Sleep;

use core::future::poll_fn;
use core::task::Poll;
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

/// Warns on the console; outside of a browser nobody is there to hear it.
pub(crate) fn warn(text: &str) {
    if cfg!(target_arch = "wasm32") {
        web_sys::console::warn_1(&format!("everstream: {text}").into());
    }
}

/// Random bits for a jitter.
pub(crate) fn random_seed() -> u64 {
    js_sys::Math::random().to_bits()
}

/// Lets the tasks run that are ready, subscribers among them.
pub(crate) async fn yield_to_tasks() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
