//! One source, as JavaScript drives it.

use core::time::Duration;
use std::rc::Rc;

#[cfg(all(feature = "mux", not(feature = "tabs")))]
use super::mux::Owner;
#[cfg(not(feature = "mux"))]
use super::no_mux::Owner;
use super::outputs::{self, NOTHING};
use super::piece::{Piece, Types};
#[cfg(feature = "tabs")]
use super::tabs::Owner;
use super::words::Words;
use super::{decide, ends_at, follows, milliseconds};
use everstream_core::Error;
use everstream_core::connection::{
    AnswerKind, Arrival, Config, Connection, Continuation, Decision, Follows, Instant, OnEnd,
    Passage, RetryPolicy, Signal, Transport, Until, UntilEvent,
};
use everstream_core::http::Response;
use everstream_core::parse::Event;

/// What can happen, besides answers and pieces of the stream.
enum Input {
    Start,
    /// The stream ended, or the request failed.
    Disconnected,
    /// The stream ended cleanly.
    Ended,
    /// The headers' provider failed.
    NoHeaders,
    /// No attempt can ever succeed.
    Futile,
    NativeOpen,
    /// The detail says whether the browser gave up.
    NativeError,
    Timeout,
    /// The detail says which.
    Signal,
    Reconnect,
    /// Reading goes on that a slow reader had held up.
    ReadingResumed,
    /// The user does not continue the answer.
    NoContinuation,
    /// Somebody asks for what the native `EventSource` can't do.
    RequireFetch,
}

impl Input {
    fn of(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Start,
            1 => Self::Disconnected,
            2 => Self::Ended,
            3 => Self::NoHeaders,
            4 => Self::Futile,
            5 => Self::NativeOpen,
            6 => Self::NativeError,
            7 => Self::Timeout,
            8 => Self::Signal,
            9 => Self::Reconnect,
            10 => Self::ReadingResumed,
            11 => Self::NoContinuation,
            12 => Self::RequireFetch,
            _ => return None,
        })
    }
}

/// What the package says of an answer besides its status.
pub(super) struct Head<'a> {
    pub(super) kind: AnswerKind,
    pub(super) content_type: &'a str,
    /// The header `Last-Event-ID` of the answer.
    pub(super) last_event_id: &'a str,
    /// The beginning of a body that is not read.
    pub(super) excerpt: &'a str,
}

#[cfg(all(test, feature = "mux"))]
impl Head<'static> {
    /// Of an event stream.
    pub(super) const STREAM: Self = Self {
        kind: AnswerKind::EventStream,
        content_type: "text/event-stream",
        last_event_id: "",
        excerpt: "",
    };
}

/// The signals by their numbers.
const SIGNALS: [Signal; 6] = [
    Signal::Online,
    Signal::Offline,
    Signal::Visible,
    Signal::Hidden,
    Signal::Thawed,
    Signal::Restored,
];

/// The numbers that a source is opened with. Times are in milliseconds; NaN leaves the default, of the open
/// timeout: none.
#[derive(Clone)]
pub(super) struct Options([f64; Self::COUNT]);

impl Options {
    const COUNT: usize = 9;
    pub(super) const BYTES: usize = Self::COUNT * 8;

    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut numbers = [f64::NAN; Self::COUNT];
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
            *number = f64::from_le_bytes(*bytes);
        }
        Self(numbers)
    }

    /// One bit for each yes-or-no.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn has(&self, flag: u32) -> bool {
        self.0[0] as u32 & flag != 0
    }

    fn number(&self, place: usize) -> Option<f64> {
        let number = self.0[place];
        (!number.is_nan()).then_some(number)
    }

    fn time(&self, place: usize) -> Option<Duration> {
        self.number(place).map(milliseconds)
    }

    fn retry(&self, id: usize) -> RetryPolicy {
        let mut policy = if self.has(flag::RETRY) {
            RetryPolicy::default()
        } else {
            RetryPolicy::standard()
        };
        let initial = self
            .time(1)
            .map(|delay| delay.max(Duration::from_millis(1)));
        if let Some(delay) = initial {
            policy = policy.initial_delay(delay);
        }
        let longest = self.time(2).unwrap_or(Duration::from_secs(30));
        policy = policy.max_delay(longest.max(initial.unwrap_or(Duration::from_secs(1))));
        if let Some(number) = self.number(3) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It saturates.
            let attempts = number as u32;
            policy = policy.max_attempts(attempts);
        }
        if let Some(time) = self.time(4) {
            policy = policy.reset_after(time);
        }
        policy = policy.jitter(!self.has(flag::NO_JITTER));
        if self.has(flag::ASKS) {
            policy = policy.inspect_each(move |error, failures| ask(id, error, failures));
        }
        policy
    }

    /// `id` is the source whose failures the user is asked about.
    pub(super) fn config(&self, id: usize, last_event_id: &str) -> Config {
        let mut config = Config {
            transport: if self.has(flag::AUTO) {
                Transport::Auto
            } else if self.has(flag::NATIVE) {
                Transport::Native
            } else {
                Transport::Fetch
            },
            needs_fetch: !self.has(flag::NATIVE | flag::AUTO),
            retry: self.retry(id),
            heartbeat: self.time(5),
            pause_when_hidden: self.has(flag::PAUSES),
            repeatable: !self.has(flag::ONCE),
            continuation: if self.has(flag::CONTINUES_BY_GET) {
                Continuation::Get
            } else if self.has(flag::CONTINUES) {
                Continuation::Ask
            } else {
                Continuation::None
            },
            on_end: if self.has(flag::CLOSES_AT_END) {
                OnEnd::Close
            } else {
                OnEnd::Reconnect
            },
            until: self
                .has(flag::ASKS_UNTIL)
                .then(|| Until::Event(Rc::new(move |event| ask_until(id, event)))),
            deliver_unfinished: self.has(flag::DELIVERS_UNFINISHED),
            replays: !self.has(flag::NO_REPLAY),
            follows: self.has(flag::ASKS_FOLLOWS).then(|| {
                Follows::By(Rc::new(move |previous, next| {
                    ask_follows(id, previous, next)
                }))
            }),
            cross_origin: self.has(flag::CROSS_ORIGIN),
            resume_by_query: self.has(flag::QUERY),
            query_named: self.has(flag::QUERY_NAMED),
            refreshable: self.has(flag::REFRESHABLE),
            last_event_id: last_event_id.to_owned(),
            ..Config::default()
        };
        config.open_timeout = self.time(6);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It saturates.
        if let Some(bytes) = self.number(7) {
            config.max_event_size = bytes as usize;
        }
        config
    }

    #[cfg(feature = "mux")]
    pub(super) fn heartbeat(&self) -> Option<Duration> {
        self.time(5)
    }

    pub(super) fn seed(&self) -> u64 {
        self.number(8).unwrap_or_default().to_bits()
    }
}

/// The bits of the first option.
mod flag {
    pub(super) const NATIVE: u32 = 1;
    /// The request is sent only once.
    pub(super) const ONCE: u32 = 2;
    pub(super) const CROSS_ORIGIN: u32 = 4;
    pub(super) const QUERY: u32 = 8;
    pub(super) const REFRESHABLE: u32 = 16;
    pub(super) const PAUSES: u32 = 32;
    /// There is a `retry` option; without it, what happens is what the standard says.
    pub(super) const RETRY: u32 = 64;
    pub(super) const NO_JITTER: u32 = 128;
    /// `retry` is a function.
    pub(super) const ASKS: u32 = 256;
    pub(super) const CONTINUES_BY_GET: u32 = 512;
    /// `resume` is a function.
    pub(super) const CONTINUES: u32 = 1024;
    pub(super) const CLOSES_AT_END: u32 = 2048;
    pub(super) const DELIVERS_UNFINISHED: u32 = 4096;
    pub(super) const NO_REPLAY: u32 = 8192;
    /// Somebody is asked how IDs follow one another.
    pub(super) const ASKS_FOLLOWS: u32 = 1 << 15;
    /// Somebody is asked where the stream ends.
    pub(super) const ASKS_UNTIL: u32 = 1 << 16;
    /// The user has named the query parameter for the position.
    pub(super) const QUERY_NAMED: u32 = 1 << 17;
    /// The core chooses between native and fetch.
    pub(super) const AUTO: u32 = 1 << 18;
}

/// Asks the user, who answers with milliseconds or with one of three numbers below zero.
fn ask(id: usize, error: &Error, failures: u32) -> Decision {
    let (code, detail) = outputs::describe(error);
    let answer = decide(id, code, detail, failures);
    if answer >= 0.0 {
        Decision::RetryAfter(milliseconds(answer))
    } else if answer >= -1.0 {
        Decision::Retry
    } else if answer >= -2.0 {
        Decision::Stop
    } else {
        Decision::Default
    }
}

/// Asks the user whether the stream ends at an event: before it, behind it, or not.
fn ask_until(id: usize, event: &Event<'_>) -> UntilEvent {
    let [event_type, data, last_event_id] =
        [event.event_type, event.data, event.last_event_id].map(place);
    let answer = ends_at(
        id,
        event_type.0,
        event_type.1,
        data.0,
        data.1,
        last_event_id.0,
        last_event_id.1,
    );
    match answer {
        1 => UntilEvent::EndBefore,
        2 => UntilEvent::EndAfter,
        _ => UntilEvent::GoOn,
    }
}

/// Asks the user whether an ID is the one right behind another.
fn ask_follows(id: usize, previous: &str, next: &str) -> bool {
    let (previous, next) = (place(previous), place(next));
    follows(id, previous.0, previous.1, next.0, next.1) != 0
}

/// Where JavaScript finds a text.
fn place(text: &str) -> (usize, usize) {
    (text.as_ptr().addr(), text.len())
}

pub(super) struct Source {
    connection: Connection,
    /// Who decides what each attempt asks for, and gets the events.
    owner: Option<Owner>,
    types: Types,
    /// The position as JavaScript knows it.
    position: String,
}

impl Source {
    pub(super) fn new(id: usize, options: &Options, last_event_id: &str) -> Self {
        Self {
            connection: Connection::new(options.config(id, last_event_id), options.seed()),
            owner: None,
            types: Types::default(),
            position: last_event_id.to_owned(),
        }
    }

    /// One that works for somebody.
    #[cfg(feature = "mux")]
    pub(super) fn of(owner: impl Into<Owner>, config: Config, seed: u64) -> Self {
        Self {
            connection: Connection::new(config, seed),
            owner: Some(owner.into()),
            types: Types::default(),
            position: String::new(),
        }
    }

    #[cfg(feature = "mux")]
    pub(super) fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    #[cfg(feature = "mux")]
    pub(super) fn set_heartbeat(&mut self, limit: Option<Duration>) {
        self.connection.set_heartbeat(limit);
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Small whole numbers.
    pub(super) fn handle(&mut self, now: Instant, input: u32, detail: f64) {
        let connection = &mut self.connection;
        match Input::of(input) {
            Some(Input::Start) => connection.start(now),
            Some(Input::Disconnected) => connection.handle_disconnect(now, ""),
            Some(Input::Ended) => connection.handle_end(now),
            Some(Input::NoHeaders) => {
                let message = String::new();
                connection.handle_headers_error(now, Error::Headers { message });
            }
            Some(Input::Futile) => connection.handle_futile(Error::Unsupported {
                what: "",
                remedy: "",
            }),
            Some(Input::NativeOpen) => connection.handle_open(now),
            Some(Input::NativeError) => connection.handle_native_error(now, detail > 0.0),
            Some(Input::Timeout) => connection.handle_timeout(now),
            Some(Input::Signal) => {
                if let Some(signal) = SIGNALS.get(detail as usize) {
                    connection.handle_signal(now, *signal);
                }
            }
            Some(Input::Reconnect) => connection.reconnect(now),
            Some(Input::ReadingResumed) => connection.handle_resumed_reading(now),
            Some(Input::NoContinuation) => connection.handle_no_continuation(),
            Some(Input::RequireFetch) => connection.require_fetch(now),
            None => {}
        }
    }

    pub(super) fn respond(&mut self, now: Instant, status: u16, head: &Head<'_>, retry_after: f64) {
        let mut headers = vec![("content-type".to_owned(), head.content_type.to_owned())];
        if !head.last_event_id.is_empty() {
            headers.push(("last-event-id".to_owned(), head.last_event_id.to_owned()));
        }
        let response = Response {
            status,
            headers,
            url: String::new(),
        };
        let retry_after = (retry_after >= 0.0).then(|| milliseconds(retry_after));
        self.connection.handle_answer(
            now,
            response,
            head.kind,
            head.excerpt.to_owned(),
            retry_after,
        );
    }

    pub(super) fn receive(&mut self, now: Instant, bytes: &[u8], words: &mut Words) -> usize {
        let mut received = self.connection.receive(now, bytes);
        if let Some(owner) = &self.owner {
            return owner.receive(received, words);
        }
        let mut piece = Piece::new(words, &mut self.types, &mut self.position);
        while let Some(arrival) = received.next() {
            match arrival {
                Arrival::Event(event) => piece.event(&event),
                Arrival::Comment(text) => piece.comment(text),
                Arrival::Gap => piece.gap(),
                Arrival::TooLarge(_) => piece.too_large(),
            }
        }
        piece.finish()
    }

    /// Returns whether the event is to be delivered: 0 not, 1 as it is, 2 behind a gap.
    pub(super) fn receive_native(
        &mut self,
        now: Instant,
        event: &Event<'_>,
        words: &mut Words,
    ) -> u32 {
        let passage = self.connection.handle_event(now, event);
        words.text.clear();
        words.text.push_str(self.connection.last_event_id());
        words.tell();
        match passage {
            Passage::Discard => 0,
            Passage::Deliver => 1,
            Passage::DeliverBehindGap => 2,
        }
    }

    /// Whether there is something to be polled for.
    pub(super) fn has_output(&self) -> bool {
        self.connection.has_output()
    }

    pub(super) fn poll(&mut self, now: Instant, words: &mut Words) -> u32 {
        let Some(mut output) = self.connection.poll_output() else {
            return NOTHING;
        };
        if let Some(owner) = &self.owner {
            owner.tell(now, &mut output);
        }
        outputs::write(output, words)
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }
}
