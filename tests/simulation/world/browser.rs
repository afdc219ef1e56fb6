//! What the browser makes of what arrives: for a reader by fetch, or as the native `EventSource`.

use std::time::Duration;

use everstream::Response;
use everstream::connection::{Connection, TransportKind};
use everstream::parse::Frame;

use super::{Happening, World};
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
                    connection.handle_response(now, response(head), String::new(), wall);
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
        let mut retry = None;
        self.input(Cause::Bytes, |connection, now| {
            let mut received = connection.receive(now, bytes);
            while let Some(frame) = received.next() {
                match frame {
                    Ok(Frame::Event(event)) => events.push((
                        event.event_type.to_owned(),
                        event.data.to_owned(),
                        event.last_event_id.to_owned(),
                    )),
                    Ok(Frame::Retry(time)) => retry = Some(time),
                    _ => {}
                }
            }
        });
        self.rules.asked(retry);
        for (event_type, data, id) in events {
            self.see(&event_type, &data, &id);
        }
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
                    self.input(Cause::Event, |connection, now| {
                        connection.handle_event(now, &last_event_id, data.len());
                    });
                    let position = self.page.connection.last_event_id().to_owned();
                    self.see(&event_type, &data, &position);
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

    fn see(&mut self, event_type: &str, data: &str, last_event_id: &str) {
        self.note(|| format!("  {event_type} {data} (last event ID {last_event_id:?})"));
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
    Response {
        status: head.status,
        headers,
        url: String::new(),
    }
}
