//! The task behind a multiplexer: carries messages between its core and the browser.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::Rc;

use futures_core::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use web_sys::AbortController;

use super::handle::Shared;
use super::stream::Stream;
use crate::browser::timer_milliseconds;
use crate::source::Message;
use crate::transport::exchange;
use everstream_core::Error;
use everstream_core::connection::{Instant, State};
use everstream_core::mux::{Answer, ControlId, Output, Request, StreamId};

pub(super) struct Driver {
    shared: Rc<Shared>,
    /// Requests that are under way. Dropping one aborts it.
    controls: Vec<Exchange>,
    timer: Option<(Instant, TimeoutFuture)>,
}

struct Exchange {
    id: ControlId,
    controller: AbortController,
    answer: LocalBoxFuture<'static, Answer>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

enum Turn {
    Woken,
    Answer(ControlId, Answer),
    Timeout,
}

impl Driver {
    pub(super) fn new(shared: Rc<Shared>) -> Self {
        Self {
            shared,
            controls: Vec::new(),
            timer: None,
        }
    }

    /// Runs until the multiplexer is closed. The first turn comes after the code that built it, and each
    /// after the code that has woken it: what that code changes is one change.
    pub(super) async fn run(mut self) {
        loop {
            self.unsubscribe_departed();
            let now = self.shared.now();
            self.shared.machine.borrow_mut().flush(now);
            loop {
                let output = self.shared.machine.borrow_mut().poll_output();
                let Some(output) = output else { break };
                self.perform(output);
            }
            self.shared.update_channel_states();
            if let Some(relay) = self.shared.relay.get() {
                relay.turned();
            }
            if self.shared.machine.borrow().is_closed() {
                let sources = self.shared.sources.take();
                drop(sources);
                return;
            }
            match self.turn().await {
                Turn::Woken => {}
                Turn::Answer(id, answer) => {
                    let now = self.shared.now();
                    let mut machine = self.shared.machine.borrow_mut();
                    machine.handle_answer(now, id, &answer);
                }
                Turn::Timeout => {
                    let now = self.shared.now();
                    self.shared.machine.borrow_mut().handle_timeout(now);
                }
            }
        }
    }

    /// Channels whose last handle is gone; some may have been asked for again since.
    fn unsubscribe_departed(&self) {
        for name in self.shared.abandoned() {
            self.shared.machine.borrow_mut().unsubscribe(&name);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Open(id, position) => self.open(id, position),
            Output::Close(id) => self.close(id),
            Output::Control {
                id,
                request,
                unauthorized,
            } => self.send(id, request, unauthorized),
            // Dropping an exchange aborts its request, which frees the browser's connection.
            Output::Abort(id) => self.controls.retain(|exchange| exchange.id != id),
            Output::Heartbeat(id, limit) => {
                // What the user has set stands.
                if self.shared.template.config.heartbeat.is_none() {
                    self.tell(id, Message::Heartbeat(limit));
                }
            }
            Output::Listen(id) => self.tell(id, Message::Interest),
            Output::Error(error) => self.shared.report(&error),
            Output::Closed(error) => self.shared.close(error),
        }
    }

    fn open(&self, id: StreamId, position: String) {
        let owner = Rc::new(Stream::new(id, &self.shared));
        match self.shared.template.open_for(&owner, position) {
            Ok(source) => self.shared.sources.borrow_mut().push((id, source)),
            Err(error) => {
                let now = self.shared.now();
                let mut machine = self.shared.machine.borrow_mut();
                machine.handle_closed(now, id, Some(error));
            }
        }
    }

    fn close(&self, id: StreamId) {
        let source = {
            let mut sources = self.shared.sources.borrow_mut();
            let at = sources.iter().position(|(stream, _)| *stream == id);
            at.map(|at| sources.swap_remove(at).1)
        };
        if let Some(source) = source {
            self.shared.past.borrow_mut().add(&source.stats());
        }
        if self.shared.sources.borrow().is_empty() && !self.shared.machine.borrow().is_closed() {
            // Nobody asks for anything.
            self.shared.change_state(&State::Idle);
        }
    }

    fn tell(&self, id: StreamId, message: Message) {
        for (stream, source) in &*self.shared.sources.borrow() {
            if *stream == id {
                source.send(message);
            }
        }
    }

    fn send(&mut self, id: ControlId, request: Request, unauthorized: bool) {
        let Ok(controller) = AbortController::new() else {
            let error = Error::Unsupported {
                what: "AbortController",
                remedy: "run in a browser's window or worker",
            };
            self.shared.report(&error);
            return;
        };
        let request = self.shared.template.request.planned(request);
        let answer = exchange(request, unauthorized, controller.clone());
        self.controls.push(Exchange {
            id,
            controller,
            answer: Box::pin(answer),
        });
    }

    /// Waits for whatever comes first.
    async fn turn(&mut self) -> Turn {
        self.set_timer();
        let shared = Rc::clone(&self.shared);
        poll_fn(|context| {
            if shared.poll_woken(context).is_ready() {
                return Poll::Ready(Turn::Woken);
            }
            if let Some((id, answer)) = self.poll_controls(context) {
                return Poll::Ready(Turn::Answer(id, answer));
            }
            if let Some((_, timer)) = &mut self.timer
                && Pin::new(timer).poll(context).is_ready()
            {
                self.timer = None;
                return Poll::Ready(Turn::Timeout);
            }
            Poll::Pending
        })
        .await
    }

    fn poll_controls(&mut self, context: &mut Context<'_>) -> Option<(ControlId, Answer)> {
        for at in 0..self.controls.len() {
            if let Poll::Ready(answer) = self.controls[at].answer.as_mut().poll(context) {
                let exchange = self.controls.swap_remove(at);
                return Some((exchange.id, answer));
            }
        }
        None
    }

    fn set_timer(&mut self) {
        let due = self.shared.machine.borrow().poll_timeout();
        let Some(due) = due else {
            self.timer = None;
            return;
        };
        if self.timer.as_ref().is_none_or(|(set, _)| *set != due) {
            let wait = due - self.shared.now();
            self.timer = Some((due, TimeoutFuture::new(timer_milliseconds(wait))));
        }
    }
}
