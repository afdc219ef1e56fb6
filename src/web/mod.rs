//! The browser side of a session: the driver and everything that it operates. This layer opens, reads, times,
//! locks and sends, and makes no decisions.

mod bus;
mod clock;
mod draft;
mod driver;
pub(crate) mod exchange;
mod fetch;
mod given;
mod headers;
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
pub(crate) use draft::{Continue, HeadersProvider, Prepare, continue_by, prepare_by};
pub(crate) use driver::{Client, Parts, start};
pub(crate) use given::{Given, give};
pub use headers::IntoHeaders;
pub(crate) use headers::headers_by;
pub(crate) use inbox::{Inbox, Message};
pub use request::HeadersRequest;
pub(crate) use request::{Accepts, Body, Request};
pub(crate) use scope::{IS_BROWSER, Scope};

use core::time::Duration;

use wasm_bindgen::{JsCast, JsValue};

/// The longest delay that browsers accept for a timer: 2³¹ − 1 ms. A longer one fires at once.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// Converts a wait to whole milliseconds for a browser's timer. Rounds up, since a timer that fires a
/// fraction of a millisecond early would have to be set again.
pub(crate) fn timer_milliseconds(wait: Duration) -> u32 {
    let wait = wait.min(LONGEST_TIMER);
    let milliseconds = wait.as_secs() * 1000 + u64::from(wait.subsec_nanos().div_ceil(1_000_000));
    u32::try_from(milliseconds).unwrap_or(u32::MAX)
}

/// Returns the text of a thrown value.
pub(crate) fn describe(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}

/// Returns random bits, as a seed for jitter.
pub(crate) fn random_seed() -> u64 {
    js_sys::Math::random().to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_never_early_and_never_longer_than_a_browser_takes() {
        for (wait, milliseconds) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_millis(1), 1),
            (Duration::from_micros(2_500_001), 2501),
            (LONGEST_TIMER, i32::MAX.unsigned_abs()),
            (Duration::MAX, i32::MAX.unsigned_abs()),
        ] {
            assert_eq!(timer_milliseconds(wait), milliseconds, "{wait:?}");
        }
    }
}
