//! A session of one connection.

use super::delivery::{Delivery, Flow, Place, SOLE, Sink};
use super::{Input, LinkId, Output, Session};
use crate::connection::{
    Arrival, Config, Connection, Instant, Output as Told, OwnedEvent, Passage, Received, Stats,
};
use crate::gap::GapCause;
use crate::mux::Request;
use crate::parse::Event;

/// The gap to report where an event's ID doesn't follow the one before.
const OUT_OF_ORDER: Delivery<'static> = Delivery::Gap(SOLE, GapCause::IdsMissing);

/// One connection, for the events of one stream.
#[derive(Debug)]
pub struct Solo {
    connection: Connection,
    /// The connection in use. Each attempt has a name of its own, so that late input of an earlier attempt
    /// isn't mistaken for its successor's.
    link: LinkId,
}

impl Solo {
    /// Returns a session that hasn't begun. `seed` feeds the jitter, and `first` names its first connection.
    #[must_use]
    pub fn new(config: Config, seed: u64, first: LinkId) -> Self {
        Self {
            connection: Connection::new(config, seed),
            link: first,
        }
    }

    /// Hands the sink the connection's outputs for subscribers, until the sink stops.
    fn tell(&mut self, sink: &mut dyn Sink) -> Flow {
        let mut flow = Flow::Continue;
        while flow == Flow::Continue
            && let Some(output) = self
                .connection
                .poll_output_where(|output| !is_action(output))
        {
            flow = match output {
                Told::State(state) => sink.take(Delivery::State(&state)),
                Told::Gap(cause) => sink.take(Delivery::Gap(SOLE, cause)),
                Told::End(end) => sink.take(Delivery::Ended(end)),
                Told::Event(event) => {
                    let event = event.as_event();
                    sink.take(Delivery::Event(SOLE, event, place(event.last_event_id)))
                }
                Told::Connect(_) | Told::Disconnect => flow,
            };
        }
        flow
    }
}

/// Whether an output is for the edge to perform, rather than for the subscribers.
fn is_action(output: &Told) -> bool {
    matches!(output, Told::Connect(_) | Told::Disconnect)
}

fn place(position: &str) -> Place<'_> {
    Place {
        position,
        is_behind: false,
        is_replaying: false,
    }
}

/// Hands the sink what a piece brings, and returns how many of its bytes are left. If the sink stops at a
/// gap, the event after the gap is returned too: it has already left the stream.
fn hand_over(mut received: Received<'_, '_>, sink: &mut dyn Sink) -> (usize, Option<OwnedEvent>) {
    let mut is_at_gap = false;
    while let Some(arrival) = received.next() {
        let flow = match arrival {
            Arrival::Event(event) if is_at_gap => {
                let event = OwnedEvent::of(&event);
                return (received.stop(), Some(event));
            }
            Arrival::Event(event) => {
                let place = place(event.last_event_id);
                sink.take(Delivery::Event(SOLE, event, place))
            }
            Arrival::Comment(text) => sink.take(Delivery::Comment(text)),
            Arrival::TooLarge(too_large) => sink.take(Delivery::Skipped(SOLE, too_large)),
            Arrival::Gap => {
                is_at_gap = sink.take(OUT_OF_ORDER) == Flow::Stop;
                Flow::Continue
            }
        };
        if flow == Flow::Stop {
            return (received.stop(), None);
        }
    }
    (0, None)
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
        Input::SideEffects(_) => connection.handle_side_effects(),
        Input::NoContinuation(_) => connection.handle_no_continuation(),
        Input::NativeOpen(_) => connection.handle_open(now),
        Input::NativeError { gave_up, .. } => connection.handle_native_error(now, gave_up),
        Input::ReadingResumed(_) => connection.handle_resumed_reading(now),
        Input::RequireFetch => connection.require_fetch(now),
        Input::Signal(signal) => connection.handle_signal(now, signal),
        Input::Reconnect => connection.reconnect(now),
        Input::Timeout => connection.handle_timeout(now),
        Input::Close => connection.close(),
        // The other inputs concern a multiplexer, or tabs.
        _ => {}
    }
}

/// Returns the connection that an input is about, if it is about one.
pub(super) fn link_of(input: &Input<'_>) -> Option<LinkId> {
    match input {
        Input::Response { link, .. }
        | Input::Ended(link)
        | Input::Failed(link, _)
        | Input::Unprepared(link, _)
        | Input::Futile(link, _)
        | Input::SideEffects(link)
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
        }
    }

    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], sink: &mut dyn Sink) -> usize {
        if link != self.link {
            return bytes.len();
        }
        if self.tell(sink) == Flow::Stop {
            return 0;
        }
        let (left, late) = hand_over(self.connection.receive(now, bytes), sink);
        if let Some(event) = late {
            self.connection.put_by(Told::Event(event));
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
        let mut flow = self.tell(sink);
        let passage = self.connection.handle_event(now, event);
        if passage == Passage::DeliverBehindGap {
            if flow == Flow::Continue {
                flow = sink.take(OUT_OF_ORDER);
            } else {
                self.connection.put_by(Told::Gap(GapCause::IdsMissing));
            }
        }
        if passage == Passage::Discard {
            return;
        }
        // The browser's own last event ID can't be used: a rebuilt `EventSource` has forgotten it.
        let place = place(self.connection.last_event_id());
        let event = Event {
            last_event_id: place.position,
            ..*event
        };
        if flow == Flow::Continue {
            let _ = sink.take(Delivery::Event(SOLE, event, place));
        } else {
            let event = OwnedEvent::of(&event);
            self.connection.put_by(Told::Event(event));
        }
    }

    fn deliver(&mut self, sink: &mut dyn Sink) {
        let _ = self.tell(sink);
    }

    fn poll_output(&mut self) -> Option<Output> {
        let output = self.connection.poll_output_where(is_action)?;
        let link = self.link;
        Some(match output {
            Told::Connect(attempt) => Output::Connect(link, attempt),
            _ => {
                self.link.0 += 1;
                Output::Disconnect(link)
            }
        })
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
