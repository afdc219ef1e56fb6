//! Readings of the browser's two clocks.

use core::time::Duration;

use web_sys::Performance;

use super::Scope;
use everstream_core::connection::{Clock, Instant};

/// Reads `performance.now()` and `Date.now()`; [`Clock`] makes one time of them.
#[derive(Debug)]
pub(crate) struct BrowserClock {
    performance: Option<Performance>,
    clock: Clock,
}

impl BrowserClock {
    pub(crate) fn new(scope: &Scope) -> Self {
        let performance = scope.performance();
        let clock = Clock::new(monotonic(performance.as_ref()), Self::wall());
        Self { performance, clock }
    }

    pub(crate) fn now(&mut self) -> Instant {
        self.clock.advance(self.monotonic(), Self::wall())
    }

    /// The time, and what `performance.now()` said of it.
    pub(crate) fn read(&mut self) -> (Instant, Duration) {
        let monotonic = self.monotonic();
        (self.clock.advance(monotonic, Self::wall()), monotonic)
    }

    /// `performance.now()`, for measuring how long the page has been kept busy.
    pub(crate) fn monotonic(&self) -> Duration {
        monotonic(self.performance.as_ref())
    }

    /// The time since the Unix epoch.
    pub(crate) fn wall() -> Duration {
        milliseconds(js_sys::Date::now())
    }
}

fn monotonic(performance: Option<&Performance>) -> Duration {
    performance.map_or(Duration::ZERO, |performance| {
        milliseconds(performance.now())
    })
}

fn milliseconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time / 1000.0).unwrap_or_default()
}
