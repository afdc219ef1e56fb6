//! A stream on the way between server and client.

use crate::queue::Time;
use crate::truth::Number;

pub(crate) type LinkId = usize;

/// What comes down a stream.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// It is open; this was the head when the server opened it.
    Open(Number),
    Event(Sent),
    /// An answer that is no stream, for good.
    Refused(u16),
    /// The connection is gone.
    Lost,
}

/// An event on the wire, and what the rules know about it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) event_type: String,
    pub(crate) data: String,
    pub(crate) id: Option<String>,
    pub(crate) fact: Fact,
}

/// What an event is in truth.
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

pub(crate) struct Link {
    /// Messages overtake none before them.
    pub(crate) ready_at: Time,
    /// What was under way is lost.
    pub(crate) cut: bool,
    /// The attempt carried a position, and had one to carry.
    pub(crate) resumes: bool,
    pub(crate) had_position: bool,
}
