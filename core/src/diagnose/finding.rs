//! The findings, and what is wrong in each.

use core::fmt;
use core::time::Duration;

/// A fault of a stream.
///
/// [`code`](Self::code) names it for programs. Its `Display` says what is wrong, [`meaning`](Self::meaning)
/// what follows from that, and [`remedy`](Self::remedy) what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// No connection could be made.
    Unreachable {
        /// The reason.
        reason: String,
    },
    /// The server accepted the request and did not answer.
    NoAnswer {
        /// How long the answer was awaited.
        after: Duration,
    },
    /// The redirects never arrive.
    RedirectLoop {
        /// The number of redirects that were followed.
        count: usize,
    },
    /// The request was redirected to a page for people, as servers do with those who aren't signed in.
    LoginPage {
        /// The page's URL, masked.
        url: String,
    },
    /// The status of the answer is not 200.
    Status {
        /// The status.
        status: u16,
    },
    /// The answer is a web page.
    Html,
    /// The content type of the answer is not `text/event-stream`.
    ContentType {
        /// The content type, if the answer has one.
        content_type: Option<String>,
    },
    /// Data lines arrive, and no blank line closes their block.
    NoBlankLine {
        /// How many times a data line was the last thing to arrive.
        lines: usize,
    },
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The stream ended within an event, without the blank line that closes it.
    Unfinished,
    /// Something on the way holds bytes back.
    Buffered {
        /// How many bytes arrived at once, at most.
        bytes: usize,
        /// The longest silence before such a burst.
        silence: Duration,
    },
    /// The connection was cut after a silence.
    CutInSilence {
        /// The length of the silence.
        after: Duration,
    },
    /// Connections are cut at the same age, whatever they send.
    CutAtAge {
        /// The age.
        after: Duration,
    },
    /// The answer broke off.
    BrokenOff {
        /// The age of the connection.
        after: Duration,
    },
    /// The server sends nothing while it has no events.
    NoHeartbeat {
        /// The longest silence.
        silence: Duration,
    },
    /// The answer is compressed.
    Compressed {
        /// The encoding. `None` if the answer came only to a request that accepts no compression.
        encoding: Option<String>,
    },
    /// The answer has a `Content-Length`.
    ContentLength {
        /// The header's value.
        length: String,
    },
    /// The content type names an encoding other than UTF-8.
    Charset {
        /// The encoding.
        charset: String,
    },
    /// No event has an ID.
    NoIds {
        /// The number of events.
        events: usize,
    },
    /// The server continues with new events, whatever the last event ID.
    NotReplayed {
        /// The last event ID that was sent.
        asked: String,
    },
    /// The server begins anew, whatever the last event ID.
    StartsOver {
        /// The last event ID that was sent.
        asked: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { reason } => write!(f, "The server can't be reached: {reason}."),
            Self::NoAnswer { after } => write!(f, "No answer came within {}.", Seconds(*after)),
            Self::RedirectLoop { count } => {
                write!(
                    f,
                    "The request was redirected {count} times without an answer."
                )
            }
            Self::LoginPage { url } => write!(f, "The request was redirected to a page: `{url}`."),
            Self::Status { status } => write!(f, "The server answered with status {status}."),
            Self::Html => f.write_str("The server answered with a web page."),
            Self::ContentType { content_type: None } => {
                f.write_str("The answer has no content type.")
            }
            Self::ContentType {
                content_type: Some(content_type),
            } => write!(f, "The content type is `{content_type}`."),
            Self::NoBlankLine { lines } => write!(
                f,
                "Data came {lines} times without the blank line that ends an event."
            ),
            Self::NotUtf8 => f.write_str("The stream is not UTF-8."),
            Self::Unfinished => {
                f.write_str("The stream ended without the blank line that ends its last event.")
            }
            Self::Buffered { bytes, silence } => write!(
                f,
                "Bytes came in bursts: up to {bytes} at once, after {} of silence.",
                Seconds(*silence)
            ),
            Self::CutInSilence { after } => {
                write!(
                    f,
                    "The connection was cut after {} of silence.",
                    Seconds(*after)
                )
            }
            Self::CutAtAge { after } => {
                write!(f, "Each connection was cut after {}.", Seconds(*after))
            }
            Self::BrokenOff { after } => {
                write!(f, "The answer broke off after {}.", Seconds(*after))
            }
            Self::NoHeartbeat { silence } => {
                write!(f, "The server sent nothing for {}.", Seconds(*silence))
            }
            Self::Compressed { encoding: None } => {
                f.write_str("An answer came only to a request that accepts no compression.")
            }
            Self::Compressed {
                encoding: Some(encoding),
            } => write!(
                f,
                "The stream is compressed: `Content-Encoding: {encoding}`."
            ),
            Self::ContentLength { length } => {
                write!(f, "The stream has a `Content-Length` of {length}.")
            }
            Self::Charset { charset } => {
                write!(f, "The content type names the encoding `{charset}`.")
            }
            Self::NoIds { events } => write!(f, "None of {events} events has an ID."),
            Self::NotReplayed { asked } => write!(
                f,
                "A request with `Last-Event-ID: {asked}` did not bring the events after it."
            ),
            Self::StartsOver { asked } => write!(
                f,
                "A request with `Last-Event-ID: {asked}` brought that event again."
            ),
        }
    }
}

/// A time for people: seconds with one decimal.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}
