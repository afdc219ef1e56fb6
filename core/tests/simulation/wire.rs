//! One request and its answer between browser and server.

use std::fmt;

use everstream_core::connection::TransportKind;
use everstream_core::session::LinkId as LinkName;

use crate::queue::Time;

pub(crate) type LinkId = usize;

/// A request and the messages that come back on it.
#[allow(clippy::struct_excessive_bools)] // Each is an independent fate.
pub(crate) struct Link {
    /// The session's name of the connection.
    pub(crate) name: LinkName,
    /// The connection's attempt.
    pub(crate) attempt: u32,
    pub(crate) by: TransportKind,
    /// The `Last-Event-ID` header.
    pub(crate) header: Option<String>,
    /// The position in the query.
    pub(crate) query: Option<String>,
    /// The headers' provider was asked for new headers.
    pub(crate) fresh_headers: bool,
    /// Messages arrive in order: none before this time.
    pub(crate) ready_at: Time,
    /// The connection is silent without an error.
    pub(crate) stalled: bool,
    /// The messages on their way are lost. The end still arrives.
    pub(crate) cut: bool,
    /// The browser has aborted the request.
    pub(crate) aborted: bool,
    /// The number of the stream's first event.
    pub(crate) first: u64,
    /// The request continues an answer rather than asks for it.
    pub(crate) continues: bool,
    /// The position, whichever way it is sent.
    pub(crate) position: String,
}

#[derive(Clone)]
pub(crate) enum Message {
    /// The connection or the request is refused.
    Refused,
    /// The head of a response.
    Head(Head),
    Bytes(Vec<u8>),
    /// The end of the body.
    End,
    /// The connection broke.
    Reset,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) event_stream: bool,
    /// The `Retry-After` header, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// The number of the event that the answer claims to resume after.
    pub(crate) behind: Option<u64>,
}

impl Message {
    /// Returns whether the message is the last of its link.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Refused | Self::End | Self::Reset)
    }
}

impl fmt::Debug for Message {
    /// Shows the bytes as text, since event streams are text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("Refused"),
            Self::Head(head) => head.fmt(f),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).fmt(f),
            Self::End => f.write_str("End"),
            Self::Reset => f.write_str("Reset"),
        }
    }
}

impl Link {
    pub(crate) const fn new(
        name: LinkName,
        attempt: u32,
        by: TransportKind,
        header: Option<String>,
        query: Option<String>,
    ) -> Self {
        Self {
            name,
            attempt,
            by,
            header,
            query,
            fresh_headers: false,
            ready_at: 0,
            stalled: false,
            cut: false,
            aborted: false,
            first: 0,
            continues: false,
            position: String::new(),
        }
    }
}
