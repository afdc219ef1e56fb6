//! The native `EventSource`.

use core::cell::RefCell;
use core::fmt;
use core::task::{Context, Poll, Waker};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{EventSource, EventSourceInit, MessageEvent};

use super::fetch::Plan;
use super::link::LinkEvent;
use super::request::Request;
use everstream_core::connection::Attempt;

/// A native `EventSource` and its listeners. Dropping it closes the connection.
pub(crate) struct Native {
    /// `None` if the constructor threw, or native can't send the request. The queue then holds an error.
    source: Option<EventSource>,
    queue: Rc<Queue>,
    /// Sorted by type.
    by_type: Vec<(String, EventListener)>,
    _lifecycle: Vec<EventListener>,
}

#[derive(Default)]
struct Queue {
    events: RefCell<VecDeque<LinkEvent>>,
    waker: RefCell<Option<Waker>>,
}

impl Queue {
    fn push(&self, event: LinkEvent) {
        self.events.borrow_mut().push_back(event);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Native {
    pub(crate) fn open(
        request: &Request,
        attempt: &Attempt,
        plan: Option<Plan<'_>>,
        types: &[String],
    ) -> Self {
        let queue = Rc::new(Queue::default());
        let init = EventSourceInit::new();
        init.set_with_credentials(request.includes_credentials());
        let source = request_of(request, plan).and_then(|request| {
            let url = request.url_for(attempt);
            EventSource::new_with_event_source_init_dict(&url, &init).ok()
        });
        let lifecycle = match &source {
            Some(source) => lifecycle(source, &queue),
            None => {
                queue.push(LinkEvent::Error { gave_up: true });
                Vec::new()
            }
        };
        let mut native = Self {
            source,
            queue,
            by_type: Vec::new(),
            _lifecycle: lifecycle,
        };
        native.listen(types);
        native
    }

    /// Listens for these types only. `types` must be sorted and without duplicates.
    pub(crate) fn listen(&mut self, types: &[String]) {
        let Some(source) = &self.source else { return };
        let mut known = core::mem::take(&mut self.by_type).into_iter().peekable();
        for event_type in types {
            // Skipping drops the listeners of types that are no longer wanted.
            while known.next_if(|(name, _)| name < event_type).is_some() {}
            let listener = known
                .next_if(|(name, _)| name == event_type)
                .unwrap_or_else(|| {
                    (
                        event_type.clone(),
                        listener(source, event_type, &self.queue),
                    )
                });
            self.by_type.push(listener);
        }
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<LinkEvent> {
        if let Some(event) = self.queue.events.borrow_mut().pop_front() {
            return Poll::Ready(event);
        }
        *self.queue.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Returns the request of this attempt; `None` if native can't send it, so that the next attempt uses fetch.
fn request_of<'r>(request: &'r Request, plan: Option<Plan<'_>>) -> Option<Cow<'r, Request>> {
    let Some(plan) = plan else {
        return Some(Cow::Borrowed(request));
    };
    let planned = plan(request, request.headers.len()).ok()?;
    let is_plain = planned.method == "GET" && planned.headers.is_empty();
    is_plain.then_some(Cow::Owned(planned))
}

fn listener(source: &EventSource, event_type: &str, queue: &Rc<Queue>) -> EventListener {
    let queue = Rc::clone(queue);
    EventListener::new(source, event_type.to_owned(), move |event| {
        // A server may name an event `open` or `error`, like the interface's own events. Those are not
        // `MessageEvent`s.
        if let Some(event) = event.dyn_ref::<MessageEvent>() {
            queue.push(LinkEvent::Event {
                event_type: event.type_(),
                data: event.data().as_string().unwrap_or_default(),
                last_event_id: event.last_event_id(),
            });
        }
    })
}

fn lifecycle(source: &EventSource, queue: &Rc<Queue>) -> Vec<EventListener> {
    let on_open = {
        let queue = Rc::clone(queue);
        EventListener::new(source, "open", move |event| {
            if !event.is_instance_of::<MessageEvent>() {
                queue.push(LinkEvent::Open);
            }
        })
    };
    let on_error = {
        let queue = Rc::clone(queue);
        let source = source.clone();
        EventListener::new(&source.clone(), "error", move |event| {
            if !event.is_instance_of::<MessageEvent>() {
                queue.push(LinkEvent::Error {
                    gave_up: source.ready_state() == EventSource::CLOSED,
                });
            }
        })
    };
    vec![on_open, on_error]
}

impl Drop for Native {
    fn drop(&mut self) {
        if let Some(source) = &self.source {
            source.close();
        }
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native")
            .field("types", &self.by_type.len())
            .finish_non_exhaustive()
    }
}
