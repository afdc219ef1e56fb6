//! How an answer's body is read, judged by its status and content type.

/// How an answer's body is read; see [`Response::kind`](super::Response::kind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// The body is read as an event stream.
    EventStream,
    /// The body is read whole and delivered as one event.
    Whole,
    /// The body is not delivered: the attempt has failed.
    Unexpected,
}

const EVENT_STREAM: &str = "text/event-stream";

/// Returns how to read an answer with this status and content type to a request with this `Accept` header.
///
/// An answer with status 200 and a type that the header names beside `text/event-stream` is read whole, as
/// MCP servers send it. A wildcard names no type, and a type with `q=0` is refused.
#[must_use]
pub fn kind_of(status: u16, content_type: &str, accept: &str) -> AnswerKind {
    let (essence, _) = cut(content_type.as_bytes(), b';');
    if status != 200 || essence.is_empty() {
        return AnswerKind::Unexpected;
    }
    if essence.eq_ignore_ascii_case(EVENT_STREAM.as_bytes()) {
        return AnswerKind::EventStream;
    }
    let mut ranges = accept.as_bytes();
    while !ranges.is_empty() {
        let (range, rest) = cut(ranges, b',');
        ranges = rest;
        let (name, parameters) = cut(range, b';');
        if name.eq_ignore_ascii_case(essence)
            && name.iter().all(|byte| *byte != b'*')
            && !is_refused(parameters)
        {
            return AnswerKind::Whole;
        }
    }
    AnswerKind::Unexpected
}

/// Returns whether the parameters of a media range give it no weight ([RFC 9110, section 12.4.2]).
///
/// [RFC 9110, section 12.4.2]: https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
fn is_refused(mut parameters: &[u8]) -> bool {
    while !parameters.is_empty() {
        let (parameter, rest) = cut(parameters, b';');
        parameters = rest;
        if let [b'q' | b'Q', b'=', b'0', decimals @ ..] = parameter
            && decimals.iter().all(|byte| matches!(byte, b'.' | b'0'))
        {
            return true;
        }
    }
    false
}

/// Splits at the first separator. The part before it is trimmed.
fn cut(value: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let end = value.iter().position(|byte| *byte == separator);
    let (before, after) = match end {
        Some(end) => (&value[..end], &value[end + 1..]),
        None => (value, &[][..]),
    };
    (before.trim_ascii(), after)
}

/// Returns the last character boundary up to `limit`; `str::floor_char_boundary` needs Rust 1.91.
pub(crate) fn boundary(text: &str, limit: usize) -> usize {
    let mut ends = (0..=limit.min(text.len())).rev();
    ends.find(|end| text.is_char_boundary(*end))
        .unwrap_or_default()
}

/// Returns the beginning of a body, at most `limit` bytes.
#[must_use]
pub fn excerpt(body: &str, limit: usize) -> String {
    // `get` can't fail here; slicing would link the code that formats the panic.
    let begun = body.get(..boundary(body, limit));
    begun.unwrap_or_default().to_owned()
}
