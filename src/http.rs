//! The parts of HTTP that the core judges: an answer's status and headers, a request's header
//! names and values.

use core::time::Duration;
use std::time::SystemTime;

use crate::error::Error;

/// The head of an HTTP response.
#[derive(Clone, Debug, Default)]
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
        let essence = self
            .header("content-type")
            .and_then(|value| value.split(';').next())
            .map(|essence| essence.trim_matches([' ', '\t']));
        self.status == 200
            && essence.is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream"))
    }

    /// The wait that `Retry-After` asks for ([RFC 9110, section 10.2.3]), as seconds or as a date.
    /// `wall` is the time since the Unix epoch.
    ///
    /// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    #[must_use]
    pub fn retry_after(&self, wall: Duration) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        let date = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(date.saturating_sub(wall))
    }
}

/// Checks a request header against [RFC 9110, section 5] and against the names that the Fetch
/// standard reserves for the browser, which would be dropped without a word.
///
/// [RFC 9110, section 5]: https://www.rfc-editor.org/rfc/rfc9110#section-5
pub(crate) fn check_request_header(name: &str, value: &str) -> Result<(), Error> {
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
    if name.eq_ignore_ascii_case("accept") {
        return refuse(
            "an event stream is all that can be read: the source sends `text/event-stream`",
        );
    }
    Ok(())
}

/// The URL with a parameter in its query; one of the same name is replaced, the rest is untouched.
pub(crate) fn with_query_parameter(url: &str, name: &str, value: &str) -> String {
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
pub(crate) fn with_query(url: &str, more: &str) -> String {
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
pub(crate) fn form_urlencoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
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
            ("Accept", "*/*"),
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
