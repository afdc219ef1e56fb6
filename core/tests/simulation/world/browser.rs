//! The browser, which delivers messages to a reader by fetch or to the native `EventSource`.

use std::time::Duration;

use everstream_core::connection::TransportKind;
use everstream_core::http::Response;
use everstream_core::parse::{Event, Frame};
use everstream_core::session::{Input, Session};

use super::edge::{Ears, Told};
use super::{Happening, World};
use crate::coverage::Mark;
use crate::native::Act;
use crate::page::Task;
use crate::rules::Cause;
use crate::wire::{Head, Link, LinkId, Message};

/// One in this many pieces meets subscribers with too little room.
const FULL: u64 = 6;

impl World {
    pub(super) fn deliver(&mut self, id: LinkId, message: Message) {
        let link = &self.links[id];
        if link.stalled || (link.cut && !message.is_final()) {
            return;
        }
        // An abort doesn't recall messages that are already on their way: some still arrive.
        if link.aborted && !self.random.one_in(4) {
            return;
        }
        if self.page.asleep.is_some() || self.page.rest.is_some() {
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
            _ if self.page.link() != Some(id) => self.come_late(id, message),
            TransportKind::Fetch => self.read_by_fetch(id, message),
            TransportKind::Native => {
                if let Some(native) = self.page.native(attempt) {
                    let acts = native.handle(message);
                    self.act(id, attempt, acts);
                }
            }
        }
    }

    /// Passes in a late message of a dropped connection. The session must ignore it.
    fn come_late(&mut self, id: LinkId, message: Message) {
        let Link { name, by, .. } = self.links[id];
        let is_in_use = |link: LinkId| self.links[link].name == name;
        if by == TransportKind::Native || self.page.link().is_some_and(is_in_use) {
            return;
        }
        let now = self.instant();
        let session = &mut self.page.session;
        let mut ears = Ears::with_room(usize::MAX);
        let due = session.poll_timeout();
        match message {
            Message::Head(head) => session.handle(now, answer(name, head)),
            Message::Bytes(bytes) => {
                let taken = session.receive(now, name, &bytes, &mut ears);
                let is_taken = taken == bytes.len();
                self.rules
                    .demand(is_taken, || "late bytes are kept waiting".to_owned());
            }
            Message::End => session.handle(now, Input::Ended(name)),
            Message::Refused | Message::Reset => session.handle(now, Input::Failed(name, "late")),
        }
        let session = &mut self.page.session;
        let is_quiet = ears.told.is_empty()
            && session.poll_output().is_none()
            && session.poll_timeout() == due;
        self.rules.coverage.reach(Mark::CameLate);
        self.rules.demand(is_quiet, || {
            format!("what came late of {name:?} has changed something")
        });
    }

    fn read_by_fetch(&mut self, id: LinkId, message: Message) {
        let name = self.links[id].name;
        match message {
            Message::Head(head) => {
                if head.event_stream {
                    self.rules.about_to_open(self.links[id].first);
                }
                self.input(Cause::Answer(head), answer(name, head));
            }
            Message::Bytes(bytes) => self.receive(id, &bytes),
            Message::End => self.input(Cause::End, Input::Ended(name)),
            Message::Refused | Message::Reset => {
                self.input(Cause::Lost, Input::Failed(name, "network error"));
            }
        }
    }

    pub(super) fn receive(&mut self, id: LinkId, bytes: &[u8]) {
        let is_open = !self.rules.is_closed();
        self.rules.before(self.now, Cause::Bytes);
        let room = if self.random.one_in(FULL) {
            1 + self.random.index(3)
        } else {
            usize::MAX
        };
        let mut ears = Ears::with_room(room);
        let (now, name) = (self.instant(), self.links[id].name);
        let taken = self.page.session.receive(now, name, bytes, &mut ears);
        if is_open {
            let retry = self.retry_in(id, &bytes[..taken]);
            self.rules.asked(retry);
        }
        let is_full = ears.is_full;
        self.rules.demand(is_full || taken == bytes.len(), || {
            "bytes are left though there is room".to_owned()
        });
        if is_full {
            self.rules.coverage.reach(if taken < bytes.len() {
                Mark::StoppedWithin
            } else {
                Mark::StoppedBehind
            });
            self.page.rest = Some((id, bytes[taken..].to_vec()));
            let longest = self.random.pick(&[0, 60, 900]);
            let at = self.now + self.random.within(0..=longest);
            self.queue.plan(at, Happening::HasRoom);
        }
        for told in &ears.told {
            if matches!(told, Told::Gap) {
                self.rules.coverage.reach(Mark::GapByIds);
            }
        }
        // The session has already read the event behind a gap, though there is no room for it.
        let is_ahead = is_full && matches!(ears.told.last(), Some(Told::Gap));
        self.hear(ears.told);
        self.settle();
        if is_ahead && self.page.rest.is_some() {
            return;
        }
        let position = self.page.session.place().position.to_owned();
        self.rules.at_position(&position);
    }

    /// Gives the subscribers room: the rest of the piece arrives, then the messages that came meanwhile.
    pub(super) fn go_on(&mut self) {
        if self.page.asleep.is_some() {
            self.queue.plan(self.now + 500, Happening::HasRoom);
            return;
        }
        if let Some((id, bytes)) = self.page.rest.take() {
            self.rules.page_is(self.now, self.page.hidden);
            let name = self.links[id].name;
            self.input(Cause::Bytes, Input::ReadingResumed(name));
            self.receive(id, &bytes);
        }
        if self.page.rest.is_some() {
            return;
        }
        for task in core::mem::take(&mut self.page.inbox) {
            self.do_task(task);
        }
    }

    pub(super) fn do_task(&mut self, task: Task) {
        match task {
            Task::Message(id, message) => self.deliver(id, message),
            Task::NativeReconnect(attempt) => self.native_reconnect(attempt),
            Task::Timer => self.fire_timer(),
        }
    }

    /// Carries out the acts of the native `EventSource`, if it is still in use.
    fn act(&mut self, link: LinkId, attempt: u32, acts: Vec<Act>) {
        let name = self.links[link].name;
        for act in acts {
            if self.page.native(attempt).is_none() {
                return;
            }
            match act {
                Act::Opens => {
                    self.rules.about_to_open(self.links[link].first);
                    self.input(Cause::Opens, Input::NativeOpen(name));
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
                    let mut ears = Ears::with_room(usize::MAX);
                    self.page
                        .session
                        .receive_native(now, name, &event, &mut ears);
                    self.hear(ears.told);
                    self.settle();
                }
                Act::Errs | Act::GivesUp => {
                    let gave_up = act == Act::GivesUp;
                    let input = Input::NativeError {
                        link: name,
                        gave_up,
                    };
                    self.input(Cause::NativeError { gave_up }, input);
                }
                Act::Reconnects(after) => {
                    let happening = Happening::NativeReconnect(attempt);
                    self.queue.plan(self.now + after, happening);
                }
            }
        }
    }

    /// Returns the `retry` field that ends the stream's preamble in these bytes. A separate parser reads it,
    /// since the session doesn't show it.
    fn retry_in(&mut self, id: LinkId, bytes: &[u8]) -> Option<Duration> {
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

    pub(super) fn see(&mut self, event_type: &str, data: &str, last_event_id: &str) {
        self.rules.heard();
        if event_type == "tick" {
            let number = data.parse().expect("the server sends numbers");
            self.rules.delivered(number, last_event_id);
        } else {
            self.rules.at_position(last_event_id);
        }
    }

    pub(super) fn native_reconnect(&mut self, attempt: u32) {
        if self.page.asleep.is_some() || self.page.rest.is_some() {
            self.page.inbox.push(Task::NativeReconnect(attempt));
            return;
        }
        let Some(native) = self.page.native(attempt) else {
            return;
        };
        let (header, query) = (native.last_event_id(), native.query.clone());
        let before = native.link.expect("it has had a connection");
        let name = self.links[before].name;
        let link = Link::new(name, attempt, TransportKind::Native, header, query);
        let id = self.open_link(link);
        if let Some(native) = self.page.native(attempt) {
            native.link = Some(id);
        }
    }
}

/// Returns an answer as the edge reads it.
fn answer(link: everstream_core::session::LinkId, head: Head) -> Input<'static> {
    let response = response(head);
    Input::Response {
        link,
        kind: response.kind("text/event-stream"),
        excerpt: String::new(),
        retry_after: response.retry_after(Duration::ZERO),
        response,
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
    Response::new(head.status, headers, String::new())
}
