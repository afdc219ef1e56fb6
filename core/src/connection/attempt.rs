//! What the edge is asked to open: by which transport, and from where.

use super::{Connection, Continuation, Transport, TransportKind};
use crate::http::{MAX_POSITION, is_header_safe};

/// One attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts every attempt of this source, from 1.
    pub number: u32,
    /// By what.
    pub transport: TransportKind,
    /// How the position is told to the server.
    pub resume: Resume,
    /// The position, also where a continuation tells it in a way of its own; empty if there is none.
    pub position: String,
    /// The server answered 401 or 403: the headers' provider is asked for new ones.
    pub unauthorized: bool,
    /// Not the request itself but what continues its answer; see [`Continuation`].
    pub continues: bool,
}

/// How the position is told to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// There is none, or none that can be told.
    None,
    /// By the request header `Last-Event-ID`.
    Header(String),
    /// By the query parameter: the header would cause a CORS preflight that was refused, would not arrive
    /// as it is, or can't be set on a native `EventSource`.
    Query(String),
}

impl Resume {
    /// The position; empty if there is none.
    #[must_use]
    pub fn position(&self) -> &str {
        match self {
            Self::None => "",
            Self::Header(id) | Self::Query(id) => id,
        }
    }

    /// Sets another position to resume from, if there is one at all.
    pub fn set_position(&mut self, position: &str) {
        if let Self::Header(id) | Self::Query(id) = self
            && !position.is_empty()
        {
            position.clone_into(id);
        }
    }
}

impl Connection {
    /// Whether the next attempt continues the answer, rather than to ask for it.
    pub(super) fn may_continue(&self) -> bool {
        match self.config.continuation {
            Continuation::None => false,
            Continuation::Get => !self.last_event_id().is_empty(),
            Continuation::Ask => self.was_open || !self.last_event_id().is_empty(),
        }
    }

    /// Whether there can be another attempt: by the same request, or by one that continues.
    pub(super) fn can_go_on(&self) -> bool {
        self.config.repeatable || self.may_continue()
    }

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
        let id = self.last_event_id();
        if id.is_empty() || id.len() > MAX_POSITION || !self.config.resumes {
            return Resume::None;
        }
        match transport {
            TransportKind::Fetch if is_header_safe(id) => Resume::Header(id.to_owned()),
            _ if self.config.resume_by_query => Resume::Query(id.to_owned()),
            _ => Resume::None,
        }
    }
}
