//! What the edge is asked to open: by which transport, and from where.

use super::{Connection, Transport, TransportKind};

/// One attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts every attempt of this source, from 1.
    pub number: u32,
    /// By what.
    pub transport: TransportKind,
    /// From where.
    pub resume: Resume,
    /// The server answered 401 or 403: the headers' provider is asked for new ones.
    pub unauthorized: bool,
}

/// How the position is told to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// There is none.
    None,
    /// By the request header `Last-Event-ID`.
    Header(String),
    /// By the query parameter: the header would cause a CORS preflight that was refused, or can't
    /// be set on a native `EventSource`.
    Query(String),
}

impl Resume {
    /// The position; empty if there is none.
    pub(crate) fn position(&self) -> &str {
        match self {
            Self::None => "",
            Self::Header(id) | Self::Query(id) => id,
        }
    }

    /// Sets another position to resume from, if there is one at all.
    pub(crate) fn set_position(&mut self, position: &str) {
        if let Self::Header(id) | Self::Query(id) = self
            && !position.is_empty()
        {
            position.clone_into(id);
        }
    }
}

impl Connection {
    pub(super) fn next_transport(&self) -> TransportKind {
        let native = match self.config.transport {
            _ if self.ask_why => false,
            Transport::Fetch => false,
            Transport::Native => true,
            // Only fetch can send the position of a connection that is rebuilt in the way every
            // server reads it.
            Transport::Auto => {
                let resumes = self.config.resumes && !self.last_event_id().is_empty();
                !self.config.needs_fetch && !resumes
            }
        };
        if native {
            TransportKind::Native
        } else {
            TransportKind::Fetch
        }
    }

    pub(super) fn resume_by(&self, transport: TransportKind) -> Resume {
        let id = self.last_event_id().to_owned();
        match transport {
            _ if id.is_empty() || !self.config.resumes => Resume::None,
            TransportKind::Fetch => Resume::Header(id),
            TransportKind::Native if self.config.resume_by_query => Resume::Query(id),
            TransportKind::Native => Resume::None,
        }
    }
}
