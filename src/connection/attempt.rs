//! What the edge is asked to open.

use super::TransportKind;

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
