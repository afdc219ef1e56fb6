//! The parts of HTTP that the core judges: an answer's status and headers, a request's header
//! names and values.

use core::time::Duration;
use std::time::SystemTime;

use crate::error::Error;

const EVENT_STREAM: &str = "text/event-stream";

/// The longest last event ID that is sent to a server, in bytes: servers limit a request's headers to 8 KiB
/// or so, and refuse it beyond.
pub const MAX_POSITION: usize = 4096;

/// What an answer is read as; see [`Response::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// As an event stream.
    EventStream,
    /// In one piece, which is delivered as one event.
    Whole,
    /// Not at all: the attempt has failed.
    Unexpected,
}

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
        if name.eq_ignore_ascii_case(essence) && !name.contains(&b'*') && !is_refused(parameters) {
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

/// The beginning of a body, of so many bytes at most.
#[must_use]
pub fn excerpt(body: &str, limit: usize) -> String {
    // It can't fail; to slice would bring in what prints why it did.
    let begun = body.get(..body.floor_char_boundary(limit));
    begun.unwrap_or_default().to_owned()
}

/// Whether an ID arrives as it is in a request header: no control characters, no blanks around it, which
/// [Fetch] strips.
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

/// Whether a method is safe ([RFC 9110, section 9.2.1], and the [registry of methods]): a request by it may
/// be repeated without asking.
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
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case. Of a cross-origin response only those that the server exposes.
    pub headers: Vec<(String, String)>,
    /// The URL that answered, after redirects.
    pub url: String,
}

impl Response {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|(header, value)| (header == name).then_some(value.as_str()))
    }

    /// Whether the standard accepts it as an event stream: status 200 and content type
    /// `text/event-stream`, whatever its parameters.
    #[must_use]
    pub fn is_event_stream(&self) -> bool {
        self.kind("") == AnswerKind::EventStream
    }

    /// What an answer to a request with this `Accept` header is read as, see [`kind_of`].
    #[must_use]
    pub fn kind(&self, accept: &str) -> AnswerKind {
        let content_type = self.header("content-type").unwrap_or_default();
        kind_of(self.status, content_type, accept)
    }

    /// The position from which the server says that it resumes: its `Last-Event-ID` header, as Mercure
    /// hubs send it.
    pub fn last_event_id(&self) -> Option<String> {
        // Headers are read as one character for each byte.
        let value = self.header("last-event-id")?;
        let bytes = value
            .chars()
            .map(u8::try_from)
            .collect::<Result<Vec<_>, _>>();
        Some(match bytes {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => value.to_owned(),
        })
    }

    /// The wait that `Retry-After` asks for ([RFC 9110, section 10.2.3]), as seconds or as a date.
    /// `wall` is the time since the Unix epoch.
    ///
    /// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    #[must_use]
    pub fn retry_after(&self, wall: Duration) -> Option<Duration> {
        self.retry_after_by(wall, |date| {
            let date = httpdate::parse_http_date(date).ok()?;
            date.duration_since(SystemTime::UNIX_EPOCH).ok()
        })
    }

    /// Like [`retry_after`](Self::retry_after), for an edge whose platform reads dates: `read_date` returns the
    /// time since the Unix epoch.
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

/// Checks a request header against [RFC 9110, section 5] and against the names that the Fetch
/// standard reserves for the browser, which would be dropped without a word.
///
/// [RFC 9110, section 5]: https://www.rfc-editor.org/rfc/rfc9110#section-5
///
/// # Errors
///
/// [`Error::InvalidHeader`] says why.
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
    // Fetch takes byte strings: each code point one byte.
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

/// Refuses a method that is none, or that the Fetch standard forbids.
///
/// # Errors
///
/// [`Error::InvalidOption`] says why.
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

/// Why a URL can never be opened, given its scheme with the colon and whether it has a user name or a
/// password in it.
#[must_use]
pub fn refusal_of_url(scheme: &str, has_credentials: bool) -> Option<String> {
    if !matches!(scheme, "http:" | "https:" | "data:" | "blob:") {
        return Some(format!("`{scheme}` is not fetched; use http or https"));
    }
    has_credentials.then(|| {
        "fetch allows no credentials in a URL; send an `Authorization` header instead".to_owned()
    })
}

/// The URL as an error may show it: without a user name and a password.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    // By bytes: a search for a text is more code than all of this.
    let Some(at) = url.as_bytes().windows(2).position(|pair| pair == b"//") else {
        return url.to_owned();
    };
    let (scheme, rest) = (&url[..at], &url[at + 2..]);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => [scheme, "//", &rest[at + 1..]].concat(),
        None => url.to_owned(),
    }
}

/// The URL with a parameter in its query; one of the same name is replaced, the rest is untouched.
#[must_use]
pub fn with_query_parameter(url: &str, name: &str, value: &str) -> String {
    let name = percent_encode(name);
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (url, None),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(&name));
    let mut result = format!("{path}?");
    for pair in kept {
        result.push_str(pair);
        result.push('&');
    }
    result.push_str(&name);
    result.push('=');
    result.push_str(&percent_encode(value));
    if let Some(fragment) = fragment {
        result.push('#');
        result.push_str(fragment);
    }
    result
}

/// The URL with more in its query.
#[must_use]
pub fn with_query(url: &str, more: &str) -> String {
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (url, None),
    };
    let joint = match rest.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    match fragment {
        Some(fragment) => [rest, joint, more, "#", fragment].concat(),
        None => [rest, joint, more].concat(),
    }
}

/// Pairs as a query, or as a body of type `application/x-www-form-urlencoded`.
pub fn form_urlencoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&percent_encode(name));
        query.push('=');
        query.push_str(&percent_encode(value));
    }
    query
}

/// Leaves the unreserved characters of RFC 3986, section 2.3.
fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";

    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
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

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, name: &str, value: &str) -> Response {
        Response {
            status,
            headers: vec![(name.to_owned(), value.to_owned())],
            url: String::new(),
        }
    }

    #[test]
    fn parameters_and_case_of_the_content_type_do_not_matter() {
        for good in [
            "text/event-stream",
            "text/event-stream;charset=utf-8",
            "TEXT/Event-Stream ; charset=windows-1252",
        ] {
            assert!(
                response(200, "content-type", good).is_event_stream(),
                "{good}"
            );
        }
        for bad in ["text/plain", "text/event-streams", "", "text /event-stream"] {
            assert!(
                !response(200, "content-type", bad).is_event_stream(),
                "{bad}"
            );
        }
        assert!(!response(201, "content-type", "text/event-stream").is_event_stream());
    }

    #[test]
    fn retry_after_in_seconds_and_as_a_date() {
        let wall = Duration::from_secs(784_111_777);
        let after = |value| response(503, "retry-after", value).retry_after(wall);
        assert_eq!(after("120"), Some(Duration::from_mins(2)));
        assert_eq!(
            after("Sun, 06 Nov 1994 08:49:47 GMT"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(after("Sun, 06 Nov 1994 08:40:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            after("99999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
        for bad in ["soon", "-1", "1.5", ""] {
            assert_eq!(after(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_parameter_is_added_or_replaced() {
        let add = |url| with_query_parameter(url, "lastEventId", "a b&1");
        assert_eq!(add("http://h/p"), "http://h/p?lastEventId=a%20b%261");
        assert_eq!(
            add("http://h/p?x=%20#f"),
            "http://h/p?x=%20&lastEventId=a%20b%261#f"
        );
        assert_eq!(
            add("http://h/p?lastEventId=old&x&lastEventIdx=1"),
            "http://h/p?x&lastEventIdx=1&lastEventId=a%20b%261"
        );
    }

    #[test]
    fn the_answer_is_judged_by_what_was_accepted() {
        let json = response(200, "content-type", "application/json; charset=utf-8");
        for (accept, expected) in [
            ("application/json, text/event-stream", AnswerKind::Whole),
            (
                "text/event-stream;q=0.9, Application/JSON;q=0.5",
                AnswerKind::Whole,
            ),
            ("text/event-stream", AnswerKind::Unexpected),
            ("text/event-stream, */*", AnswerKind::Unexpected),
            ("text/event-stream, application/*", AnswerKind::Unexpected),
            (
                "text/event-stream, application/json;q=0",
                AnswerKind::Unexpected,
            ),
            ("", AnswerKind::Unexpected),
        ] {
            assert_eq!(json.kind(accept), expected, "{accept:?}");
        }
        let failed = response(500, "content-type", "application/json");
        assert_eq!(failed.kind("application/json"), AnswerKind::Unexpected);
        let stream = response(200, "content-type", "text/event-stream");
        assert_eq!(stream.kind("application/json"), AnswerKind::EventStream);
    }

    #[test]
    fn what_has_side_effects_is_not_safe() {
        for method in ["GET", "HEAD", "OPTIONS", "QUERY", "REPORT", "SEARCH", "get"] {
            assert!(is_safe_method(method), "{method}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "MERGE", ""] {
            assert!(!is_safe_method(method), "{method}");
        }
    }

    #[test]
    fn an_id_that_a_header_would_change_is_not_sent_by_one() {
        for good in ["7", "e-1", "größe", "a b", "a\tb"] {
            assert!(is_header_safe(good), "{good:?}");
        }
        for bad in [" 7", "7 ", "\t7", "a\u{1}b", "\u{7F}", "\u{1B}[0m"] {
            assert!(!is_header_safe(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_answer_s_position_is_read_as_utf_8() {
        let sent: String = "größe".bytes().map(char::from).collect();
        let answer = response(200, "last-event-id", &sent);
        assert_eq!(answer.last_event_id().as_deref(), Some("größe"));
        assert_eq!(response(200, "etag", "x").last_event_id(), None);
    }

    #[test]
    fn what_is_not_fetched_is_refused() {
        for scheme in ["ftp:", "file:", "javascript:", "ws:", "about:"] {
            assert!(refusal_of_url(scheme, false).is_some(), "{scheme}");
        }
        for scheme in ["http:", "https:", "data:", "blob:"] {
            assert!(refusal_of_url(scheme, false).is_none(), "{scheme}");
        }
        assert!(refusal_of_url("https:", true).is_some());
    }

    #[test]
    fn no_error_shows_a_password() {
        for (url, expected) in [
            ("http://u:p@h/a@b", "http://h/a@b"),
            ("https://u:p@h", "https://h"),
            ("http://u:a@b@h?x", "http://h?x"),
            ("http://h/?q=a@b", "http://h/?q=a@b"),
            ("/a@b", "/a@b"),
            ("//u:p@h/", "//h/"),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
    }

    #[test]
    fn headers_that_browsers_refuse_or_drop() {
        for (name, value) in [
            ("", "a"),
            ("a b", "a"),
            ("größe", "a"),
            ("x:y", "a"),
            ("x", "a\r\nb: c"),
            ("x", "\0"),
            ("x", "€"),
            ("Host", "a"),
            ("Sec-Fetch-Mode", "a"),
            ("Last-Event-ID", "a"),
        ] {
            assert!(
                check_request_header(name, value).is_err(),
                "{name:?}: {value:?}"
            );
        }
        assert!(check_request_header("Authorization", "Bearer a.b-c").is_ok());
        assert!(
            check_request_header("x-größe".replace("ö", "o").replace("ß", "s").as_str(), "é")
                .is_ok()
        );
    }
}
