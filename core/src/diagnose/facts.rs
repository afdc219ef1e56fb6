//! The facts that a diagnosis is made from.

use core::time::Duration;

use crate::http::Response;

/// Everything that was observed of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The URL that was asked for. Findings show it [masked](super::masked).
    pub requested: String,
    /// Whether the answer to a request that accepts the encodings of browsers is compressed. The connections
    /// are then those of a request that accepts none, so that their bytes can be read.
    pub compressed: Option<Compression>,
    /// The connections in their order. The later ones were made after the earlier ones broke off.
    pub connections: Vec<Connection>,
    /// The result of a second request with a last event ID, if there was one.
    pub replay: Option<Replay>,
}

impl Facts {
    /// Creates the facts of a stream of which nothing has been observed.
    #[must_use]
    pub fn new(requested: impl Into<String>) -> Self {
        Self {
            requested: requested.into(),
            ..Self::default()
        }
    }
}

/// How an answer showed that it is compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compression {
    /// By its `Content-Encoding`.
    Named(String),
    /// The answer did not come, while a request that accepts no encoding was answered at once.
    Withheld,
}

/// The observations of one connection. Times count from the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// The redirects that were followed, in their order.
    pub redirects: Vec<Redirect>,
    /// Why there was no answer. It must not contain the URL.
    pub failure: Option<String>,
    /// The answer, after the redirects.
    pub response: Option<Response>,
    /// The chunks in their order. Those that arrived together count as one.
    pub arrivals: Vec<Arrival>,
    /// The number of events.
    pub events: usize,
    /// The last event IDs in the order in which events changed them, at most [`MAX_IDS`](Self::MAX_IDS).
    pub ids: Vec<String>,
    /// The block whose data lines are complete and that no blank line has closed.
    pub open: Option<Open>,
    /// Whether the stream ended within an event: the standard discards it.
    pub is_unfinished: bool,
    /// Whether the bytes are not UTF-8.
    pub is_ill_formed: bool,
    /// The end, if there was one.
    pub end: Option<End>,
    /// How long the connection was watched: from the answer, or from the request if there was no answer.
    pub watched: Duration,
}

impl Connection {
    /// The number of last event IDs that are kept. More are not needed to ask for a replay.
    pub const MAX_IDS: usize = 256;

    /// Returns when the last byte arrived, or the time of the answer.
    pub(super) fn last_byte(&self) -> Duration {
        self.arrivals.last().map_or(Duration::ZERO, |last| last.at)
    }

    /// Returns the longest time without a byte.
    pub(super) fn longest_silence(&self) -> Duration {
        let mut longest = Duration::ZERO;
        let mut previous = Duration::ZERO;
        let ends = self.arrivals.iter().map(|arrival| arrival.at);
        for at in ends.chain([self.watched]) {
            longest = longest.max(at.saturating_sub(previous));
            previous = at;
        }
        longest
    }

    /// Returns the number of comments.
    #[must_use]
    pub fn comments(&self) -> usize {
        self.arrivals.iter().map(|arrival| arrival.comments).sum()
    }
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The status of the redirecting answer.
    pub status: u16,
    /// The URL that it led to.
    pub to: String,
}

/// Bytes that arrived together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// When the first of them arrived.
    pub at: Duration,
    /// The number of bytes.
    pub bytes: usize,
    /// The number of events that they completed.
    pub events: usize,
    /// The number of comments that they completed.
    pub comments: usize,
    /// Whether the last of them lies within an event.
    pub is_within_event: bool,
}

/// A block with data that no blank line has closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// When a data line last ended an arrival.
    pub since: Duration,
    /// The number of arrivals that ended right behind a data line of the block.
    pub pauses: usize,
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The time of the end.
    pub at: Duration,
    /// Whether the answer was complete, as HTTP tells it. Otherwise it broke off.
    pub is_clean: bool,
}

/// The result of a second request with a last event ID, made while the first connection was open or after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// The last event ID that was sent. It is not the newest, so that there is something to send again.
    pub asked: String,
    /// The IDs that had followed it on the first connection.
    pub missed: Vec<String>,
    /// The IDs that the second connection sent, in their order.
    pub received: Vec<String>,
    /// Whether the second connection was an event stream. Otherwise nothing can be said.
    pub is_stream: bool,
}
