//! Readings of the browser's two clocks.

use core::cell::RefCell;
use core::time::Duration;

use web_sys::Performance;

use super::Scope;
use everstream_core::connection::{Clock, Instant};

/// Reads `performance.now()` and `Date.now()`; [`Clock`] combines them into one time.
#[derive(Debug)]
pub(crate) struct BrowserClock {
    performance: Option<Performance>,
    clock: RefCell<Clock>,
}

impl BrowserClock {
    pub(crate) fn new(scope: &Scope) -> Self {
        let performance = scope.performance();
        let clock = Clock::new(monotonic(performance.as_ref()), Self::wall());
        Self {
            performance,
            clock: RefCell::new(clock),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.read().0
    }

    /// Returns the time, and the reading of `performance.now()` behind it.
    pub(crate) fn read(&self) -> (Instant, Duration) {
        let monotonic = self.monotonic();
        let now = self.clock.borrow_mut().advance(monotonic, Self::wall());
        (now, monotonic)
    }

    /// Returns `performance.now()`, to measure how long the page has been busy.
    pub(crate) fn monotonic(&self) -> Duration {
        monotonic(self.performance.as_ref())
    }

    /// Returns the time since the Unix epoch.
    pub(crate) fn wall() -> Duration {
        milliseconds(js_sys::Date::now())
    }
}

/// Returns the time since the Unix epoch of an HTTP date ([RFC 9110, section 5.6.7]).
///
/// [RFC 9110, section 5.6.7]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
pub(super) fn read_http_date(text: &str) -> Option<Duration> {
    // `Date.parse` accepts far more than that, such as any word followed by a number.
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    if !days.iter().any(|day| text.starts_with(day)) {
        return None;
    }
    // The `asctime` form names no zone, so a browser would take it for local time.
    let zone = if text.ends_with("GMT") { "" } else { " GMT" };
    let time = js_sys::Date::parse(&[text, zone].concat());
    time.is_finite().then(|| milliseconds(time))
}

fn monotonic(performance: Option<&Performance>) -> Duration {
    performance.map_or(Duration::ZERO, |performance| {
        milliseconds(performance.now())
    })
}

fn milliseconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time / 1000.0).unwrap_or_default()
}
