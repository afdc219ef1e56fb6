//! The messages of a connection.

use std::fmt;

use everstream_core::session::LinkId;

use super::habits::Habits;
use super::truth::Number;
use crate::queue::Time;

pub(crate) type WireId = usize;

/// A message from the server.
#[derive(Clone)]
pub(crate) enum Message {
    /// The answer's status, and the head of the log when the server opened the stream. 200 opens a stream.
    Head(u16, Number),
    /// A piece of the stream, and the truth about each event that ends in it.
    Piece(Vec<u8>, Vec<Noted>),
    /// The server ends the stream.
    End,
    /// There is no answer, or the connection breaks.
    Lost,
}

impl fmt::Debug for Message {
    /// Shows the bytes as text, since event streams are text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(status, head) => write!(f, "Head({status}, {head})"),
            Self::Piece(bytes, _) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::End => f.write_str("End"),
            Self::Lost => f.write_str("Lost"),
        }
    }
}

/// An event on the wire, and the facts that the rules know about it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) event_type: String,
    pub(crate) data: String,
    pub(crate) id: Option<String>,
    pub(crate) fact: Fact,
}

/// The truth about an event, and its ID.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    pub(crate) fact: Fact,
    pub(crate) id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// An event published on a channel.
    Published(usize, Number),
    /// The set is in force from this head on.
    InForce(Number),
    /// Events of these channels, or of all, are missing.
    Gap(Option<Vec<usize>>),
    /// The channel has ended; the number is that of its end.
    Complete(usize, Number),
    Error(usize),
    Other,
}

/// The type that marks a comment, which is no event.
pub(crate) const COMMENT: &str = ":";

impl Sent {
    /// Writes the event as it goes over the wire.
    pub(crate) fn write(&self, habits: &Habits, bytes: &mut Vec<u8>) {
        let end = habits.line_end;
        if self.event_type == COMMENT {
            bytes.extend(format!(":{end}{end}").bytes());
            return;
        }
        let event = match &*self.event_type {
            "" => String::new(),
            event_type => format!("event: {event_type}{end}"),
        };
        let mut data = format!("data: {}{end}", self.data);
        if let Fact::Published(_, number) = self.fact
            && habits.is_large(number)
        {
            data.push_str(&format!("data: {}{end}", "x".repeat(300)).repeat(3));
        }
        let id = match &self.id {
            Some(id) => format!("id: {id}{end}"),
            None => String::new(),
        };
        let parts = if habits.type_last {
            [id, data, event]
        } else {
            [id, event, data]
        };
        bytes.extend(parts.concat().bytes());
        bytes.extend(end.bytes());
    }
}

/// A request for a stream, and the messages that come back on it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is an independent fate.
pub(crate) struct Wire {
    pub(crate) page: usize,
    pub(crate) link: LinkId,
    /// Messages arrive in order: none before this time.
    pub(crate) ready_at: Time,
    /// The messages on their way are lost. The end still arrives.
    pub(crate) cut: bool,
    /// The connection is silent without an error.
    pub(crate) stalled: bool,
    /// The browser has aborted the request.
    pub(crate) aborted: bool,
    /// The request carried a position that the server reads. `had_position`: there was one to carry.
    pub(crate) resumes: bool,
    pub(crate) had_position: bool,
    /// The position went by query, which doesn't prove that the server has read it.
    pub(crate) by_query: bool,
}
