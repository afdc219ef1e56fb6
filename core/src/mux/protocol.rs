//! The interface to a server's multiplex protocol: the part of the multiplexer that differs from server to
//! server.

use core::time::Duration;
use std::borrow::Cow;

use super::Position;
use crate::http::Response;
use crate::parse::Event;

/// A multiplex protocol: how to open a stream, what its events mean, and how to change its channels.
///
/// A value holds one connection's side of the protocol: each attempt to connect begins with a clone of the
/// configured value. The protocol performs no I/O. It creates requests, which are sent with the credentials
/// and headers of the source, and it interprets events.
///
/// [`EverstreamProtocol`](super::EverstreamProtocol) is the default. A protocol of your own has three
/// required methods:
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
    /// Checks whether `name` can be a channel's name. Default: every name can.
    ///
    /// # Errors
    ///
    /// The reason, which the user receives in an [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn check(&self, name: &str) -> Result<(), String> {
        let _ = name;
        Ok(())
    }

    /// Returns a request that has to be answered before the stream can be opened, for example to reserve the
    /// stream. Needs fetch. Default: none.
    fn prepare(&mut self, url: &str) -> Option<Request> {
        let _ = url;
        None
    }

    /// Handles the answer to [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// The reason why the stream can't be opened. The answer's status decides what follows, as if it were the
    /// stream's own status. After a status that is no error, and after 409, the
    /// stream is tried again.
    fn prepared(&mut self, answer: &Answer) -> Result<(), String> {
        let _ = answer;
        Ok(())
    }

    /// Returns the request that opens a stream for these channels. `url` is absolute.
    fn open(&mut self, url: &str, channels: &[Wanted<'_>]) -> Opening;

    /// Returns whether the server has kept the events after `position`, judged by the answer that opened the
    /// stream. If `false`, each channel is told of a gap. Called with fetch only. Default: `true`.
    fn opened(&mut self, position: &str, response: &Response) -> bool {
        let _ = (position, response);
        true
    }

    /// Returns what an event of the stream means.
    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e>;

    /// Returns how the open stream gets another set of channels.
    fn change(&mut self, change: &Change<'_>) -> Update;

    /// Returns the event type under which a channel's events of a type arrive. The native `EventSource` needs
    /// it in advance. With `None`, the default, the stream is read by fetch.
    fn event_type(&self, channel: &str, event_type: &str) -> Option<String> {
        let _ = (channel, event_type);
        None
    }

    /// Returns the types of the protocol's own events for a channel, or with `None` those that
    /// concern no single channel. The native `EventSource` needs them in advance. Default: none.
    fn control_types(&self, channel: Option<&str>) -> Vec<String> {
        let _ = channel;
        Vec::new()
    }

    /// Parses an event ID as a log position, if the server's IDs can be ordered. Default: `None`.
    fn position<'i>(&self, id: &'i str) -> Option<Position<'i>> {
        let _ = id;
        None
    }

    /// Returns whether the stream needs fetch: native can't send its request, or lacks the types of its
    /// events. Default: whether [`event_type`](Self::event_type) is `None`.
    fn needs_fetch(&self) -> bool {
        self.event_type("", "message").is_none()
    }

    /// Returns the query parameter from which the server reads the last event ID if the header can't be sent.
    /// Default: `None`, which means the source's own.
    fn last_event_id_param(&self) -> Option<&'static str> {
        None
    }

    /// Returns whether a reconnect with the last event ID brings the missed events. If not, each reconnect is
    /// a [`Gap`](crate::Error::Gap) on every channel, and IDs are ignored. Default: `true`.
    fn resumes(&self) -> bool {
        true
    }

    /// Returns whether a channel can begin after a past event, by [`Begin::After`]. If `false`, the default,
    /// a subscriber that asks for it gets an [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn replays(&self) -> bool {
        false
    }

    /// Returns the key that tabs must have in common to share a connection, in addition to its URL. The key
    /// contains the protocol's name, and every property of this value that affects requests or the reading of
    /// events. With `None`, the default, a multiplexer that asks for `shared` gets an
    /// [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn share_key(&self) -> Option<String> {
        None
    }

    /// Judges the answer to a request that changes the set. A 401 arrives here only if new headers have not
    /// helped. Default: [`Verdict::by_status`].
    fn judge(&self, control: &Control, answer: &Answer) -> Verdict {
        Verdict::by_status(control, answer)
    }
}

/// A request that a protocol sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The URL, absolute or relative to the multiplexer's.
    pub url: String,
    /// The headers, in addition to those of the source.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
}

impl Request {
    /// Creates a `GET`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// Creates a request without a body.
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

    /// Sets the body and its `content-type` header.
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
    /// The body as text; the error's description if there was no answer.
    pub body: String,
}

/// How to open a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The request.
    pub request: Request,
    /// Whether the request names the channels. If not, [`Protocol::change`] asks for them after the opening.
    pub carries_channels: bool,
}

impl Opening {
    /// Creates the opening by a request that names the channels.
    #[must_use]
    pub const fn with_channels(request: Request) -> Self {
        Self {
            request,
            carries_channels: true,
        }
    }

    /// Creates the opening by a request without channels, which are asked for once the stream is open.
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
    /// The channel's name.
    pub name: &'a str,
    /// The point at which the channel begins.
    pub begin: Begin<'a>,
}

/// The point at which a channel begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin<'a> {
    /// The channel begins where the connection does: it was in force before.
    Position,
    /// The channel begins now: it is new.
    Now,
    /// The channel begins after the event with this ID.
    After(&'a str),
}

/// The meaning of an event. Names are borrowed from the event if possible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route<'e> {
    /// An event of a channel.
    Event {
        /// The channel's name.
        channel: Cow<'e, str>,
        /// The event's type within the channel; `message` by default.
        event_type: &'e str,
        /// The event's data.
        data: Cow<'e, str>,
    },
    /// The server has introduced itself.
    Connected {
        /// The longest time between two signs of life from the server.
        heartbeat: Option<Duration>,
    },
    /// The set of this revision is in force from here on.
    InForce {
        /// The value of [`Change::revision`].
        revision: u64,
    },
    /// Events may be missing here: of these channels, or with `None` of all.
    Gap {
        /// The channels' names.
        channels: Option<Vec<String>>,
    },
    /// A channel has ended without an error.
    Complete {
        /// The channel's name.
        channel: String,
    },
    /// A channel was refused or has failed.
    Error {
        /// The channel's name.
        channel: String,
        /// The error code, for programs.
        code: String,
        /// The error message, for people.
        message: String,
        /// The revision of the [`Change`] whose set the error is about. `None` if the server doesn't say; the
        /// error is then about the set in force. In that case an error must not arrive before its
        /// [`InForce`](Self::InForce) if the channel was given up and asked for again.
        revision: Option<u64>,
    },
    /// A heartbeat, sent after all earlier events have been sent.
    Heartbeat,
    /// An event without meaning for the multiplexer.
    Ignored,
    /// A malformed event of the protocol, with the reason.
    Malformed(String),
}

/// A set to put in force on an open stream.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The multiplexer's URL, absolute.
    pub url: &'a str,
    /// The revision of the set, which grows with each change on a connection, from 1.
    pub revision: u64,
    /// All channels of the set.
    pub channels: &'a [Wanted<'a>],
    /// The channels that this stream has not been asked for yet.
    pub added: &'a [Wanted<'a>],
    /// The channels that it was asked for and should no longer send. A channel that is also in `added` was
    /// given up and asked for again: stop it, then begin it.
    pub removed: &'a [&'a str],
    /// How long the stream has been open.
    pub open_for: Duration,
}

/// How to put a set in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Update {
    /// Ask again after the next event of the stream, or after this time.
    Later(Option<Duration>),
    /// Open a new connection, which replaces this one once it is open.
    Reopen,
    /// Send these requests.
    Requests {
        /// The requests to send at once. None is sent again before all are answered.
        requests: Vec<Control>,
        /// When the set is in force.
        in_force: InForce,
    },
}

/// A request that changes the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The HTTP request.
    pub request: Request,
    /// The channel that the request is about, if it is about a single one: if the request is refused, that
    /// channel has failed. Otherwise all channels that it would have added have failed.
    pub channel: Option<String>,
}

/// When a set is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InForce {
    /// The set is in force once the stream says so, by [`Route::InForce`].
    Announced,
    /// The set is in force once the requests have been answered.
    Answered,
    /// The set is in force once the requests have been answered. Earlier events can only be meant for it, and
    /// are delivered.
    Delivered,
}

/// The meaning of the answer to a [`Control`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server has accepted the request.
    Accepted,
    /// The server no longer knows the connection: a new one is opened.
    ConnectionGone,
    /// The request may be sent again in a moment.
    Again,
    /// The request was refused: the channels that it was for have failed.
    Refused,
}

impl Verdict {
    /// Judges by the meaning that RFC 9110 gives the status. 404 and 410 are about the connection, unless the
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
