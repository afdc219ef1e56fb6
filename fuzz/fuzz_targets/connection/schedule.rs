//! The inputs of a connection, made from arbitrary bytes.

use core::time::Duration;
use std::borrow::Cow;

use arbitrary::{Arbitrary, Result, Unstructured};
use everstream_core::Error;
use everstream_core::connection::{
    Config, Continuation, Decision, OnEnd, RetryPolicy, Signal, Transport,
};
use everstream_core::http::Response;

#[derive(Arbitrary, Debug)]
pub(crate) struct Schedule<'b> {
    pub(crate) options: Options<'b>,
    /// The seed of the jitter.
    pub(crate) seed: u64,
    /// Whether the edge passes in only inputs that the transport in use can produce.
    pub(crate) lawful: bool,
    pub(crate) steps: Vec<Step<'b>>,
}

#[derive(Arbitrary, Debug)]
pub(crate) struct Step<'b> {
    pub(crate) wait: Wait,
    pub(crate) input: Input<'b>,
}

/// The time that passes before a step. No timer fires meanwhile, as in busy, throttled or sleeping pages.
#[derive(Arbitrary, Debug)]
pub(crate) enum Wait {
    Not,
    Milliseconds(u16),
    Hours(u8),
    UntilDue,
    /// Milliseconds after the timer is due.
    PastDue(u16),
}

#[derive(Arbitrary, Debug)]
pub(crate) enum Input<'b> {
    Start,
    Answer(Answer<'b>),
    Opens,
    Bytes(Chunk<'b>),
    Event { last_event_id: &'b str, length: u16 },
    ReadingResumes,
    Breaks,
    Ends,
    NoHeaders(HeadersError),
    NoContinuation,
    NativeError { gave_up: bool },
    Timer,
    Signal(#[arbitrary(with = signal)] Signal),
    NeedsFetch,
    Heartbeat(Option<Span>),
    Reconnect,
    Close,
}

/// A piece of an event stream, mostly a meaningful one.
#[derive(Arbitrary, Debug)]
pub(crate) enum Chunk<'b> {
    Any(&'b [u8]),
    Id(u8),
    Retry(u16),
    Data,
    BlankLine,
    /// An event without its end.
    Torn,
}

#[derive(Arbitrary, Debug)]
pub(crate) struct Answer<'b> {
    #[arbitrary(with = status)]
    status: u16,
    event_stream: bool,
    retry_after: Option<RetryAfter<'b>>,
    pub(crate) excerpt: &'b str,
    /// Seconds since the Unix epoch.
    pub(crate) wall: u32,
}

#[derive(Arbitrary, Debug)]
enum RetryAfter<'b> {
    Seconds(u16),
    Text(&'b str),
}

#[derive(Arbitrary, Debug)]
pub(crate) enum HeadersError {
    ProviderFailed,
    Invalid,
}

#[derive(Arbitrary, Debug)]
#[allow(clippy::struct_excessive_bools)] // The options are independent.
pub(crate) struct Options<'b> {
    #[arbitrary(with = transport)]
    transport: Transport,
    needs_fetch: bool,
    retry: Policy,
    pub(crate) heartbeat: Option<Span>,
    open_timeout: Option<Span>,
    pause_when_hidden: bool,
    repeatable: bool,
    #[arbitrary(with = continuation)]
    continuation: Continuation,
    closes_at_end: bool,
    query_named: bool,
    replays: bool,
    cross_origin: bool,
    pub(crate) resume_by_query: bool,
    refreshable: bool,
    pub(crate) last_event_id: &'b str,
}

#[derive(Arbitrary, Debug)]
struct Policy {
    initial_delay: Span,
    max_delay: Span,
    max_attempts: Option<u8>,
    reset_after: Span,
    jitter: bool,
    inspect: Option<Verdict>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Verdict {
    Default,
    Retry,
    RetryAfterSeconds(u8),
    Stop,
}

/// A time greater than zero, as the options require.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Span {
    Milliseconds(u8),
    Seconds(u8),
    Endless,
}

impl Span {
    pub(crate) fn duration(self) -> Duration {
        match self {
            Self::Milliseconds(more) => Duration::from_millis(1 + u64::from(more)),
            Self::Seconds(more) => Duration::from_secs(1 + u64::from(more)),
            Self::Endless => Duration::MAX,
        }
    }
}

impl Options<'_> {
    /// Returns options that the builder would accept.
    pub(crate) fn config(&self) -> Config {
        Config {
            transport: self.transport,
            needs_fetch: self.needs_fetch && self.transport != Transport::Native,
            retry: self.retry.policy(),
            heartbeat: self.heartbeat.map(Span::duration),
            open_timeout: self.open_timeout.map(Span::duration),
            pause_when_hidden: self.pause_when_hidden,
            repeatable: self.repeatable,
            continuation: self.continuation,
            on_end: if self.closes_at_end || !(self.repeatable || self.continues()) {
                OnEnd::Close
            } else {
                OnEnd::Reconnect
            },
            query_named: self.query_named,
            replays: self.replays,
            cross_origin: self.cross_origin,
            resume_by_query: self.resume_by_query,
            refreshable: self.refreshable,
            last_event_id: self.last_event_id.to_owned(),
            ..Config::default()
        }
    }

    pub(crate) fn continues(&self) -> bool {
        self.continuation != Continuation::None
    }

    pub(crate) fn max_attempts(&self) -> Option<u32> {
        self.retry.max_attempts.map(u32::from)
    }

    pub(crate) fn max_delay(&self) -> Duration {
        let Policy {
            initial_delay,
            max_delay,
            ..
        } = self.retry;
        max_delay.duration().max(initial_delay.duration())
    }

    /// Returns the decision of the policy's function, whatever the failure.
    pub(crate) fn decision(&self) -> Decision {
        self.retry
            .inspect
            .map_or(Decision::Default, Verdict::decision)
    }
}

impl Policy {
    fn policy(&self) -> RetryPolicy {
        let initial_delay = self.initial_delay.duration();
        let mut policy = RetryPolicy::default()
            .initial_delay(initial_delay)
            .max_delay(self.max_delay.duration().max(initial_delay))
            .reset_after(self.reset_after.duration())
            .jitter(self.jitter);
        if let Some(most) = self.max_attempts {
            policy = policy.max_attempts(most.into());
        }
        if let Some(verdict) = self.inspect {
            policy = policy.inspect(move |_| verdict.decision());
        }
        policy
    }
}

impl Verdict {
    fn decision(self) -> Decision {
        match self {
            Self::Default => Decision::Default,
            Self::Retry => Decision::Retry,
            Self::RetryAfterSeconds(seconds) => {
                Decision::RetryAfter(Duration::from_secs(seconds.into()))
            }
            Self::Stop => Decision::Stop,
        }
    }
}

impl Chunk<'_> {
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Any(bytes) => Cow::Borrowed(bytes),
            Self::Id(id) => Cow::Owned(format!("id: {id}\n").into_bytes()),
            Self::Retry(time) => Cow::Owned(format!("retry: {time}\n").into_bytes()),
            Self::Data => Cow::Borrowed(b"data: x\n"),
            Self::BlankLine => Cow::Borrowed(b"\n"),
            Self::Torn => Cow::Borrowed(b"id: torn\r\ndata: t"),
        }
    }
}

impl Answer<'_> {
    pub(crate) fn response(&self) -> Response {
        let content_type = if self.event_stream {
            "text/event-stream"
        } else {
            "text/html"
        };
        let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
        if let Some(value) = &self.retry_after {
            let value = match value {
                RetryAfter::Seconds(seconds) => seconds.to_string(),
                RetryAfter::Text(text) => (*text).to_owned(),
            };
            headers.push(("retry-after".to_owned(), value));
        }
        Response::new(self.status, headers, String::new())
    }
}

impl HeadersError {
    pub(crate) fn error(&self) -> Error {
        match self {
            Self::ProviderFailed => Error::Headers {
                message: "no token".to_owned(),
            },
            Self::Invalid => Error::InvalidHeader {
                name: "a b".to_owned(),
                reason: "the name is not a token",
            },
        }
    }
}

/// Draws a signal, since the library's enums don't derive `Arbitrary`.
fn signal(bytes: &mut Unstructured<'_>) -> Result<Signal> {
    let all = [
        Signal::Online,
        Signal::Offline,
        Signal::Visible,
        Signal::Hidden,
        Signal::Thawed,
        Signal::Restored,
    ];
    bytes.choose(&all).copied()
}

fn continuation(bytes: &mut Unstructured<'_>) -> Result<Continuation> {
    let all = [Continuation::None, Continuation::Get, Continuation::Ask];
    bytes.choose(&all).copied()
}

fn transport(bytes: &mut Unstructured<'_>) -> Result<Transport> {
    let all = [Transport::Auto, Transport::Native, Transport::Fetch];
    bytes.choose(&all).copied()
}

/// Draws a status that has a meaning, or any other.
fn status(bytes: &mut Unstructured<'_>) -> Result<u16> {
    let known = [200, 204, 401, 403, 404, 408, 429, 500, 501, 503];
    if bytes.arbitrary()? {
        bytes.choose(&known).copied()
    } else {
        bytes.arbitrary()
    }
}
