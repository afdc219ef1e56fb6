//! A test edge without a browser.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::HashMap;
use std::rc::Rc;

use crate::connection::{Instant, RetryPolicy};
use crate::error::{Error, UnexpectedResponse};
use crate::http::Response;
use crate::mux::machine::{
    Config, ControlId, Handled, Multiplexer, Output, Start, StreamId, Subscribers,
};
use crate::mux::{Answer, EverstreamProtocol, Protocol};
use crate::parse::{Event, EventTooLarge};

type Log = Rc<RefCell<Vec<String>>>;

/// The `@connected` data of a hub that can change sets.
pub(super) const HUB: &str = r#"{"protocol":1,"connection":"c","control":"/control"}"#;
/// The `@connected` data of a hub that can't.
pub(super) const WITHOUT_CONTROL: &str = r#"{"protocol":1}"#;

/// The subscribers of a channel.
#[derive(Debug)]
pub(super) struct Audience {
    name: String,
    log: Log,
}

impl Audience {
    fn note(&self, line: &str) {
        self.log.borrow_mut().push(format!("{} {line}", self.name));
    }
}

impl Subscribers for Audience {
    fn in_force(&self, yes: bool) {
        self.note(if yes {
            "is in force"
        } else {
            "is not in force"
        });
    }

    fn gap(&self, _: crate::GapCause) {
        self.note("has a gap");
    }

    fn end(&self, error: Option<Error>) {
        match error {
            None => self.note("ends"),
            Some(Error::Channel { code, .. }) => self.note(&format!("fails: {code}")),
            Some(error) => match error.status() {
                Some(status) => self.note(&format!("fails: {status}")),
                None => self.note(&format!("fails: {error}")),
            },
        }
    }
}

/// A multiplexer with its clock.
pub(super) struct Client {
    pub(super) mux: Multiplexer<Audience>,
    now: Instant,
    log: Log,
    /// The last event ID of each stream.
    ids: HashMap<StreamId, String>,
    /// The IDs of the control requests that were sent.
    controls: Vec<ControlId>,
}

impl Client {
    /// Creates a client without channels and without a last event ID.
    pub(super) fn new() -> Self {
        Self::behind("")
    }

    /// Creates a client without channels, with this last event ID.
    pub(super) fn behind(position: &str) -> Self {
        Self::speaking(EverstreamProtocol::new(), position)
    }

    pub(super) fn speaking(protocol: impl Protocol + Clone + 'static, position: &str) -> Self {
        let config = Config {
            url: "https://h/s".to_owned(),
            retry: RetryPolicy::default().jitter(false),
            last_event_id: position.to_owned(),
        };
        Self {
            mux: Multiplexer::new(config, protocol, 1),
            now: Instant::default(),
            log: Log::default(),
            ids: HashMap::new(),
            controls: Vec::new(),
        }
    }

    /// Creates a client with these channels in force on a hub whose log has ten events.
    pub(super) fn on_a_hub(channels: &[&str]) -> Self {
        let mut client = Self::new();
        client.subscribe(channels);
        client.opens(1);
        client.event(1, "@connected", HUB, "e-10");
        client.log();
        client
    }

    // Time

    pub(super) fn pass(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(due) = self.mux.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.mux.handle_timeout(self.now);
            let next = self.mux.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now), "the timer spins");
            self.drain();
        }
        self.now = end;
    }

    /// Returns the seconds until the timer is due.
    pub(super) fn due_in(&self) -> Option<u64> {
        let due = self.mux.poll_timeout()?;
        Some(due.saturating_since(self.now).as_secs())
    }

    // The user

    /// Subscribes to channels, then flushes once.
    pub(super) fn subscribe(&mut self, channels: &[&str]) {
        for channel in channels {
            self.add(channel, Start::Now);
        }
        self.flush();
    }

    pub(super) fn subscribe_after(&mut self, channel: &str, id: &str) {
        self.add(channel, Start::After(id.into()));
        self.flush();
    }

    /// Subscribes to a channel without flushing.
    pub(super) fn add(&mut self, channel: &str, start: Start) {
        let audience = || Audience {
            name: channel.to_owned(),
            log: self.log.clone(),
        };
        let result = self.mux.subscribe(channel, start, audience);
        if let Err(error) = result {
            self.log.borrow_mut().push(format!("error: {error}"));
        }
    }

    pub(super) fn unsubscribe(&mut self, channels: &[&str]) {
        for channel in channels {
            self.mux.unsubscribe(channel);
        }
        self.flush();
    }

    pub(super) fn close(&mut self) {
        self.mux.close(None);
    }

    pub(super) fn flush(&mut self) {
        self.mux.flush(self.now);
    }

    // The streams

    /// Begins an attempt of a stream. Returns the query or body of its request.
    pub(super) fn attempts(&mut self, stream: u32) -> String {
        let id = StreamId(stream);
        let prepare = self.mux.begin_attempt(id);
        assert_eq!(prepare, None);
        self.drain();
        let request = self.mux.opening(id).expect("it is known").request;
        let position = self.mux.last_event_id().to_owned();
        self.ids.insert(id, position);
        match request.body {
            Some(body) => body,
            None => request.url.replace("https://h/s?", ""),
        }
    }

    /// Opens a stream.
    pub(super) fn is_open(&mut self, stream: u32) {
        self.mux.handle_open(self.now, StreamId(stream));
    }

    /// Begins an attempt of a stream and opens it. Returns the query or body of its request.
    pub(super) fn opens(&mut self, stream: u32) -> String {
        let request = self.attempts(stream);
        self.is_open(stream);
        request
    }

    /// Skips an event for its size. Returns the channel to tell.
    pub(super) fn skips(&mut self, stream: u32, event_type: Option<&str>) -> Option<String> {
        let skipped = EventTooLarge {
            limit: 10,
            event_type: event_type.map(str::to_owned),
        };
        let told = self.mux.handle_skipped(StreamId(stream), &skipped);
        told.map(|audience| audience.name.clone())
    }

    /// Changes the last event ID of a stream without an event.
    pub(super) fn is_at(&mut self, stream: u32, id: &str) {
        id.clone_into(self.ids.entry(StreamId(stream)).or_default());
        self.mux.handle_position(StreamId(stream), id);
    }

    /// Reserves a stream on the server.
    pub(super) fn reserves(&mut self, stream: u32) {
        let id = StreamId(stream);
        assert!(self.mux.begin_attempt(id).is_some());
        let (status, body) = (Some(201), "token".to_owned());
        let answer = Answer { status, body };
        assert_eq!(self.mux.handle_prepared(id, &answer), Ok(()));
    }

    /// Opens a reserved stream.
    pub(super) fn opens_reserved(&mut self, stream: u32) {
        assert!(self.mux.opening(StreamId(stream)).is_some());
        self.is_open(stream);
    }

    pub(super) fn lost(&mut self, stream: u32) {
        self.mux.handle_lost(StreamId(stream));
    }

    pub(super) fn reconnected_without_position(&mut self, stream: u32) {
        self.mux.handle_gap(StreamId(stream));
    }

    /// Closes a stream for good with a status.
    pub(super) fn refused(&mut self, stream: u32, status: u16) {
        let response = Response {
            status,
            ..Response::default()
        };
        let excerpt = String::new();
        let error = Error::Response(UnexpectedResponse { response, excerpt }.into());
        self.mux
            .handle_closed(self.now, StreamId(stream), Some(error));
    }

    /// Closes a stream because the server told it to stop.
    pub(super) fn stopped(&mut self, stream: u32) {
        self.mux.handle_closed(self.now, StreamId(stream), None);
    }

    /// Passes in an event; an empty `id` means that it has none of its own.
    pub(super) fn event(&mut self, stream: u32, event_type: &str, data: &str, id: &str) {
        let delivered = self.offer(stream, event_type, data, id, true);
        assert!(delivered, "nobody has declined");
    }

    /// Offers an event to its subscribers, which accept or decline it. Returns whether it was handled.
    pub(super) fn offer(
        &mut self,
        stream: u32,
        event_type: &str,
        data: &str,
        id: &str,
        take: bool,
    ) -> bool {
        let stream = StreamId(stream);
        let last = self.ids.entry(stream).or_default();
        if !id.is_empty() {
            id.clone_into(last);
        }
        let event = Event {
            event_type,
            data,
            last_event_id: last,
        };
        let handled = self
            .mux
            .handle_event(stream, &event, |audience, event_type| {
                take.then(|| format!("{} got {event_type}", audience.name))
            });
        let line = match handled {
            Handled::For { takers, data, .. } => format!("{takers} {data}"),
            Handled::Declined => return false,
            Handled::Done => return true,
        };
        self.log.borrow_mut().push(line);
        true
    }

    /// Answers the last control request.
    pub(super) fn answered(&mut self, status: u16) {
        let id = self.last_control();
        self.answer(id, Some(status));
    }

    /// Fails the last control request before any answer.
    pub(super) fn unanswered(&mut self) {
        let id = self.last_control();
        self.answer(id, None);
    }

    pub(super) fn control_before_last(&mut self) -> ControlId {
        self.drain();
        self.controls[self.controls.len() - 2]
    }

    /// Answers the first control request.
    pub(super) fn first_answered(&mut self, status: u16) {
        self.drain();
        let id = *self.controls.first().expect("a request was sent");
        self.answer(id, Some(status));
    }

    pub(super) fn answer(&mut self, id: ControlId, status: Option<u16>) {
        let body = String::new();
        self.mux
            .handle_answer(self.now, id, &Answer { status, body });
    }

    pub(super) fn last_control(&mut self) -> ControlId {
        self.drain();
        *self.controls.last().expect("a request was sent")
    }

    // Outputs

    /// Moves the outputs to the log, which already holds the subscribers' lines.
    fn drain(&mut self) {
        while let Some(output) = self.mux.poll_output() {
            let line = match output {
                Output::Open(StreamId(id), position) => {
                    self.ids.insert(StreamId(id), position.clone());
                    format!("open {id} at `{position}`")
                }
                Output::Close(StreamId(id)) => format!("close {id}"),
                Output::Control {
                    id,
                    request,
                    unauthorized,
                } => {
                    self.controls.push(id);
                    let new = if unauthorized {
                        " with new headers"
                    } else {
                        ""
                    };
                    let body = request.body.unwrap_or_default();
                    format!("{} {}{new} {body}", request.method, request.url)
                }
                Output::Abort(_) => "abort".to_owned(),
                Output::Heartbeat(StreamId(id), limit) => format!("heartbeat {id}: {limit:?}"),
                Output::Listen(StreamId(id)) => format!("listen {id}"),
                Output::Error(error) => format!("error: {error}"),
                Output::Closed(error) => match error {
                    None => "closed".to_owned(),
                    Some(error) => format!("closed: {error}"),
                },
            };
            self.log.borrow_mut().push(line);
        }
    }

    /// Returns the lines since the last call, without the `listen` hints for native.
    pub(super) fn log(&mut self) -> Vec<String> {
        self.drain();
        let mut lines = self.log.take();
        lines.retain(|line| !line.starts_with("listen"));
        lines
    }

    #[track_caller]
    pub(super) fn says(&mut self, expected: &[&str]) {
        assert_eq!(self.log(), expected);
    }

    /// Asserts the lines since the last call, with the `listen` hints.
    #[track_caller]
    pub(super) fn says_all(&mut self, expected: &[&str]) {
        self.drain();
        assert_eq!(self.log.take(), expected);
    }

    /// Asserts that the only output is a control request with this body.
    #[track_caller]
    pub(super) fn asks_for(&mut self, body: &str) {
        self.says(&[&format!("POST /control {body}")]);
    }
}
