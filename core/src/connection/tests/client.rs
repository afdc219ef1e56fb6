//! A test edge without a browser.

use core::time::Duration;
use std::fmt::Write;

use crate::connection::{
    Arrival, Attempt, Config, Connection, End, EndReason, Instant, Output, Passage, Resume,
    Resumed, RetryPolicy, Signal, State, Transport, TransportKind,
};
use crate::error::Error;
use crate::http::Response;
use crate::parse::Event;

/// The wall clock of all tests: Sun, 06 Nov 1994 08:49:37 GMT.
pub(super) const WALL: Duration = Duration::from_secs(784_111_777);

/// A connection with its clock.
pub(super) struct Client {
    pub(super) connection: Connection,
    now: Instant,
}

impl Client {
    /// Creates a client that has not started.
    pub(super) fn idle(config: Config) -> Self {
        Self {
            connection: Connection::new(config, 1),
            now: Instant::default(),
        }
    }

    /// Creates a started client and discards the outputs of its first attempt.
    pub(super) fn started(config: Config) -> Self {
        let mut client = Self::idle(config);
        client.connection.start(client.now);
        client.log();
        client
    }

    /// Creates a client that is open by fetch, with the given last event ID unless it is empty.
    pub(super) fn open(config: Config, id: &str) -> Self {
        let mut client = Self::started(config);
        client.respond(200, &[]);
        if !id.is_empty() {
            client.bytes(&format!("id: {id}\ndata\n\n"));
        }
        client.log();
        client
    }

    /// Creates a client that is open by native, with the given last event ID unless it is empty.
    pub(super) fn open_native(config: Config, id: &str) -> Self {
        let mut client = Self::started(config);
        client.native_open();
        if !id.is_empty() {
            client.event(id);
        }
        client.log();
        client
    }

    // The clock

    /// Advances the clock and fires each timer in time.
    pub(super) fn pass(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        while let Some(due) = self.connection.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.connection.handle_timeout(self.now);
            let next = self.connection.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now), "the timer spins");
        }
        self.now = end;
    }

    /// Advances the clock to the next deadline, as if the page had run all the time.
    pub(super) fn until_due(&mut self) {
        let due = self.connection.due().expect("a timer is set");
        self.now = self.now.max(due);
        self.connection.seen_running = self.now;
        self.connection.handle_timeout(self.now);
    }

    /// Advances the clock without firing a timer: the page is busy, hidden, frozen or asleep.
    pub(super) fn sleep(&mut self, seconds: f64) {
        self.now = self.now + Duration::from_secs_f64(seconds);
    }

    /// Fires the timer now, due or not.
    pub(super) fn timer(&mut self) {
        self.connection.handle_timeout(self.now);
    }

    /// Returns the seconds until the next deadline, apart from the check that the page runs.
    pub(super) fn due_in(&self) -> Option<f64> {
        let due = self.connection.due()?;
        Some(due.saturating_since(self.now).as_secs_f64())
    }

    // Inputs

    pub(super) fn start(&mut self) {
        self.connection.start(self.now);
    }

    /// Passes in an answer; status 200 is an event stream.
    pub(super) fn respond(&mut self, status: u16, headers: &[(&str, &str)]) {
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        headers.push(("content-type".to_owned(), "text/event-stream".to_owned()));
        self.answer(status, headers);
    }

    /// Passes in a JSON answer to a request with this `Accept` header.
    pub(super) fn respond_json(&mut self, accept: &str) {
        let content_type = ("content-type".to_owned(), "application/json".to_owned());
        let response = response(200, vec![content_type]);
        let kind = response.kind(accept);
        self.connection
            .handle_response(self.now, response, kind, String::new(), WALL);
    }

    fn answer(&mut self, status: u16, headers: Vec<(String, String)>) {
        let response = response(status, headers);
        let kind = response.kind("text/event-stream");
        self.connection
            .handle_response(self.now, response, kind, String::new(), WALL);
    }

    /// Passes in bytes of the body. Returns the (data, last event ID) of the events that they complete.
    pub(super) fn bytes(&mut self, text: &str) -> Vec<(String, String)> {
        let mut events = Vec::new();
        let mut received = self.connection.receive(self.now, text.as_bytes());
        while let Some(arrival) = received.next() {
            match arrival {
                Arrival::Event(event) => {
                    events.push((event.data.to_owned(), event.last_event_id.to_owned()));
                }
                Arrival::Gap => events.push(("gap".to_owned(), String::new())),
                Arrival::Comment(_) | Arrival::TooLarge(_) => {}
            }
        }
        events
    }

    /// Refuses to continue the answer, on behalf of the caller.
    pub(super) fn no_continuation(&mut self) {
        self.connection.handle_no_continuation();
    }

    /// Continues reading after a slow subscriber has held it up.
    pub(super) fn read_on(&mut self) {
        self.connection.handle_resumed_reading(self.now);
    }

    pub(super) fn lost(&mut self) {
        self.connection.handle_disconnect(self.now, "reset");
    }

    pub(super) fn ended(&mut self) {
        self.connection.handle_end(self.now);
    }

    pub(super) fn no_headers(&mut self) {
        let message = "the token service is down".to_owned();
        self.connection
            .handle_headers_error(self.now, Error::Headers { message });
    }

    pub(super) fn native_open(&mut self) {
        self.connection.handle_open(self.now);
    }

    pub(super) fn event(&mut self, last_event_id: &str) {
        let _ = self.native_event("data", last_event_id);
    }

    /// Passes in an event of the native `EventSource`.
    pub(super) fn native_event(&mut self, data: &str, last_event_id: &str) -> Passage {
        let event = Event {
            event_type: "message",
            data,
            last_event_id,
        };
        self.connection.handle_event(self.now, &event)
    }

    /// Fires `error` on a native `EventSource` that reconnects by itself.
    pub(super) fn native_error(&mut self) {
        self.connection.handle_native_error(self.now, false);
    }

    /// Fires `error` on a native `EventSource` that is CLOSED.
    pub(super) fn native_gave_up(&mut self) {
        self.connection.handle_native_error(self.now, true);
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.connection.handle_signal(self.now, signal);
    }

    pub(super) fn require_fetch(&mut self) {
        self.connection.require_fetch(self.now);
    }

    pub(super) fn reconnect(&mut self) {
        self.connection.reconnect(self.now);
    }

    // Outputs

    /// Returns the outputs since the last call, as lines. The state `Connecting` is left out: it precedes
    /// every `connect`, as another test ensures.
    pub(super) fn log(&mut self) -> Vec<String> {
        let outputs = core::iter::from_fn(|| self.connection.poll_output());
        outputs
            .filter(|output| !matches!(output, Output::State(State::Connecting { .. })))
            .map(|output| line(&output))
            .collect()
    }

    /// Asserts the outputs since the last call.
    #[track_caller]
    pub(super) fn says(&mut self, expected: &[&str]) {
        assert_eq!(self.log(), expected);
    }
}

/// Describes an output as a line.
pub(super) fn line(output: &Output) -> String {
    match output {
        Output::Connect(attempt) => connect(attempt),
        Output::Disconnect => "disconnect".to_owned(),
        Output::Gap(_) => "gap".to_owned(),
        Output::Event(event) => format!("event {}", event.data),
        Output::End(end) => describe_end(end),
        Output::State(state) => describe(state),
    }
}

fn describe_end(end: &End) -> String {
    let mut line = match end.reason {
        EndReason::Body => "end".to_owned(),
        EndReason::NoContent => "end by 204".to_owned(),
        EndReason::Until => "end at the mark".to_owned(),
    };
    if let Some(unfinished) = &end.unfinished {
        _ = write!(line, " in {}", unfinished.data);
    }
    line
}

fn response(status: u16, headers: Vec<(String, String)>) -> Response {
    Response {
        status,
        headers,
        url: String::new(),
    }
}

fn connect(attempt: &Attempt) -> String {
    let how = if attempt.continues {
        "continue"
    } else {
        "connect"
    };
    let mut line = format!("{how} by {}", by(attempt.transport));
    match &attempt.resume {
        Resume::None => {}
        Resume::Header(id) => _ = write!(line, ", header {id}"),
        Resume::Query(id) => _ = write!(line, ", query {id}"),
    }
    if attempt.unauthorized {
        line.push_str(", unauthorized");
    }
    line
}

fn describe(state: &State) -> String {
    match state {
        State::Idle => "idle".to_owned(),
        State::Connecting { attempt, transport } => {
            format!("connecting {attempt} by {}", by(*transport))
        }
        State::Open {
            transport, resumed, ..
        } => {
            let how = match resumed {
                Resumed::No => "",
                Resumed::Asked => ", resumed",
                Resumed::Confirmed => ", confirmed",
            };
            format!("open by {}{how}", by(*transport))
        }
        State::Waiting {
            retry_in,
            failures,
            error,
        } => {
            let wait = retry_in.map_or("for the browser".to_owned(), |wait| format!("{wait:?}"));
            format!("wait {wait} after {failures}: {}", short(error))
        }
        State::Subscribing => unreachable!("a source has no channels"),
        State::Paused => "paused".to_owned(),
        State::Closed { error: None } => "closed".to_owned(),
        State::Closed { error: Some(error) } => format!("closed: {}", short(error)),
    }
}

const fn by(transport: TransportKind) -> &'static str {
    match transport {
        TransportKind::Native => "native",
        TransportKind::Fetch => "fetch",
    }
}

fn short(error: &Error) -> String {
    match error {
        Error::Disconnected {
            unfinished: Some(unfinished),
            ..
        } => format!("disconnected in {}", unfinished.data),
        Error::Disconnected { .. } => "disconnected".to_owned(),
        Error::Ended { .. } => "ended".to_owned(),
        Error::Response(unexpected) => format!("status {}", unexpected.response.status),
        Error::OpenTimeout { after } => format!("not open after {after:?}"),
        Error::HeartbeatTimeout { silent_for } => format!("silent for {silent_for:?}"),
        Error::Distrusted { .. } => "distrusted".to_owned(),
        Error::Headers { .. } => "no headers".to_owned(),
        Error::PreflightRefused => "preflight refused".to_owned(),
        other => other.to_string(),
    }
}

/// Returns a policy whose waits are exact.
pub(super) fn steady() -> RetryPolicy {
    RetryPolicy::default().jitter(false)
}

/// Returns a configuration for fetch, from the page's own origin, with exact waits.
pub(super) fn fetch() -> Config {
    Config {
        transport: Transport::Fetch,
        ..auto()
    }
}

/// Returns a configuration for native only, with exact waits.
pub(super) fn native() -> Config {
    Config {
        transport: Transport::Native,
        ..auto()
    }
}

/// Returns a configuration that lets the library choose, with exact waits.
pub(super) fn auto() -> Config {
    Config {
        retry: steady(),
        open_timeout: Some(Duration::from_secs(10)),
        ..Config::default()
    }
}
