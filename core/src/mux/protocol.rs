//! What a server has to be told and how it is understood: the part of the multiplexer that differs
//! from server to server.

use core::time::Duration;
use std::borrow::Cow;

use super::Position;
use crate::http::Response;
use crate::parse::Event;

/// A multiplex protocol: how a stream is opened, what its events mean, how its channels change.
///
/// A value of the type is one connection's side of the protocol: each attempt to connect begins with
/// a clone of the one that was given. It performs no I/O. It makes requests, which are sent with the
/// credentials and headers of the source, and it reads events.
///
/// [`EverstreamProtocol`](super::EverstreamProtocol) is the default. A protocol of your own takes three
/// methods:
///
/// ```
/// use everstream_core::mux::{Change, Opening, Protocol, Request, Route, Update, Wanted};
/// use everstream_core::parse::Event;
///
/// /// `GET /feed?topics=a,b`, and events of type `a/created`.
/// #[derive(Clone)]
/// struct House;
///
/// impl Protocol for House {
///     fn open(&mut self, url: &str, channels: &[Wanted<'_>]) -> Opening {
///         let topics: Vec<&str> = channels.iter().map(|channel| channel.name).collect();
///         Opening::with_channels(Request::get(format!("{url}?topics={}", topics.join(","))))
///     }
///
///     fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
///         match event.event_type.split_once('/') {
///             Some((channel, event_type)) => Route::Event {
///                 channel: channel.into(),
///                 event_type,
///                 data: event.data.into(),
///             },
///             None => Route::Ignored,
///         }
///     }
///
///     fn change(&mut self, _: &Change<'_>) -> Update {
///         Update::Reopen
///     }
///
///     fn event_type(&self, channel: &str, event_type: &str) -> Option<String> {
///         Some(format!("{channel}/{event_type}"))
///     }
/// }
/// ```
pub trait Protocol {
    /// Whether `name` can be a channel's name; if not, why.
    ///
    /// # Errors
    ///
    /// The reason, which the user gets as [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn check(&self, name: &str) -> Result<(), String> {
        let _ = name;
        Ok(())
    }

    /// A request that has to be answered before the stream can be opened, such as one that reserves it.
    /// Needs fetch.
    fn prepare(&mut self, url: &str) -> Option<Request> {
        let _ = url;
        None
    }

    /// The answer to [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// Why the stream can't be opened. The status decides what follows, as if it had been that of the
    /// stream; after one that is no error, and after 409, the stream is tried again.
    fn prepared(&mut self, answer: &Answer) -> Result<(), String> {
        let _ = answer;
        Ok(())
    }

    /// The request that opens a stream for these channels. `url` is absolute.
    fn open(&mut self, url: &str, channels: &[Wanted<'_>]) -> Opening;

    /// The server's answer has opened the stream: whether it has kept what came after `position`, as far
    /// as that can be told. If not, each channel is told of a gap. Known by fetch only.
    fn opened(&mut self, position: &str, response: &Response) -> bool {
        let _ = (position, response);
        true
    }

    /// What an event of the stream means.
    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e>;

    /// How the open stream gets another set of channels.
    fn change(&mut self, change: &Change<'_>) -> Update;

    /// The event type under which a channel's events of a type come, for the native `EventSource`, which
    /// has to be told beforehand; `None` if that can't be said, and then the stream is read by fetch.
    fn event_type(&self, channel: &str, event_type: &str) -> Option<String> {
        let _ = (channel, event_type);
        None
    }

    /// The event types of the protocol's own events for a channel, or with `None` for all; likewise for
    /// the native `EventSource`.
    fn control_types(&self, channel: Option<&str>) -> Vec<String> {
        let _ = channel;
        Vec::new()
    }

    /// Reads an event ID as a position, if the server's IDs can be put in order.
    fn position<'i>(&self, id: &'i str) -> Option<Position<'i>> {
        let _ = id;
        None
    }

    /// Whether the stream can be read by fetch alone: because something has to be sent that the native
    /// `EventSource` can't, or because the types of its events aren't known.
    fn needs_fetch(&self) -> bool {
        self.event_type("", "message").is_none()
    }

    /// The query parameter that the server reads a position from where the header can't be sent; without
    /// one, that of the source.
    fn last_event_id_param(&self) -> Option<&'static str> {
        None
    }

    /// Whether the server sends after a reconnect what was missed, given the last event ID. Without it
    /// each reconnect is a [`Gap`](crate::Error::Gap) on every channel, and IDs are of no interest.
    fn resumes(&self) -> bool {
        true
    }

    /// Whether a channel can begin behind an event of the past, by [`Begin::After`]. If not, a subscriber
    /// who asks for that gets [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn replays(&self) -> bool {
        false
    }

    /// What tabs have in common that may share a connection, beside its URL: the protocol's name, and whatever
    /// of this value decides which requests are made and how events are read. `None`, unless it is said: a
    /// multiplexer that asks for `shared` then gets
    /// [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn share_key(&self) -> Option<String> {
        None
    }

    /// What the answer to a request that changes the set means. A 401 comes here when new headers have
    /// not helped.
    fn judge(&self, control: &Control, answer: &Answer) -> Verdict {
        Verdict::by_status(control, answer)
    }
}

/// A request that a protocol wants to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// Absolute, or relative to the multiplexer's URL.
    pub url: String,
    /// Beside those of the source.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
}

impl Request {
    /// A `GET`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// Any request without a body.
    #[must_use]
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body and its type.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<String>) -> Self {
        let mut request = self.header("content-type", content_type);
        request.body = Some(body.into());
        request
    }
}

/// An answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, or `None` if there was no answer.
    pub status: Option<u16>,
    /// The body as text; what went wrong, if there was no answer.
    pub body: String,
}

/// How a stream is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The request.
    pub request: Request,
    /// Whether the stream, once open, carries the channels. If not, [`Protocol::change`] asks for them.
    pub carries_channels: bool,
}

impl Opening {
    /// The request names the channels.
    #[must_use]
    pub const fn with_channels(request: Request) -> Self {
        Self {
            request,
            carries_channels: true,
        }
    }

    /// The channels are asked for when the stream is open.
    #[must_use]
    pub const fn without_channels(request: Request) -> Self {
        Self {
            request,
            carries_channels: false,
        }
    }
}

/// A channel of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The name.
    pub name: &'a str,
    /// Where it begins.
    pub begin: Begin<'a>,
}

/// Where a channel begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin<'a> {
    /// Where the connection does: it was in force before.
    Position,
    /// Now: it is new.
    Now,
    /// Behind the event with this ID.
    After(&'a str),
}

/// What an event means. The names are the borrowed event's own where that is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route<'e> {
    /// An event of a channel.
    Event {
        /// The channel's name.
        channel: Cow<'e, str>,
        /// Its type within the channel; `message` where there is none.
        event_type: &'e str,
        /// Its data.
        data: Cow<'e, str>,
    },
    /// The server has introduced itself.
    Connected {
        /// How often it sends something at least.
        heartbeat: Option<Duration>,
    },
    /// The set of that revision is in force from here on.
    InForce {
        /// That of [`Change::revision`].
        revision: u64,
    },
    /// Events may be missing here: of these channels, or with `None` of all.
    Gap {
        /// Their names.
        channels: Option<Vec<String>>,
    },
    /// A channel has ended.
    Complete {
        /// Its name.
        channel: String,
    },
    /// A channel was refused, or has failed.
    Error {
        /// Its name.
        channel: String,
        /// For programs.
        code: String,
        /// For people.
        message: String,
        /// That of the [`Change`] whose set the error is about, or `None` where the server does not say. It
        /// is then the set in force, so that an error may not overtake its [`InForce`](Self::InForce) once
        /// the channel was given up and asked for again.
        revision: Option<u64>,
    },
    /// A sign of life, sent when all that came before it has been sent.
    Heartbeat,
    /// Nothing for us.
    Ignored,
    /// An event of the protocol that makes no sense; why.
    Malformed(String),
}

/// A set that is to be put in force on an open stream.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The multiplexer's URL, absolute.
    pub url: &'a str,
    /// Grows with each change on a connection, from 1.
    pub revision: u64,
    /// All channels.
    pub channels: &'a [Wanted<'a>],
    /// Those of them which this stream has not been asked for.
    pub added: &'a [Wanted<'a>],
    /// Those which it has been asked for and should no longer send. One that is here and in `added` was
    /// given up and asked for again: stop it, then begin it.
    pub removed: &'a [&'a str],
    /// For how long the stream has been open.
    pub open_for: Duration,
}

/// How a set comes into force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Update {
    /// Not yet: ask again when the stream has brought an event, or after this time.
    Later(Option<Duration>),
    /// By a new connection, which replaces this one when it is open.
    Reopen,
    /// By these requests.
    Requests {
        /// What to send, at once. None is sent again before all are answered.
        requests: Vec<Control>,
        /// When the set is in force.
        in_force: InForce,
    },
}

/// A request that changes the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The request.
    pub request: Request,
    /// The channel that it is about, if it is about one: if the request is refused, that channel has
    /// failed. Otherwise all have that it would have added.
    pub channel: Option<String>,
}

/// When a set is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InForce {
    /// When the stream says so, by [`Route::InForce`].
    Announced,
    /// When the requests have been answered.
    Answered,
    /// When the requests have been answered. What comes before can only be meant for it, and is delivered.
    Delivered,
}

/// What the answer to a [`Control`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Accepted,
    /// The server does not know the connection any more: a new one is opened.
    ConnectionGone,
    /// It may be sent again in a moment.
    Again,
    /// It will not be done: the channels that it was for have failed.
    Refused,
}

impl Verdict {
    /// By the meaning that RFC 9110 gives the status. 404 and 410 are about the connection, unless the
    /// request is about one channel.
    #[must_use]
    pub fn by_status(control: &Control, answer: &Answer) -> Self {
        match answer.status {
            Some(200..=299) => Self::Accepted,
            None | Some(408 | 425 | 429 | 500..=599) => Self::Again,
            Some(404 | 410) if control.channel.is_none() => Self::ConnectionGone,
            Some(_) => Self::Refused,
        }
    }
}
