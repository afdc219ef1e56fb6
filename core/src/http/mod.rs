//! The parts of HTTP that the core judges: an answer's status and headers, a request's header names and
//! values.

mod kind;
mod url;

#[cfg(test)]
mod tests;

use core::time::Duration;
use std::time::SystemTime;

use crate::error::Error;
use crate::parse::replaced;

pub(crate) use kind::boundary;
pub use kind::{AnswerKind, excerpt, kind_of};
pub use url::{
    form_urlencoded, refusal_of_url, stays_at, with_query, with_query_parameter,
    without_credentials,
};

/// The longest last event ID that is sent to a server, in bytes. Servers limit a request's headers to about 8
/// KiB and refuse larger ones.
pub const MAX_POSITION: usize = 4096;

/// Returns whether an ID arrives unchanged in a request header: it has no control characters, and no blanks
/// around it, which [Fetch] strips.
///
/// [Fetch]: https://fetch.spec.whatwg.org/#concept-header-value-normalize
#[must_use]
pub fn is_header_safe(id: &str) -> bool {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let bytes = id.as_bytes();
    bytes
        .iter()
        .all(|byte| matches!(byte, b'\t' | 0x20..=0x7E | 0x80..))
        && !is_blank(bytes.first())
        && !is_blank(bytes.last())
}

/// Returns whether a method is safe ([RFC 9110, section 9.2.1], and the [registry of methods]), so that its
/// request may be repeated without asking.
///
/// [RFC 9110, section 9.2.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
/// [registry of methods]: https://www.iana.org/assignments/http-methods/http-methods.xhtml
#[must_use]
pub fn is_safe_method(method: &str) -> bool {
    const SAFE: [&str; 8] = [
        "GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "REPORT", "SEARCH",
    ];
    SAFE.iter().any(|safe| safe.eq_ignore_ascii_case(method))
}

/// The head of an HTTP response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, as pairs of name and value; [`header`](Self::header) reads one. For a cross-origin
    /// response, only those that the server exposes.
    pub headers: Vec<(String, String)>,
    /// The URL that answered, after redirects.
    pub url: String,
}

impl Response {
    /// Creates a head from its parts.
    #[must_use]
    pub const fn new(status: u16, headers: Vec<(String, String)>, url: String) -> Self {
        Self {
            status,
            headers,
            url,
        }
    }

    /// Returns the value of a header. The case of the name doesn't matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|(header, value)| header.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    /// Returns whether the standard accepts the response as an event stream: status 200 and content type
    /// `text/event-stream`, with any parameters.
    #[must_use]
    pub fn is_event_stream(&self) -> bool {
        self.kind("") == AnswerKind::EventStream
    }

    /// Returns how to read an answer to a request with this `Accept` header, see [`kind_of`].
    #[must_use]
    pub fn kind(&self, accept: &str) -> AnswerKind {
        let content_type = self.header("content-type").unwrap_or_default();
        kind_of(self.status, content_type, accept)
    }

    /// Returns the last event ID from which the server says it resumes: its `Last-Event-ID` header, as
    /// Mercure hubs send it.
    #[must_use]
    pub fn last_event_id(&self) -> Option<String> {
        // Edges read headers as Latin-1, one character per byte, so UTF-8 has to be decoded here.
        let value = self.header("last-event-id")?;
        let mut bytes = Vec::with_capacity(value.len());
        for character in value.chars() {
            let Ok(byte) = u8::try_from(character) else {
                return Some(value.to_owned());
            };
            bytes.push(byte);
        }
        Some(replaced(&bytes))
    }

    /// Returns the wait that `Retry-After` asks for ([RFC 9110, section 10.2.3]), given in seconds or as a
    /// date. `wall` is the time since the Unix epoch.
    ///
    /// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    #[must_use]
    pub fn retry_after(&self, wall: Duration) -> Option<Duration> {
        self.retry_after_by(wall, |date| {
            let date = httpdate::parse_http_date(date).ok()?;
            date.duration_since(SystemTime::UNIX_EPOCH).ok()
        })
    }

    /// Like [`retry_after`](Self::retry_after), for an edge whose platform parses dates: `read_date` returns
    /// the time since the Unix epoch.
    pub fn retry_after_by(
        &self,
        wall: Duration,
        read_date: impl FnOnce(&str) -> Option<Duration>,
    ) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
        }
        Some(read_date(value)?.saturating_sub(wall))
    }
}

/// Checks a request header against [RFC 9110, section 5], and against the names that the Fetch standard
/// reserves for the browser. The browser would silently drop them.
///
/// [RFC 9110, section 5]: https://www.rfc-editor.org/rfc/rfc9110#section-5
///
/// # Errors
///
/// [`Error::InvalidHeader`] with the reason.
pub fn check_request_header(name: &str, value: &str) -> Result<(), Error> {
    let refuse = |reason| {
        Err(Error::InvalidHeader {
            name: name.to_owned(),
            reason,
        })
    };
    if name.is_empty() || !name.bytes().all(is_token) {
        return refuse("the name is not a token of RFC 9110, section 5.6.2");
    }
    if value
        .bytes()
        .any(|byte| matches!(byte, b'\0' | b'\r' | b'\n'))
    {
        return refuse("the value has a NUL, CR or LF");
    }
    // `fetch` accepts byte strings only: each code point must fit one byte.
    if value.chars().any(|char| u32::from(char) > 0xFF) {
        return refuse("the value has a character beyond U+00FF; encode it first");
    }
    if is_forbidden(name) {
        return refuse("the Fetch standard reserves the name for the browser");
    }
    if name.eq_ignore_ascii_case("last-event-id") {
        return refuse("the source sends it itself; give the position with `last_event_id`");
    }
    Ok(())
}

/// Refuses a method that is not a token, or that the Fetch standard forbids.
///
/// # Errors
///
/// [`Error::InvalidOption`] with the reason.
pub fn check_method(method: &str) -> Result<(), Error> {
    let reason = if method.is_empty() || !method.bytes().all(is_token) {
        format!("`{method}` is not a token of RFC 9110")
    } else if ["CONNECT", "TRACE", "TRACK"]
        .iter()
        .any(|forbidden| method.eq_ignore_ascii_case(forbidden))
    {
        format!("the Fetch standard forbids `{method}`")
    } else {
        return Ok(());
    };
    Err(Error::invalid_option("method", reason))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The [forbidden request-headers] of the Fetch standard.
///
/// [forbidden request-headers]: https://fetch.spec.whatwg.org/#forbidden-request-header
fn is_forbidden(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("sec-")
}
