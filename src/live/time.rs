//! Clock, timer and randomness of a live state.

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;

use everstream_core::connection::Instant;

pub(super) type Sleep = Pin<Box<dyn Future<Output = ()>>>;

#[cfg(target_arch = "wasm32")]
mod platform {
    use gloo_timers::future::TimeoutFuture;

    use super::{Duration, Instant, Sleep};
    use crate::web::{BrowserClock, Scope, timer_milliseconds};

    std::thread_local! {
        static CLOCK: Option<BrowserClock> = Scope::current().ok().map(|scope| BrowserClock::new(&scope));
    }

    pub(in super::super) fn now() -> Instant {
        CLOCK.with(|clock| {
            clock
                .as_ref()
                .map_or_else(Instant::default, BrowserClock::now)
        })
    }

    pub(in super::super) fn random() -> f64 {
        js_sys::Math::random()
    }

    pub(in super::super) fn sleep(time: Duration) -> Sleep {
        Box::pin(TimeoutFuture::new(timer_milliseconds(time)))
    }
}

/// Outside a browser no source opens, so nothing has to wait.
#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use super::{Duration, Instant, Sleep};

    pub(in super::super) fn now() -> Instant {
        Instant::default()
    }

    pub(in super::super) fn random() -> f64 {
        0.0
    }

    pub(in super::super) fn sleep(_: Duration) -> Sleep {
        Box::pin(core::future::pending())
    }
}

pub(super) use platform::{now, random, sleep};
