//! A session of one connection.

use std::collections::VecDeque;

use super::delivery::{Delivery, Flow, Place, SOLE, Sink};
use super::queue::{Late, Queue, Waiting};
use super::{Input, LinkId, Output, Session};
use crate::connection::{self, Arrival, Config, Connection, Instant, Passage, Received, Stats};
use crate::mux::Request;
use crate::parse::Event;

/// One connection, for the events of one stream.
#[derive(Debug)]
pub struct Solo {
    connection: Connection,
    /// The connection in use. Each attempt has a name of its own, so that what comes late of one before is
    /// not taken for its successor's.
    link: LinkId,
    outputs: VecDeque<Output>,
    queue: Queue,
}

impl Solo {
    /// A session that has not begun. `seed` feeds the jitter, and `first` names its first connection.
    #[must_use]
    pub fn new(config: Config, seed: u64, first: LinkId) -> Self {
        Self {
            connection: Connection::new(config, seed),
            link: first,
            outputs: VecDeque::new(),
            queue: Queue::default(),
        }
    }

    /// Sorts what the connection wants: what is to be done, and what is to be told.
    fn settle(&mut self) {
        while let Some(output) = self.connection.poll_output() {
            match output {
                connection::Output::Connect(attempt) => {
                    self.outputs.push_back(Output::Connect(self.link, attempt));
                }
                connection::Output::Disconnect => {
                    self.outputs.push_back(Output::Disconnect(self.link));
                    self.link.0 += 1;
                }
                connection::Output::State(state) => self.queue.push(Waiting::State(state)),
                connection::Output::Gap => self.queue.push(Waiting::Gap(SOLE)),
                connection::Output::Event(event) => {
                    self.queue.push(Waiting::Event(Late::sole(event)));
                }
                connection::Output::End(end) => self.queue.push(Waiting::Ended(end)),
            }
        }
    }
}

/// Hands on what a piece brings. Returns how many of its bytes are left.
fn hand_over(mut received: Received<'_, '_>, queue: &Queue, sink: &mut dyn Sink) -> usize {
    let mut at_gap = Flow::Continue;
    while let Some(arrival) = received.next() {
        let flow = match arrival {
            Arrival::Event(event) => {
                let place = place(event.last_event_id);
                queue.hand_on(at_gap, SOLE, event, place, sink)
            }
            Arrival::Comment(text) => sink.take(Delivery::Comment(text)),
            Arrival::TooLarge(too_large) => sink.take(Delivery::Skipped(SOLE, too_large)),
            Arrival::Gap => {
                // The event behind it is there already.
                at_gap = sink.take(Delivery::Gap(SOLE));
                Flow::Continue
            }
        };
        if flow == Flow::Stop {
            return received.stop();
        }
    }
    0
}

const fn place(position: &str) -> Place<'_> {
    Place {
        position,
        is_behind: false,
    }
}

/// Hands an input that concerns one connection to that connection.
pub(super) fn hand_in(connection: &mut Connection, now: Instant, input: Input<'_>) {
    match input {
        Input::Start => connection.start(now),
        Input::Response {
            response,
            kind,
            excerpt,
            retry_after,
            ..
        } => connection.handle_answer(now, response, kind, excerpt, retry_after),
        Input::Ended(_) => connection.handle_end(now),
        Input::Failed(_, detail) => connection.handle_disconnect(now, detail),
        Input::Unprepared(_, error) => connection.handle_headers_error(now, error),
        Input::Futile(_, error) => connection.handle_futile(error),
        Input::NoContinuation(_) => connection.handle_no_continuation(),
        Input::NativeOpen(_) => connection.handle_open(now),
        Input::NativeError { gave_up, .. } => connection.handle_native_error(now, gave_up),
        Input::ReadingResumed(_) => connection.handle_resumed_reading(now),
        Input::RequireFetch => connection.require_fetch(now),
        Input::Signal(signal) => connection.handle_signal(now, signal),
        Input::Reconnect => connection.reconnect(now),
        Input::Timeout => connection.handle_timeout(now),
        Input::Close => connection.close(),
        // These concern a multiplexer, or tabs.
        _ => {}
    }
}

/// Which connection an input is about, if it is about one.
pub(super) fn link_of(input: &Input<'_>) -> Option<LinkId> {
    match input {
        Input::Response { link, .. }
        | Input::Ended(link)
        | Input::Failed(link, _)
        | Input::Unprepared(link, _)
        | Input::Futile(link, _)
        | Input::NoContinuation(link)
        | Input::NativeOpen(link)
        | Input::NativeError { link, .. }
        | Input::ReadingResumed(link) => Some(*link),
        _ => None,
    }
}

impl Session for Solo {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        if link_of(&input).is_none_or(|link| link == self.link) {
            hand_in(&mut self.connection, now, input);
            self.settle();
        }
    }

    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], sink: &mut dyn Sink) -> usize {
        if link != self.link {
            return bytes.len();
        }
        if self.queue.deliver(sink) == Flow::Stop {
            return 0;
        }
        let left = hand_over(self.connection.receive(now, bytes), &self.queue, sink);
        if self.connection.has_output() {
            self.settle();
        }
        bytes.len() - left
    }

    fn receive_native(
        &mut self,
        now: Instant,
        link: LinkId,
        event: &Event<'_>,
        sink: &mut dyn Sink,
    ) {
        if link != self.link {
            return;
        }
        let mut before = self.queue.deliver(sink);
        let passage = self.connection.handle_event(now, event);
        if passage == Passage::DeliverBehindGap {
            if before == Flow::Stop {
                self.queue.push(Waiting::Gap(SOLE));
            } else {
                before = sink.take(Delivery::Gap(SOLE));
            }
        }
        if passage != Passage::Discard {
            // Not the browser's own position, which a rebuilt `EventSource` has forgotten.
            let position = self.connection.last_event_id();
            let event = Event {
                last_event_id: position,
                ..*event
            };
            let _ = self
                .queue
                .hand_on(before, SOLE, event, place(position), sink);
        }
        self.settle();
    }

    fn deliver(&mut self, sink: &mut dyn Sink) {
        let _ = self.queue.deliver(sink);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }

    fn plan(&mut self, _: LinkId) -> Option<Request> {
        None
    }

    fn place(&self) -> Place<'_> {
        place(self.connection.last_event_id())
    }

    fn stats(&self) -> Stats {
        self.connection.stats().clone()
    }
}
