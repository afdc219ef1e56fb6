//! The parts of a URL that are judged or changed.

use crate::text::cut;

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

/// Whether a reference, resolved against this absolute URL, is of the same origin. In doubt it is not: a port that
/// is the scheme's default has to be left out in both, and what parsers read in a way of their own, such as a
/// backslash or a blank, is of no origin.
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
    // A colon before anything else ends a scheme.
    if !up_to_path(reference).contains(&b':') {
        return true;
    }
    let (its_scheme, its_authority) = origin(reference);
    its_scheme.eq_ignore_ascii_case(scheme)
        && its_authority.eq_ignore_ascii_case(authority)
        && !authority.is_empty()
}

/// The scheme and the authority of an absolute URL.
fn origin(url: &[u8]) -> (&[u8], &[u8]) {
    let colon = url.iter().position(|byte| *byte == b':');
    let (scheme, rest) = url.split_at(colon.unwrap_or(url.len()));
    match rest {
        [b':', b'/', b'/', rest @ ..] => (scheme, up_to_path(rest)),
        _ => (scheme, &[]),
    }
}

/// What comes before the path, the query or the fragment.
fn up_to_path(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    &bytes[..end.unwrap_or(bytes.len())]
}
