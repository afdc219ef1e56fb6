//! The request of a source, from which each attempt's request is made.

use core::fmt;
use std::rc::Rc;

use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};

use super::draft::{AttemptRequest, Continue, HeadersProvider, Prepare};
use super::given::Given;
use super::scope::{Scope, resolve_from};
use everstream_core::Error;
use everstream_core::connection::{Attempt, Resume};
use everstream_core::http::{Response, with_query_parameter};
use everstream_core::mux;

/// The argument of a provider of request headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeadersRequest {
    /// The number of this attempt, counted from 1 for each source.
    pub attempt: u32,
    /// Whether the server answered the last attempt with 401 or 403. A cached token should then not be used
    /// again.
    pub unauthorized: bool,
}

/// Returns whether a response is read as an event stream.
pub(crate) type Accepts = Rc<dyn Fn(&Response) -> bool>;

pub(crate) type Pairs = Vec<(String, String)>;

/// A request's body.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

/// The request of a source, as it stays the same from attempt to attempt.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) scope: Scope,
    /// The absolute URL.
    pub(crate) url: String,
    pub(crate) method: String,
    /// Whether the caller allows repeating the request although it has side effects.
    pub(crate) idempotent: bool,
    pub(crate) headers: Pairs,
    pub(crate) provider: Option<HeadersProvider>,
    pub(crate) body: Option<Body>,
    pub(crate) credentials: RequestCredentials,
    pub(crate) cache: RequestCache,
    pub(crate) redirect: Option<RequestRedirect>,
    pub(crate) referrer_policy: Option<ReferrerPolicy>,
    pub(crate) last_event_id_param: Option<String>,
    /// Changes the request of each attempt.
    pub(crate) prepare: Option<Prepare>,
    /// Makes the request that continues a response.
    pub(crate) proceed: Option<Continue>,
    /// Decides whether a response whose head is not that of an event stream is read as one.
    pub(crate) accepts: Option<Accepts>,
    /// The first response, if the caller has it already.
    pub(crate) given: Option<Given>,
}

impl Request {
    /// Calls the provider of headers, if there is one, and appends its headers.
    pub(super) async fn provide_headers(
        &mut self,
        attempt: u32,
        unauthorized: bool,
    ) -> Result<(), Error> {
        if let Some(provider) = &self.provider {
            let asked = HeadersRequest {
                attempt,
                unauthorized,
            };
            self.headers.extend(provider(asked).await?);
        }
        Ok(())
    }

    /// Returns the request with a multiplexer's changes. The headers from `provided` on are the provider's
    /// and override the plan's.
    pub(super) fn planned(&self, provided: usize, plan: mux::Request) -> Self {
        let mut request = self.clone();
        request.url = self.resolve(&plan.url);
        plan.method.clone_into(&mut request.method);
        request.headers.splice(provided..provided, plan.headers);
        request.body = plan.body.map(Body::Text);
        request
    }

    /// Returns the request, or an error if its URL can never be opened.
    pub(super) fn checked(self) -> Result<Self, Error> {
        resolve_from(&self.url, &self.url)?;
        Ok(self)
    }

    /// Returns the request that continues a response by default: a `GET` request, without a body and the
    /// headers that describe one.
    pub(crate) fn continued(&self) -> Self {
        let mut request = self.clone();
        "GET".clone_into(&mut request.method);
        request.body = None;
        request.headers.retain(|(name, _)| !is_of_body(name));
        request
    }

    /// Returns the request in the form that the caller's code may change.
    pub(crate) fn draft(&self, attempt: &Attempt, position: &str) -> AttemptRequest {
        let method = self.method.clone();
        let mut draft = AttemptRequest::new(attempt.number, self.url.clone(), method);
        draft.unauthorized = attempt.unauthorized;
        position.clone_into(&mut draft.last_event_id);
        draft.headers.clone_from(&self.headers);
        draft.body.clone_from(&self.body);
        draft
    }

    /// Returns the request with the changes of the caller's code.
    pub(crate) fn drafted(&self, draft: AttemptRequest) -> Result<Self, Error> {
        draft.check()?;
        let mut request = self.clone();
        if draft.url != self.url {
            request.url = resolve_from(&draft.url, &self.url)?.href();
        }
        request.method = draft.method;
        request.headers = draft.headers;
        request.body = draft.body;
        Ok(request)
    }

    /// Returns the accepted content types.
    pub(crate) fn accept(&self) -> &str {
        self.header("accept").unwrap_or("text/event-stream")
    }

    /// Returns the value of a header; the last one wins.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().rev();
        headers
            .find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    /// Resolves a URL against that of the source.
    pub(crate) fn resolve(&self, url: &str) -> String {
        web_sys::Url::new_with_base(url, &self.url)
            .map_or_else(|_| url.to_owned(), |url| url.href())
    }

    /// Returns the URL of an attempt, with the last event ID in the query if it goes there.
    pub(crate) fn url_for(&self, attempt: &Attempt) -> String {
        match (&attempt.resume, &self.last_event_id_param) {
            (Resume::Query(id), Some(name)) => with_query_parameter(&self.url, name, id),
            _ => self.url.clone(),
        }
    }

    pub(crate) fn includes_credentials(&self) -> bool {
        self.credentials == RequestCredentials::Include
    }
}

/// Whether a header describes the body.
fn is_of_body(name: &str) -> bool {
    ["content-type", "content-encoding", "content-language"]
        .iter()
        .any(|of_body| name.eq_ignore_ascii_case(of_body))
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body may hold secrets, so they stay out of the output.
        f.debug_struct("Request")
            .field("url", &self.url)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
