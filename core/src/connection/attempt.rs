//! Attempts to connect: by which transport, and from which last event ID.

use super::{Connection, Continuation, Transport, TransportKind};
use crate::http::{MAX_POSITION, is_header_safe};

/// An attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The attempt's number among all attempts of this source, from 1.
    pub number: u32,
    /// The transport to use.
    pub transport: TransportKind,
    /// How the last event ID is sent to the server.
    pub resume: Resume,
    /// The last event ID, also if a continuation sends it in its own way; empty if there is none.
    pub position: String,
    /// Whether the server answered 401 or 403: the provider of headers is then asked for new ones.
    pub unauthorized: bool,
    /// Whether this request continues the answer of the original one; see [`Continuation`].
    pub continues: bool,
}

/// How the last event ID is sent to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// No last event ID is sent: there is none, or it can't be sent.
    None,
    /// The request header `Last-Event-ID`.
    Header(String),
    /// The query parameter. The header would cause a CORS preflight that was refused, would not arrive
    /// unchanged, or can't be set on a native `EventSource`.
    Query(String),
}

impl Resume {
    /// Returns the last event ID; empty if there is none.
    #[must_use]
    pub fn position(&self) -> &str {
        match self {
            Self::None => "",
            Self::Header(id) | Self::Query(id) => id,
        }
    }

    /// Sets another last event ID to resume from, unless none is sent.
    pub fn set_position(&mut self, position: &str) {
        if let Self::Header(id) | Self::Query(id) = self
            && !position.is_empty()
        {
            position.clone_into(id);
        }
    }
}

impl Connection {
    /// Returns whether the next attempt continues the answer instead of repeating the request.
    pub(super) fn may_continue(&self) -> bool {
        match self.config.continuation {
            Continuation::None => false,
            Continuation::Get => !self.last_event_id().is_empty(),
            Continuation::Ask => self.was_open || !self.last_event_id().is_empty(),
        }
    }

    /// Returns whether another attempt is allowed: a repeat of the request, or a continuation.
    pub(super) fn can_go_on(&self) -> bool {
        self.config.repeatable || self.may_continue()
    }

    pub(super) fn next_transport(&self) -> TransportKind {
        let native = match self.config.transport {
            _ if self.ask_why => false,
            Transport::Fetch => false,
            Transport::Native => true,
            // Only fetch can send the last event ID of a rebuilt connection as a header, which every server
            // reads.
            Transport::Auto => {
                let resumes = self.config.resumes && !self.last_event_id().is_empty();
                !self.config.exceeds_native() && !resumes
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
