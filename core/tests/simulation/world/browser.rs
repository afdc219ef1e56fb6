//! What the browser makes of what arrives: for a reader by fetch, or as the native `EventSource`.

use std::time::Duration;

use everstream_core::connection::{Arrival, Connection, Passage, TransportKind};
use everstream_core::http::Response;
use everstream_core::parse::{Event, Frame};

use super::{Happening, World};
use crate::coverage::Mark;
use crate::native::Act;
use crate::page::Task;
use crate::rules::Cause;
use crate::wire::{Head, Link, LinkId, Message};

impl World {
    pub(super) fn deliver(&mut self, id: LinkId, message: Message) {
        let link = &self.links[id];
        if link.stalled || link.aborted || (link.cut && !message.is_final()) {
            return;
        }
        if self.page.asleep.is_some() {
            self.page.inbox.push(Task::Message(id, message));
        } else {
            self.take_in(id, message);
        }
    }

    fn take_in(&mut self, id: LinkId, message: Message) {
        let Link { by, attempt, .. } = self.links[id];
        if message.is_final() {
            self.server.streams.retain(|stream| *stream != id);
        }
        match by {
            TransportKind::Fetch if self.page.fetches(attempt) => self.read_by_fetch(id, message),
            TransportKind::Native if self.page.link() == Some(id) => {
                if let Some(native) = self.page.native(attempt) {
                    let acts = native.handle(message);
                    self.act(id, attempt, acts);
                }
            }
            _ => {}
        }
    }

    fn read_by_fetch(&mut self, id: LinkId, message: Message) {
        match message {
            Message::Head(head) => {
                if head.event_stream {
                    self.rules.about_to_open(self.links[id].first);
                }
                self.input(Cause::Answer(head), |connection, now| {
                    let wall = Duration::ZERO;
                    let response = response(head);
                    let kind = response.kind("text/event-stream");
                    connection.handle_response(now, response, kind, String::new(), wall);
                });
            }
            Message::Bytes(bytes) => self.receive(&bytes),
            Message::End => self.input(Cause::End, Connection::handle_end),
            Message::Refused | Message::Reset => {
                self.input(Cause::Lost, |connection, now| {
                    connection.handle_disconnect(now, "network error");
                });
            }
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let mut events = Vec::new();
        let is_open = !self.page.connection.is_closed();
        if is_open {
            let retry = self.retry_in(bytes);
            self.rules.asked(retry);
        }
        self.rules.before(self.now, Cause::Bytes);
        let now = self.instant();
        let mut received = self.page.connection.receive(now, bytes);
        while let Some(arrival) = received.next() {
            match arrival {
                Arrival::Event(event) => events.push(Some((
                    event.event_type.to_owned(),
                    event.data.to_owned(),
                    event.last_event_id.to_owned(),
                ))),
                Arrival::Gap => events.push(None),
                Arrival::Comment(_) => {}
                Arrival::TooLarge(error) => unreachable!("{error}"),
            }
        }
        drop(received);
        // An edge delivers what a piece has brought before it performs the outputs.
        for event in events {
            match event {
                Some((event_type, data, id)) => self.see(&event_type, &data, &id),
                None => self.gap_between(),
            }
        }
        self.perform();
        let position = self.page.connection.last_event_id().to_owned();
        self.rules.at_position(&position);
    }

    /// What the native `EventSource` does, as far as it is still in use.
    fn act(&mut self, link: LinkId, attempt: u32, acts: Vec<Act>) {
        for act in acts {
            if self.page.native(attempt).is_none() {
                return;
            }
            match act {
                Act::Opens => {
                    self.rules.about_to_open(self.links[link].first);
                    self.input(Cause::Opens, Connection::handle_open);
                }
                Act::Event {
                    event_type,
                    data,
                    last_event_id,
                } => {
                    self.rules.before(self.now, Cause::Event);
                    let now = self.instant();
                    let event = Event {
                        event_type: &event_type,
                        data: &data,
                        last_event_id: &last_event_id,
                    };
                    let passage = self.page.connection.handle_event(now, &event);
                    let position = self.page.connection.last_event_id().to_owned();
                    if passage == Passage::DeliverBehindGap {
                        self.gap_between();
                    }
                    if passage != Passage::Discard {
                        self.see(&event_type, &data, &position);
                    }
                    self.perform();
                }
                Act::Errs | Act::GivesUp => {
                    let gave_up = act == Act::GivesUp;
                    self.input(Cause::NativeError { gave_up }, |connection, now| {
                        connection.handle_native_error(now, gave_up);
                    });
                }
                Act::Reconnects(after) => {
                    let happening = Happening::NativeReconnect(attempt);
                    self.queue.plan(self.now + after, happening);
                }
            }
        }
    }

    /// The `retry` field that the stream's preamble ends with in these bytes, as a parser of its own reads
    /// them: the connection keeps it to itself.
    fn retry_in(&mut self, bytes: &[u8]) -> Option<Duration> {
        let id = self.page.link()?;
        let parser = self.parsers.entry(id).or_default();
        let mut frames = parser.feed(bytes);
        let mut retry = None;
        while let Some(frame) = frames.next() {
            if let Ok(Frame::Retry(time)) = frame {
                retry = Some(time);
            }
        }
        retry
    }

    /// A gap between two events of one stream.
    fn gap_between(&mut self) {
        self.note(|| "  gap".to_owned());
        self.rules.coverage.reach(Mark::GapByIds);
        self.rules.gap();
    }

    fn see(&mut self, event_type: &str, data: &str, last_event_id: &str) {
        self.note(|| format!("  {event_type} {data} (last event ID {last_event_id:?})"));
        self.rules.heard();
        if event_type == "tick" {
            let number = data.parse().expect("the server sends numbers");
            self.rules.delivered(number, last_event_id);
        } else {
            self.rules.at_position(last_event_id);
        }
    }

    pub(super) fn native_reconnect(&mut self, attempt: u32) {
        if self.page.asleep.is_some() {
            self.page.inbox.push(Task::NativeReconnect(attempt));
            return;
        }
        let Some(native) = self.page.native(attempt) else {
            return;
        };
        let (header, query) = (native.last_event_id(), native.query.clone());
        let id = self.open_link(Link::new(attempt, TransportKind::Native, header, query));
        if let Some(native) = self.page.native(attempt) {
            native.link = Some(id);
        }
    }
}

fn response(head: Head) -> Response {
    let content_type = if head.event_stream {
        "text/event-stream"
    } else {
        "text/html"
    };
    let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
    if let Some(seconds) = head.retry_after {
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    if let Some(number) = head.behind {
        headers.push(("last-event-id".to_owned(), number.to_string()));
    }
    Response {
        status: head.status,
        headers,
        url: String::new(),
    }
}
