//! The single place where a driver waits.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};

use gloo_timers::future::TimeoutFuture;

use super::{Closed, Driver, Timer};
use crate::web::inbox::Message;
use crate::web::link::LinkEvent;
use crate::web::lock::LockChange;
use crate::web::timer_milliseconds;
use everstream_core::connection::Instant;
use everstream_core::mux::Answer;
use everstream_core::session::{Input, LinkId, SendId};

/// The condition that ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The first thing that happens.
    Anything,
    /// The held delivery has been made.
    Released,
    /// The tasks that are ready have run, subscribers among them.
    Turn,
    /// The browser has run other tasks: timers, input and painting.
    Macrotask,
}

enum Turn {
    Closed,
    Over,
    Message(Message),
    Answer(SendId, Answer),
    Link(LinkId, LinkEvent),
    Timeout,
}

impl Driver {
    /// Waits, and handles everything that happens meanwhile. Returns what a connection brings for
    /// subscribers, which is polled only for [`Until::Anything`].
    pub(super) async fn attend(
        &mut self,
        until: Until,
    ) -> Result<Option<(LinkId, LinkEvent)>, Closed> {
        let mut has_yielded = false;
        loop {
            self.set_timer();
            let turn = poll_fn(|context| self.poll(context, until, &mut has_yielded)).await;
            match turn {
                Turn::Closed => return Err(Closed),
                Turn::Over => return Ok(None),
                Turn::Link(link, event) if until == Until::Anything => {
                    return Ok(Some((link, event)));
                }
                Turn::Link(link, event) => self.hand_in(link, event),
                Turn::Message(message) => self.obey(message, until),
                Turn::Answer(id, answer) => {
                    let now = self.clock.now();
                    self.session.handle(now, Input::Answer(id, &answer));
                }
                Turn::Timeout => {
                    let now = self.clock.now();
                    if until == Until::Released {
                        self.resume_reading(now);
                    }
                    self.session.handle(now, Input::Timeout);
                }
            }
            if until == Until::Anything {
                return Ok(None);
            }
            self.perform();
            self.publish();
        }
    }

    /// Polls the awaited condition last: a subscriber counts as having had a turn only after this has been
    /// pending once.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        until: Until,
        has_yielded: &mut bool,
    ) -> Poll<Turn> {
        if self.inbox.is_closed() {
            return Poll::Ready(Turn::Closed);
        }
        if let Poll::Ready(message) = self.inbox.poll_next(context) {
            return Poll::Ready(Turn::Message(message));
        }
        if let Poll::Ready((id, answer)) = self.poll_exchanges(context) {
            return Poll::Ready(Turn::Answer(id, answer));
        }
        let is_paused = self.is_paused(context);
        let reads = until == Until::Anything && !is_paused;
        if let Poll::Ready((link, event)) = self.poll_links(context, reads) {
            return Poll::Ready(Turn::Link(link, event));
        }
        if self.poll_due(context).is_ready() {
            return Poll::Ready(Turn::Timeout);
        }
        let is_over = match until {
            Until::Anything => false,
            Until::Released => self.client.poll_release(context).is_ready(),
            Until::Macrotask => self.macrotask.poll(context).is_ready(),
            Until::Turn => {
                if !*has_yielded {
                    context.waker().wake_by_ref();
                }
                core::mem::replace(has_yielded, true)
            }
        };
        if is_over {
            Poll::Ready(Turn::Over)
        } else {
            Poll::Pending
        }
    }

    fn poll_exchanges(&mut self, context: &mut Context<'_>) -> Poll<(SendId, Answer)> {
        for at in 0..self.exchanges.len() {
            if let Poll::Ready(answer) = self.exchanges[at].1.answer.as_mut().poll(context) {
                let (id, _) = self.exchanges.swap_remove(at);
                return Poll::Ready((id, answer));
            }
        }
        Poll::Pending
    }

    /// Whether the next chunk must not be requested yet.
    fn is_paused(&mut self, context: &mut Context<'_>) -> bool {
        if let Some(pause) = &mut self.pause
            && Pin::new(pause).poll(context).is_ready()
        {
            self.pause = None;
            self.pace.resumed(self.clock.monotonic());
        }
        self.pause.is_some()
    }

    /// Polls every connection. Skips those that may bring something for subscribers unless `reads` is set.
    fn poll_links(&mut self, context: &mut Context<'_>, reads: bool) -> Poll<(LinkId, LinkEvent)> {
        for at in 0..self.links.len() {
            let link = &mut self.links[at];
            if link.is_reading() && !reads {
                continue;
            }
            if let Poll::Ready(event) = link.poll_next(context) {
                let id = link.id;
                // Rotating gives each connection its turn: one that always has something must not starve the
                // others.
                self.links[at..].rotate_left(1);
                return Poll::Ready((id, event));
            }
        }
        Poll::Pending
    }

    /// Completes when the session must be told the time.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(timer) = &mut self.timer
            && Pin::new(&mut timer.future).poll(context).is_ready()
        {
            self.timer = None;
            self.is_due = true;
            // In a page hidden for five minutes, Chromium runs timers set by timers once a minute. The
            // macrotask's message breaks that chain: an event then sets the next timer.
            self.macrotask.request();
        }
        if self.is_due && self.macrotask.poll(context).is_ready() {
            self.is_due = false;
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Resets the timer only if it must fire earlier, since an early one does no harm. With a heartbeat,
    /// each chunk moves the deadline.
    fn set_timer(&mut self) {
        let Some(due) = self.session.poll_timeout() else {
            self.timer = None;
            return;
        };
        if self.is_due || self.timer.as_ref().is_some_and(|timer| timer.due <= due) {
            return;
        }
        let wait = due - self.clock.now();
        self.timer = Some(Timer {
            due,
            future: TimeoutFuture::new(timer_milliseconds(wait)),
        });
    }

    fn obey(&mut self, message: Message, until: Until) {
        let now = self.clock.now();
        // The page may have been hidden, which slows the timer of this pause down.
        self.pause = None;
        if until == Until::Released {
            self.resume_reading(now);
        }
        match message {
            Message::Signal(signal) => self.session.handle(now, Input::Signal(signal)),
            Message::Reconnect => self.session.handle(now, Input::Reconnect),
            Message::Interest => self.update(now),
            Message::Lock(LockChange::Held) => self.session.handle(now, Input::LockHeld),
            Message::Lock(LockChange::Lost) => self.session.handle(now, Input::LockLost),
            Message::Lock(LockChange::Refused) => self.session.handle(now, Input::LockRefused),
            Message::Heard(bytes) => self.session.handle(now, Input::Heard(&bytes)),
            Message::Leave => {
                self.session.handle(now, Input::Leave);
                // `leave` closes the channel, so pending messages must be sent first.
                self.perform();
                if let Some(tabs) = &self.tabs {
                    tabs.leave();
                }
            }
            Message::Return => {
                if let Some(tabs) = &self.tabs {
                    tabs.come_back();
                }
                self.session.handle(now, Input::Return);
            }
        }
    }

    fn update(&mut self, now: Instant) {
        self.client.update(now, &mut *self.session);
        for link in &mut self.links {
            link.listen(|| self.client.event_types());
        }
    }
}
