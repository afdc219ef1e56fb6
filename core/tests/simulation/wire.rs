//! One request and its answer, on the way between browser and server.

use std::fmt;

use everstream_core::connection::TransportKind;
use everstream_core::session::LinkId as LinkName;

use crate::queue::Time;

pub(crate) type LinkId = usize;

/// A request and whatever comes back on it.
#[allow(clippy::struct_excessive_bools)] // Each is a fate of its own.
pub(crate) struct Link {
    /// What the session calls the connection that it belongs to.
    pub(crate) name: LinkName,
    /// The attempt of the connection that it belongs to.
    pub(crate) attempt: u32,
    pub(crate) by: TransportKind,
    /// `Last-Event-ID`.
    pub(crate) header: Option<String>,
    /// The position in the query.
    pub(crate) query: Option<String>,
    /// The headers' provider was asked for new ones.
    pub(crate) fresh_headers: bool,
    /// Messages overtake none before them.
    pub(crate) ready_at: Time,
    /// A black hole: nothing comes through any more.
    pub(crate) stalled: bool,
    /// What was under way is lost; the end still arrives.
    pub(crate) cut: bool,
    /// The browser has aborted it.
    pub(crate) aborted: bool,
    /// The number of the first event that the stream carries.
    pub(crate) first: u64,
    /// It continues an answer, rather than to ask for it.
    pub(crate) continues: bool,
    /// The position, however it is told.
    pub(crate) position: String,
}

#[derive(Clone)]
pub(crate) enum Message {
    /// There is no connection, or no leave to make the request.
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
    /// In seconds.
    pub(crate) retry_after: Option<u64>,
    /// The number of the event that the answer says it resumes behind.
    pub(crate) behind: Option<u64>,
}

impl Message {
    /// The last one of its link.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Refused | Self::End | Self::Reset)
    }
}

impl fmt::Debug for Message {
    /// Shows bytes as text, which they are.
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
