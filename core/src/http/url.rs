//! The parts of a URL that the core judges or changes.

use crate::text::cut;

/// Returns why a URL can never be opened. `scheme` includes the colon; `has_credentials` says whether the URL
/// contains a user name or a password.
#[must_use]
pub fn refusal_of_url(scheme: &str, has_credentials: bool) -> Option<String> {
    if !matches!(scheme, "http:" | "https:" | "data:" | "blob:") {
        return Some(format!("`{scheme}` is not fetched; use http or https"));
    }
    has_credentials.then(|| {
        "fetch allows no credentials in a URL; send an `Authorization` header instead".to_owned()
    })
}

/// Returns the URL as errors may show it: without a user name and a password.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    // Byte-wise: a text search would link more code than this whole function.
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

/// Returns the URL with a query parameter. A parameter of the same name is replaced; the rest is unchanged.
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

/// Returns the URL with `more` appended to its query.
#[must_use]
pub fn with_query(url: &str, more: &str) -> String {
    let (rest, fragment) = match cut(url, b'#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (url, None),
    };
    let joint = match cut(rest, b'?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    match fragment {
        Some(fragment) => [rest, joint, more, "#", fragment].concat(),
        None => [rest, joint, more].concat(),
    }
}

/// Encodes pairs as a query, or as a body of type `application/x-www-form-urlencoded`.
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

/// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3.
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

/// Returns whether a reference, resolved against this absolute URL, has the same origin. In doubt the answer
/// is `false`: a scheme's default port must be left out of both. A reference with a backslash or a blank,
/// which URL parsers treat differently, has no origin.
#[must_use]
pub fn stays_at(url: &str, reference: &str) -> bool {
    let reference = reference.as_bytes();
    if reference.iter().any(|byte| *byte <= b' ' || *byte == b'\\') {
        return false;
    }
    let (scheme, authority) = origin(url.as_bytes());
    if let [b'/', b'/', rest @ ..] = reference {
        return up_to_path(rest).eq_ignore_ascii_case(authority);
    }
    // A colon before any slash, `?` or `#` ends a scheme.
    if !up_to_path(reference).contains(&b':') {
        return true;
    }
    let (its_scheme, its_authority) = origin(reference);
    its_scheme.eq_ignore_ascii_case(scheme)
        && its_authority.eq_ignore_ascii_case(authority)
        && !authority.is_empty()
}

/// Returns the scheme and the authority of an absolute URL.
fn origin(url: &[u8]) -> (&[u8], &[u8]) {
    let colon = url.iter().position(|byte| *byte == b':');
    let (scheme, rest) = url.split_at(colon.unwrap_or(url.len()));
    match rest {
        [b':', b'/', b'/', rest @ ..] => (scheme, up_to_path(rest)),
        _ => (scheme, &[]),
    }
}

/// Returns the bytes before the path, the query or the fragment.
fn up_to_path(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    &bytes[..end.unwrap_or(bytes.len())]
}
