//! Requests: one `GET` with its redirects, none of which takes the user's headers to another origin.

use std::error::Error;
use std::time::Duration;

use everstream_core::http;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Response, Url};

use crate::Failure;

/// The number of redirects that browsers follow.
const MAX_REDIRECTS: usize = 20;

/// How long a connection may take to open, apart from the answer.
const CONNECT: Duration = Duration::from_secs(10);

/// The encodings that a request accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encodings {
    /// The encodings of browsers. A compressed body can't be read.
    Browsers,
    /// None, so that bytes arrive as the server wrote them.
    None,
}

/// Sends requests with the user's headers.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    headers: HeaderMap,
}

impl Client {
    pub(crate) fn new(headers: HeaderMap) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            // The redirects are part of what is to be seen.
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            // Each attempt makes its own connection, as it would after a loss.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("everstream/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::Start(reason(error)))?;
        Ok(Self { http, headers })
    }

    /// Opens a URL and follows its redirects, each of which is reported. Returns the reason if there is no
    /// answer; it doesn't contain the URL.
    pub(crate) async fn open(
        &self,
        url: &Url,
        last_event_id: Option<&str>,
        encodings: Encodings,
        mut redirected: impl FnMut(u16, &Url),
    ) -> Result<Response, String> {
        let mut url = url.clone();
        let origin = url.origin();
        for _ in 0..=MAX_REDIRECTS {
            let mut headers = headers(last_event_id, encodings);
            if url.origin() == origin {
                // The user's own headers win.
                for name in self.headers.keys() {
                    headers.remove(name);
                }
                let own = self.headers.iter();
                headers.extend(own.map(|(name, value)| (name.clone(), value.clone())));
            }
            let request = self.http.get(url.clone()).headers(headers);
            let response = request.send().await.map_err(reason)?;
            let Some(next) = next(&response) else {
                return Ok(response);
            };
            url = next?;
            redirected(response.status().as_u16(), &url);
        }
        Err("there are too many redirects".to_owned())
    }
}

fn headers(last_event_id: Option<&str>, encodings: Encodings) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let accepted = match encodings {
        Encodings::Browsers => "gzip, deflate, br, zstd",
        Encodings::None => "identity",
    };
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
    let id = last_event_id.and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok());
    if let Some(id) = id {
        headers.insert("last-event-id", id);
    }
    headers
}

/// Returns where an answer redirects to, if it does.
fn next(response: &Response) -> Option<Result<Url, String>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = response.headers().get(LOCATION)?;
    let to = String::from_utf8_lossy(to.as_bytes());
    let next = response.url().join(&to).ok();
    let next = next.filter(|next| matches!(next.scheme(), "http" | "https"));
    Some(next.ok_or_else(|| "it redirects to what is no URL of HTTP".to_owned()))
}

/// Returns the head of an answer as the core judges it, with each byte of a header as one character.
pub(crate) fn head(response: &Response) -> http::Response {
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value)));
    http::Response::new(
        response.status().as_u16(),
        headers.collect(),
        response.url().to_string(),
    )
}

/// Returns the reason of a failure: the innermost one, since the outer ones contain the URL.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
