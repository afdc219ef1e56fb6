//! When there is something to do for one who takes part.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;

use super::Group;
use crate::browser::{Macrotask, timer_milliseconds};
use everstream_core::Error;
use everstream_core::connection::Instant;

/// Waits for the others, and keeps the core's time. It leaves the others when it is dropped.
pub(crate) struct Pulse {
    group: Rc<dyn Group>,
    timer: Option<(Instant, TimeoutFuture)>,
    macrotask: Macrotask,
}

enum Turn<T> {
    Other(T),
    Woken,
    Timeout,
}

impl Pulse {
    pub(crate) fn new(group: Rc<dyn Group>) -> Result<Self, Error> {
        Ok(Self {
            group,
            timer: None,
            macrotask: Macrotask::new()?,
        })
    }

    /// Returns when there is something to do, with what `other` has, if it is that.
    pub(crate) async fn next<T>(
        &mut self,
        mut other: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        self.set_timer();
        let turn = poll_fn(|context| {
            if let Poll::Ready(other) = other(context) {
                return Poll::Ready(Turn::Other(other));
            }
            if self.group.poll_woken(context).is_ready() {
                return Poll::Ready(Turn::Woken);
            }
            if let Some((_, timer)) = &mut self.timer
                && Pin::new(timer).poll(context).is_ready()
            {
                self.timer = None;
                return Poll::Ready(Turn::Timeout);
            }
            Poll::Pending
        });
        match turn.await {
            Turn::Other(other) => Some(other),
            Turn::Woken => None,
            Turn::Timeout => {
                // As the driver of a source does, for the sake of hidden pages.
                self.macrotask.next().await;
                self.group.handle_timeout();
                None
            }
        }
    }

    /// A timer that fires too early does no harm, and each message of the leader moves the deadline.
    fn set_timer(&mut self) {
        let Some(due) = self.group.due() else {
            self.timer = None;
            return;
        };
        if self.timer.as_ref().is_none_or(|(set, _)| *set > due) {
            let wait = due - self.group.now();
            self.timer = Some((due, TimeoutFuture::new(timer_milliseconds(wait))));
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.group.leave();
    }
}
