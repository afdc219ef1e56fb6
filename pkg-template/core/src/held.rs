//! One session, as JavaScript drives it.

use everstream_core::Error;
use everstream_core::connection::{Attempt, Instant, Resume, Signal, TransportKind};
use everstream_core::http::{AnswerKind, Response};
#[cfg(feature = "mux")]
use everstream_core::mux::Request;
use everstream_core::parse::Event;
#[cfg(feature = "mux")]
use everstream_core::session::SendId;
use everstream_core::session::{Delivery, Flow, Input as Happening, LinkId, Output as Wanted};

#[cfg(not(feature = "mux"))]
use everstream_core::session::Session as _;

use crate::milliseconds;
#[cfg(feature = "mux")]
use crate::piece::utf16_length;
use crate::piece::{Piece, Types};
use crate::records::{All, Portion};
use crate::sessions::AnySession;
use crate::tables::{Input, Kind, Output, Record, SignalKind};
use crate::words::Words;

/// A session, and the state of it that JavaScript knows.
pub(crate) struct Held {
    pub(crate) session: AnySession,
    pub(crate) words: Words,
    types: Types,
    /// ID of the previous event.
    last_event_id: String,
    /// The multiplexer's last event ID. `None` without channels, where it is that of the previous event.
    position: Option<String>,
    /// The message to the other tabs, kept while JavaScript reads it.
    #[cfg(feature = "tabs")]
    said: Vec<u8>,
}

/// Details of an answer besides its status.
pub(crate) struct Head<'a> {
    pub(crate) kind: Option<Kind>,
    pub(crate) content_type: &'a str,
    /// The answer's `Last-Event-ID` header.
    pub(crate) last_event_id: &'a str,
    /// The beginning of a body that is not read.
    pub(crate) excerpt: &'a str,
}

impl Held {
    pub(crate) fn new(session: AnySession, last_event_id: &str, has_channels: bool) -> Self {
        Self {
            session,
            words: Words::default(),
            types: Types::default(),
            last_event_id: last_event_id.to_owned(),
            position: has_channels.then(|| last_event_id.to_owned()),
            #[cfg(feature = "tabs")]
            said: Vec::new(),
        }
    }

    pub(crate) fn handle(&mut self, now: Instant, input: i32, link: LinkId, detail: f64) {
        let Some(input) = Input::of(input) else {
            return;
        };
        let happening = match input {
            Input::Start => Happening::Start,
            Input::Ended => Happening::Ended(link),
            Input::Failed => Happening::Failed(link, ""),
            Input::Unprepared => {
                let message = String::new();
                Happening::Unprepared(link, Error::Headers { message })
            }
            Input::Futile => {
                let error = Error::Unsupported {
                    what: "",
                    remedy: "",
                };
                Happening::Futile(link, error)
            }
            Input::NoContinuation => Happening::NoContinuation(link),
            Input::SideEffects => Happening::SideEffects(link),
            Input::NativeOpen => Happening::NativeOpen(link),
            Input::NativeError => Happening::NativeError {
                link,
                gave_up: detail > 0.0,
            },
            Input::ReadingResumed => Happening::ReadingResumed(link),
            Input::RequireFetch => Happening::RequireFetch,
            #[allow(clippy::cast_possible_truncation)] // A small whole number.
            Input::Signal => match SignalKind::of(detail as i32) {
                Some(kind) => Happening::Signal(signal(kind)),
                None => return,
            },
            Input::Reconnect => Happening::Reconnect,
            Input::Timeout => Happening::Timeout,
            Input::Close => Happening::Close,
            #[cfg(feature = "mux")]
            Input::Flush => Happening::Flush,
            #[cfg(feature = "tabs")]
            Input::LockHeld => Happening::LockHeld,
            #[cfg(feature = "tabs")]
            Input::LockLost => Happening::LockLost,
            #[cfg(feature = "tabs")]
            Input::LockRefused => Happening::LockRefused,
            #[cfg(feature = "tabs")]
            Input::Leave => Happening::Leave,
            #[cfg(feature = "tabs")]
            Input::Return => Happening::Return,
            // The other inputs are of no use to this core.
            #[cfg(not(feature = "tabs"))]
            _ => return,
        };
        self.session.handle(now, happening);
    }

    pub(crate) fn respond(
        &mut self,
        now: Instant,
        link: LinkId,
        status: u16,
        head: &Head<'_>,
        retry_after: f64,
    ) {
        let mut headers = vec![("content-type".to_owned(), head.content_type.to_owned())];
        if !head.last_event_id.is_empty() {
            headers.push(("last-event-id".to_owned(), head.last_event_id.to_owned()));
        }
        let response = Response::new(status, headers, String::new());
        let happening = Happening::Response {
            link,
            response,
            kind: match head.kind {
                Some(Kind::EventStream) => AnswerKind::EventStream,
                Some(Kind::Whole) => AnswerKind::Whole,
                _ => AnswerKind::Unexpected,
            },
            excerpt: head.excerpt.to_owned(),
            retry_after: (retry_after >= 0.0).then(|| milliseconds(retry_after)),
        };
        self.session.handle(now, happening);
    }

    /// Receives a piece of a stream. Returns how many records it makes.
    pub(crate) fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8]) -> usize {
        let mut piece = Piece::new(&mut self.words, &mut self.types, &mut self.last_event_id);
        let _ = self.session.receive(now, link, bytes, &mut All(&mut piece));
        tell_position(&mut self.position, &self.session, &mut piece);
        piece.finish()
    }

    /// Writes the deliveries that no piece of a stream brought. Returns how many records they make.
    pub(crate) fn tell(&mut self) -> usize {
        let mut piece = Piece::new(&mut self.words, &mut self.types, &mut self.last_event_id);
        self.session.deliver(&mut Portion(&mut piece));
        if !piece.is_full() {
            // The last event ID comes after everything that it covers.
            tell_position(&mut self.position, &self.session, &mut piece);
        }
        piece.finish()
    }

    /// Receives an event of the native `EventSource`. Returns 0 if it must not be delivered, 1 if it is
    /// delivered as it is, 2 if it follows a gap. The text is the last event ID.
    pub(crate) fn receive_native(&mut self, now: Instant, link: LinkId, event: &Event<'_>) -> u32 {
        let mut passage = 0;
        let text = &mut self.words.text;
        text.clear();
        let mut sink = |delivery: Delivery<'_>| {
            match delivery {
                Delivery::Gap(..) => passage = 1,
                Delivery::Event(_, event, _) => {
                    passage += 1;
                    text.push_str(event.last_event_id);
                }
                _ => {}
            }
            Flow::Continue
        };
        self.session.receive_native(now, link, event, &mut sink);
        self.words.tell();
        passage
    }

    /// Writes the counters into the words.
    #[allow(clippy::cast_precision_loss)] // No counter reaches 2^53.
    pub(crate) fn count(&mut self, now: Instant) {
        let stats = self.session.stats();
        let silence = stats.last_activity.map(|last| now - last);
        self.words.leave([
            f64::from(stats.attempts),
            f64::from(stats.opened),
            stats.events as f64,
            stats.bytes as f64,
            silence.map_or(-1.0, |silence| silence.as_secs_f64() * 1000.0),
        ]);
    }

    /// Writes the next output into the words, and returns its kind.
    pub(crate) fn poll(&mut self) -> Output {
        let Some(output) = self.session.poll_output() else {
            return Output::Nothing;
        };
        self.words.text.clear();
        match output {
            Wanted::Connect(link, attempt) => self.write_attempt(link, attempt),
            Wanted::Disconnect(link) => {
                self.words.leave([f64::from(link.0)]);
                Output::Disconnect
            }
            #[cfg(feature = "mux")]
            Wanted::Send {
                id,
                request,
                unauthorized,
            } => {
                self.write_request(&request, [number(id), f64::from(u8::from(unauthorized))]);
                Output::Send
            }
            #[cfg(feature = "mux")]
            Wanted::Abort(id) => {
                self.words.leave([number(id)]);
                Output::Abort
            }
            #[cfg(feature = "tabs")]
            Wanted::Say(said) => {
                self.said = said;
                self.words.point_at(&self.said);
                Output::Say
            }
            #[cfg(feature = "tabs")]
            Wanted::RequestLock => Output::RequestLock,
            #[cfg(feature = "tabs")]
            Wanted::StealLock => Output::StealLock,
            #[cfg(feature = "tabs")]
            Wanted::ReleaseLock => Output::ReleaseLock,
            // Other outputs need nothing here: JavaScript decides which types a native `EventSource`
            // listens to.
            _ => self.poll(),
        }
    }

    fn write_attempt(&mut self, link: LinkId, attempt: Attempt) -> Output {
        let (way, id) = match attempt.resume {
            // A continuation may send the ID in a way of its own.
            Resume::None => (0, attempt.position),
            Resume::Header(id) => (1, id),
            Resume::Query(id) => (2, id),
        };
        self.words.text = id;
        self.words.leave([
            f64::from(link.0),
            f64::from(attempt.number),
            f64::from(u8::from(attempt.transport == TransportKind::Native)),
            f64::from(way),
            f64::from(u8::from(attempt.unauthorized)),
            f64::from(u8::from(attempt.continues)),
        ]);
        Output::Connect
    }

    /// Writes the request of an attempt. Returns false if every attempt sends the same one.
    #[cfg(feature = "mux")]
    pub(crate) fn plan(&mut self, link: LinkId) -> bool {
        self.words.text.clear();
        let request = self.session.plan(link);
        if let Some(request) = &request {
            self.write_request(request, [0.0, 0.0]);
        }
        request.is_some()
    }

    /// Writes a request. The text is its method, URL, content type and body; the words tell where the first
    /// three end, in UTF-16 code units.
    #[cfg(feature = "mux")]
    fn write_request(&mut self, request: &Request, [number, unauthorized]: [f64; 2]) {
        let content_type = request.headers.first().map(|(_, value)| &**value);
        let parts = [
            request.method,
            &request.url,
            content_type.unwrap_or_default(),
        ];
        let text = &mut self.words.text;
        let mut end = 0;
        let [method, url, content_type] = parts.map(|part| {
            text.push_str(part);
            end += utf16_length(part);
            f64::from(end)
        });
        text.push_str(request.body.as_deref().unwrap_or_default());
        self.words
            .leave([number, unauthorized, method, url, content_type]);
    }

    /// Handles the answer to a request that changes the channels. Status zero means that there was no
    /// answer.
    #[cfg(feature = "mux")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Made by `number`.
    pub(crate) fn answer(&mut self, now: Instant, number: f64, status: u16, body: &str) {
        let answer = everstream_core::mux::Answer {
            status: (status > 0).then_some(status),
            body: body.to_owned(),
        };
        let id = SendId(number as u64);
        self.session.handle(now, Happening::Answer(id, &answer));
    }
}

#[cfg(feature = "mux")]
#[allow(clippy::cast_precision_loss)] // IDs are counted up.
fn number(id: SendId) -> f64 {
    id.0 as f64
}

fn tell_position(known: &mut Option<String>, session: &AnySession, piece: &mut Piece<'_>) {
    if let Some(known) = known {
        let position = session.place().position;
        if known != position {
            position.clone_into(known);
            piece.told(Record::Position, 0, position);
        }
    }
}

fn signal(kind: SignalKind) -> Signal {
    match kind {
        SignalKind::Online => Signal::Online,
        SignalKind::Offline => Signal::Offline,
        SignalKind::Visible => Signal::Visible,
        SignalKind::Hidden => Signal::Hidden,
        SignalKind::Thawed => Signal::Thawed,
        SignalKind::Restored => Signal::Restored,
    }
}
