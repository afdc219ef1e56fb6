//! What an answer is read as.

/// What an answer is read as; see [`Response::kind`](super::Response::kind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// As an event stream.
    EventStream,
    /// In one piece, which is delivered as one event.
    Whole,
    /// Not at all: the attempt has failed.
    Unexpected,
}

const EVENT_STREAM: &str = "text/event-stream";

/// What an answer with this status and content type is read as, to a request with this `Accept` header.
///
/// Status 200 with a type that the header names beside `text/event-stream` is an answer in one piece, as MCP
/// servers give it. A wildcard names no type, and neither does what is refused by `q=0`.
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

/// Whether the parameters of a media range give it no weight ([RFC 9110, section 12.4.2]).
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

/// What is before the first separator, without blanks around it, and what is behind it.
fn cut(value: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let end = value.iter().position(|byte| *byte == separator);
    let (before, after) = match end {
        Some(end) => (&value[..end], &value[end + 1..]),
        None => (value, &[][..]),
    };
    (before.trim_ascii(), after)
}

/// The last boundary between characters up to a place; `str::floor_char_boundary` needs Rust 1.91.
pub(crate) fn boundary(text: &str, limit: usize) -> usize {
    let mut ends = (0..=limit.min(text.len())).rev();
    ends.find(|end| text.is_char_boundary(*end))
        .unwrap_or_default()
}

/// The beginning of a body, of so many bytes at most.
#[must_use]
pub fn excerpt(body: &str, limit: usize) -> String {
    // `get` can't fail here; slicing would link the code that formats the panic.
    let begun = body.get(..boundary(body, limit));
    begun.unwrap_or_default().to_owned()
}
