//! What goes over a connection.

use std::fmt;

use everstream_core::session::LinkId;

use super::habits::Habits;
use super::truth::Number;
use crate::queue::Time;

pub(crate) type WireId = usize;

/// What comes down a connection.
#[derive(Clone)]
pub(crate) enum Message {
    /// The answer's status. 200 is a stream, and this was the head of the log when the server opened it.
    Head(u16, Number),
    /// A piece of the stream, and what the events are in truth that end in it.
    Piece(Vec<u8>, Vec<Noted>),
    /// The server ends the stream.
    End,
    /// There is no answer, or the connection breaks.
    Lost,
}

impl fmt::Debug for Message {
    /// Shows bytes as text, which they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(status, head) => write!(f, "Head({status}, {head})"),
            Self::Piece(bytes, _) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::End => f.write_str("End"),
            Self::Lost => f.write_str("Lost"),
        }
    }
}

/// An event on the wire, and what the rules know about it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) event_type: String,
    pub(crate) data: String,
    pub(crate) id: Option<String>,
    pub(crate) fact: Fact,
}

/// What an event is in truth, and its ID.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    pub(crate) fact: Fact,
    pub(crate) id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Published on a channel.
    Published(usize, Number),
    /// The set is in force, and this was the head then.
    InForce(Number),
    /// Events of these channels are missing, or of all.
    Gap(Option<Vec<usize>>),
    /// The channel has ended; the number is that of its end.
    Complete(usize, Number),
    Error(usize),
    Other,
}

/// The type of what is no event.
pub(crate) const COMMENT: &str = ":";

impl Sent {
    /// As it goes over the wire.
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

/// A request for a stream, and whatever comes back on it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a fate of its own.
pub(crate) struct Wire {
    pub(crate) page: usize,
    pub(crate) link: LinkId,
    /// Messages overtake none before them.
    pub(crate) ready_at: Time,
    /// What was under way is lost; the end still arrives.
    pub(crate) cut: bool,
    /// Nothing comes through any more, and nothing says so.
    pub(crate) stalled: bool,
    /// The browser has aborted it.
    pub(crate) aborted: bool,
    /// It carried a position that the server reads, and had one to carry.
    pub(crate) resumes: bool,
    pub(crate) had_position: bool,
    /// The position went by query, which proves nothing.
    pub(crate) by_query: bool,
}
