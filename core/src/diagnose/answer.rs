//! Rules about the answer: its status, redirects and headers.

use super::{Compression, Connection, Facts, Finding, masked};
use crate::http::Response;

/// The number of redirects after which browsers give up.
const MAX_REDIRECTS: usize = 20;

/// Parts of a path that a page for signing in has.
const LOGIN: [&str; 8] = [
    "login",
    "signin",
    "sign-in",
    "sign_in",
    "sso",
    "oauth",
    "authorize",
    "logon",
];

/// Returns why the answer is no event stream, if it is none.
pub(super) fn refusal(connection: &Connection) -> Option<Finding> {
    let Some(response) = &connection.response else {
        return Some(unanswered(connection));
    };
    let is_redirected = !connection.redirects.is_empty();
    let is_page = is_html(response);
    if is_redirected && (is_page || (response.status != 200 && is_login(&response.url))) {
        let url = masked(&response.url);
        return Some(Finding::LoginPage { url });
    }
    if response.status != 200 {
        let status = response.status;
        return Some(Finding::Status { status });
    }
    if is_page {
        return Some(Finding::Html);
    }
    if !response.is_event_stream() {
        let content_type = response.header("content-type").map(str::to_owned);
        return Some(Finding::ContentType { content_type });
    }
    None
}

fn unanswered(connection: &Connection) -> Finding {
    let count = connection.redirects.len();
    if count >= MAX_REDIRECTS {
        return Finding::RedirectLoop { count };
    }
    match &connection.failure {
        Some(reason) => Finding::Unreachable {
            reason: reason.clone(),
        },
        None => Finding::NoAnswer {
            after: connection.watched,
        },
    }
}

fn is_html(response: &Response) -> bool {
    let content_type = response.header("content-type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"]
        .iter()
        .any(|html| essence.eq_ignore_ascii_case(html))
}

fn is_login(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.to_ascii_lowercase();
    LOGIN.iter().any(|part| path.contains(part))
}

/// Judges the headers of an event stream.
pub(super) fn judge_headers(facts: &Facts, first: &Connection, findings: &mut Vec<Finding>) {
    if let Some(compressed) = &facts.compressed {
        let encoding = match compressed {
            Compression::Named(encoding) => Some(encoding.clone()),
            Compression::Withheld => None,
        };
        findings.push(Finding::Compressed { encoding });
    }
    let Some(response) = &first.response else {
        return;
    };
    if let Some(length) = response.header("content-length") {
        let length = length.to_owned();
        findings.push(Finding::ContentLength { length });
    }
    if let Some(charset) = response.header("content-type").and_then(charset)
        && !charset.eq_ignore_ascii_case("utf-8")
        && !charset.eq_ignore_ascii_case("utf8")
    {
        let charset = charset.to_owned();
        findings.push(Finding::Charset { charset });
    }
}

/// Returns the charset that a content type names.
fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    })
}
