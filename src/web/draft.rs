//! The request of one attempt, in the form that a caller's own code may change.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;

use super::request::{Body, HeadersRequest, Pairs, Request};
use everstream_core::Error;
use everstream_core::connection::Attempt;
use everstream_core::http::{Response, check_request_header, with_query_parameter};

/// The request of one attempt before it is sent; see
/// [`EventSourceBuilder::request_with`](crate::EventSourceBuilder::request_with).
#[derive(Clone)]
#[non_exhaustive]
pub struct AttemptRequest {
    /// The number of this attempt, counted from 1 for each source.
    pub attempt: u32,
    /// Whether the server answered the last attempt with 401 or 403. A cached token should then not be used
    /// again.
    pub unauthorized: bool,
    /// The last event ID that the attempt resumes from; empty if there is none. The library sends it.
    pub last_event_id: String,
    /// The URL: absolute, or relative to the URL of the source.
    pub url: String,
    /// The method.
    pub method: String,
    pub(super) headers: Pairs,
    pub(super) body: Option<Body>,
}

impl AttemptRequest {
    pub(super) const fn new(attempt: u32, url: String, method: String) -> Self {
        Self {
            attempt,
            unauthorized: false,
            last_event_id: String::new(),
            url,
            method,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Sets a header, and replaces one of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
        self.headers.push((name, value.into()));
        self
    }

    /// Sets a parameter of the URL's query, and replaces one of the same name.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url = with_query_parameter(&self.url, name, value);
        self
    }

    /// Sets the body to text.
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.body = Some(Body::Text(text.into()));
        self
    }

    /// Sets the body to JSON, with its content type.
    ///
    /// # Errors
    ///
    /// Returns serde's error if the value can't be represented in JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_string(value)?;
        Ok(self.header("content-type", "application/json").body(text))
    }

    /// Refuses what the browser would refuse at each attempt.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, value) in &self.headers {
            check_request_header(name, value)?;
        }
        let has_no_body = matches!(self.method.to_ascii_uppercase().as_str(), "GET" | "HEAD");
        if has_no_body && self.body.is_some() {
            let reason = "a GET or HEAD request has no body; set another method";
            return Err(Error::invalid_option("request_with", reason));
        }
        everstream_core::http::check_method(&self.method)
    }
}

impl fmt::Debug for AttemptRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body may hold secrets, so they stay out of the output.
        f.debug_struct("AttemptRequest")
            .field("attempt", &self.attempt)
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// The state from which a response is continued; see
/// [`EventSourceBuilder::resume_with`](crate::EventSourceBuilder::resume_with).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Continued {
    /// The last event ID received, or the one to resume from; empty if there is none.
    pub last_event_id: String,
    /// The response to continue; `None` if the source began from a last event ID given by the caller.
    pub response: Option<Arc<Response>>,
    /// The continuing request, to be changed and returned. By default a `GET` request to the URL of the
    /// source, with its headers and without a body.
    pub request: AttemptRequest,
}

/// The reason why a request is not sent.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// The caller's code failed.
    Unprepared(Error),
    /// The request can't be sent, now or later.
    Futile(Error),
    /// The caller does not continue the response.
    NoContinuation,
}

type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Provides the headers of an attempt.
pub(crate) type HeadersProvider = Rc<dyn Fn(HeadersRequest) -> LocalFuture<Result<Pairs, Error>>>;

/// Changes the request of each attempt.
pub(crate) type Prepare = Rc<dyn Fn(Request, &Attempt) -> LocalFuture<Result<Request, Unsent>>>;

/// Makes the request that continues a response.
pub(crate) type Continue =
    Rc<dyn Fn(Request, &Attempt, Option<Arc<Response>>) -> LocalFuture<Result<Request, Unsent>>>;

pub(super) fn failed(error: &dyn fmt::Display) -> Error {
    Error::Headers {
        message: error.to_string(),
    }
}

pub(super) fn checked(headers: Pairs) -> Result<Pairs, Error> {
    for (name, value) in &headers {
        check_request_header(name, value)?;
    }
    Ok(headers)
}

/// Wraps a caller's function that changes the request of each attempt.
pub(crate) fn prepare_by<P, F, E>(prepare: P) -> Prepare
where
    P: Fn(AttemptRequest) -> F + 'static,
    F: Future<Output = Result<AttemptRequest, E>> + 'static,
    E: fmt::Display,
{
    Rc::new(move |request, attempt| {
        let drafted = prepare(request.draft(attempt, attempt.resume.position()));
        Box::pin(async move {
            match drafted.await {
                Ok(draft) => request.drafted(draft).map_err(Unsent::Futile),
                Err(error) => Err(Unsent::Unprepared(failed(&error))),
            }
        })
    })
}

/// Wraps a caller's function that makes the continuing request.
pub(crate) fn continue_by<C, F>(proceed: C) -> Continue
where
    C: Fn(Continued) -> F + 'static,
    F: Future<Output = Option<AttemptRequest>> + 'static,
{
    Rc::new(move |request, attempt, response| {
        let drafted = proceed(Continued {
            last_event_id: attempt.position.clone(),
            response,
            request: request.draft(attempt, &attempt.position),
        });
        Box::pin(async move {
            match drafted.await {
                Some(draft) => request.drafted(draft).map_err(Unsent::Futile),
                None => Err(Unsent::NoContinuation),
            }
        })
    })
}
