//! Waiting with a limit.

use core::future::Future;
use core::pin::pin;
use std::fmt::Debug;

use everstream::{State, States};
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;

use super::{Duration, seconds};

/// Returns the future's output, or fails the test with what it waited for.
pub(crate) async fn within<F: Future>(limit: Duration, what: &str, future: F) -> F::Output {
    let limit = u32::try_from(limit.as_millis()).expect("a short time");
    match select(pin!(future), TimeoutFuture::new(limit)).await {
        Either::Left((output, _)) => output,
        Either::Right(_) => panic!("waited {limit} ms in vain: {what}"),
    }
}

/// Returns the first state that fits.
pub(crate) async fn until(states: &mut States, what: &str, fits: impl Fn(&State) -> bool) -> State {
    within(seconds(30), what, async {
        while let Some(state) = states.next().await {
            if fits(&state) {
                return state;
            }
        }
        panic!("the source closed before: {what}");
    })
    .await
}

/// Polls until the answer fits. Polling suits facts that only the server knows and nothing announces.
pub(crate) async fn eventually<T: Debug, F: Future<Output = T>>(
    what: &str,
    ask: impl Fn() -> F,
    fits: impl Fn(&T) -> bool,
) -> T {
    within(seconds(10), what, async {
        loop {
            let answer = ask().await;
            if fits(&answer) {
                return answer;
            }
            TimeoutFuture::new(10).await;
        }
    })
    .await
}
