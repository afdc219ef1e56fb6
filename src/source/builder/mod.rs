//! [`EventSourceBuilder`], the options of a source, checked when it is built.

mod build;
mod check;
mod stream;

use core::fmt::Display;
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use serde::Serialize;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};

use super::template::Share;
use crate::subscribe::Overflow;
use crate::subscribe::buffer::DEFAULT_CAPACITY;
use crate::subscribe::intake::BufferDefaults;
use crate::web::{
    Accepts, AttemptRequest, Body, Continue, Given, HeadersProvider, HeadersRequest, IntoHeaders,
    Prepare, give, headers_by, prepare_by,
};
use everstream_core::Error;
use everstream_core::connection::{Config, OnEnd, Transport};
use everstream_core::http::{Response, check_request_header};

/// The default query parameter for the last event ID.
const LAST_EVENT_ID: &str = "lastEventId";

/// How the last event ID goes into the query.
#[derive(Clone, Debug)]
enum Parameter {
    /// [`LAST_EVENT_ID`](crate::LAST_EVENT_ID), which the server may or may not read.
    Usual,
    /// A parameter that the caller has named, so that the server reads it.
    Named(String),
    Off,
}

/// Builds an [`EventSource`](crate::EventSource); see [`EventSource::builder`](crate::EventSource::builder).
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct EventSourceBuilder {
    url: String,
    config: Config,
    method: String,
    headers: Vec<(String, String)>,
    provider: Option<HeadersProvider>,
    body: Option<Body>,
    credentials: RequestCredentials,
    cache: RequestCache,
    redirect: Option<RequestRedirect>,
    referrer_policy: Option<ReferrerPolicy>,
    last_event_id_param: Parameter,
    /// `None` selects the default, or no timeout for a request that may not be repeated.
    open_timeout: Option<Duration>,
    idempotent: bool,
    on_end: Option<OnEnd>,
    prepare: Option<Prepare>,
    proceed: Option<Continue>,
    accepts: Option<Accepts>,
    given: Option<Given>,
    buffer: BufferDefaults,
    /// How the connection is shared. `None` if it isn't.
    share: Option<Share>,
    /// The first mistake in the options; `build` reports it.
    mistake: Option<Error>,
}

impl EventSourceBuilder {
    pub(super) fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            config: Config::default(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            provider: None,
            body: None,
            credentials: RequestCredentials::SameOrigin,
            cache: RequestCache::NoStore,
            redirect: None,
            referrer_policy: None,
            last_event_id_param: Parameter::Usual,
            open_timeout: None,
            idempotent: false,
            on_end: None,
            prepare: None,
            proceed: None,
            accepts: None,
            given: None,
            buffer: BufferDefaults {
                capacity: DEFAULT_CAPACITY,
                overflow: Overflow::default(),
            },
            share: None,
            mistake: None,
        }
    }

    /// Sets the transport. Default: [`Transport::Auto`].
    pub fn transport(mut self, transport: Transport) -> Self {
        self.config.transport = transport;
        self
    }

    /// Sets the request's method. Default: `GET`. Any other method requires fetch.
    ///
    /// A request with a method that is not safe ([RFC 9110, section 9.2.1]) is sent once, whatever fails,
    /// unless it is [`idempotent`](Self::idempotent). `POST`, `PUT`, `PATCH` and `DELETE` are such methods.
    /// The one exception is a 401 or 403 when a [provider of headers](Self::headers_with) is set: the request
    /// is sent again with new headers. When the server ends the response to such a request, the source closes
    /// without an error.
    ///
    /// Describe how an interrupted response continues by [`resume_by_get`](Self::resume_by_get) or
    /// [`resume_with`](Self::resume_with). Describe where it is complete by [`until`](Self::until): `WebKit`
    /// reports an interrupted connection as a clean end.
    ///
    /// [RFC 9110, section 9.2.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Changes the request of each attempt before it is sent: its URL, query, headers and body. Requires
    /// fetch.
    ///
    /// [`headers_with`](Self::headers_with) is the short form for headers alone; the request passed to the
    /// function already contains its headers. An error of the function counts as a failure of the attempt,
    /// and nothing is sent.
    ///
    /// If the function sets a method with side effects, such as `POST`, that request is sent once, as
    /// [`method`](Self::method) describes.
    ///
    /// ```no_run
    /// # async fn ticket() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{AttemptRequest, EventSource};
    ///
    /// let source = EventSource::builder("/logs")
    ///     .request_with(|request: AttemptRequest| async move {
    ///         Ok::<_, std::io::Error>(request.query("ticket", &ticket().await?))
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_with<P, F, E>(mut self, prepare: P) -> Self
    where
        P: Fn(AttemptRequest) -> F + 'static,
        F: Future<Output = Result<AttemptRequest, E>> + 'static,
        E: Display,
    {
        self.prepare = Some(prepare_by(prepare));
        self
    }

    /// Adds a request header, the same for each attempt. Requires fetch.
    ///
    /// `Accept` is sent as given; default: `text/event-stream`. A response with status 200 and another
    /// content type that `Accept` names is delivered as one `message` event, whose data is the body.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if let Err(mistake) = check_request_header(&name, &value) {
            self.mistake.get_or_insert(mistake);
        }
        self.headers.push((name, value));
        self
    }

    /// Adds several request headers; see [`header`](Self::header).
    pub fn headers<N, V>(mut self, headers: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        for (name, value) in headers {
            self = self.header(name, value);
        }
        self
    }

    /// Sets a provider that is called for request headers before each attempt, such as for a token that
    /// expires. Its headers override those of the same name set with [`header`](Self::header). Requires
    /// fetch.
    ///
    /// The provider returns pairs of names and values, a `Result` of them, or a future of either.
    ///
    /// After a 401 or 403 the provider is called once more, with
    /// [`unauthorized`](HeadersRequest::unauthorized) set. If the server answers 401 or 403 again, the source
    /// closes. An error of the provider counts as a failure of the attempt. The open timeout covers the
    /// provider.
    ///
    /// ```no_run
    /// # async fn token(fresh: bool) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{EventSource, HeadersRequest};
    ///
    /// let source = EventSource::builder("/logs")
    ///     .headers_with(|request: HeadersRequest| async move {
    ///         let token = token(request.unauthorized).await;
    ///         token.map(|token| [("authorization", format!("Bearer {token}"))])
    ///     })
    ///     .build()?;
    ///
    /// // Where nothing can fail and nothing is waited for:
    /// let source = EventSource::builder("/logs").headers_with(|_| [("x-tab", "7")]).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers_with<P, H, Kind>(mut self, provider: P) -> Self
    where
        P: Fn(HeadersRequest) -> H + 'static,
        H: IntoHeaders<Kind>,
    {
        self.provider = Some(headers_by(provider));
        self
    }

    /// Accepts a response as an event stream although its status or content type differs from what the
    /// standard requires, if the function returns `true`. Default: none. The function is not called for a
    /// response that is accepted anyway, nor for status 204. Requires fetch.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::EventSource;
    ///
    /// let logs = EventSource::builder("/logs")
    ///     .accept_when(|response| {
    ///         response.status == 200 && response.header("content-type") == Some("text/plain")
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept_when(mut self, accepts: impl Fn(&Response) -> bool + 'static) -> Self {
        self.accepts = Some(Rc::new(accepts));
        self
    }

    /// Reads the events of a response that you already have, instead of sending a request. Such responses
    /// come from a service worker, from a cache, or from a `fetch` of your own. Dropping the source cancels
    /// the response.
    ///
    /// The response is read once. When it ends, the source closes, without an error if it ended cleanly.
    /// [`resume_by_get`](Self::resume_by_get) and [`resume_with`](Self::resume_with) continue it by requests
    /// to the builder's URL, and [`idempotent`](Self::idempotent) makes the source reconnect there. The
    /// response's status and content type are checked as for any other: see
    /// [`accept_when`](Self::accept_when).
    ///
    /// In a test of your own code, such a response stands in for a server:
    ///
    /// ```no_run
    /// use everstream::EventSource;
    ///
    /// # async fn run() -> Result<(), wasm_bindgen::JsValue> {
    /// # let init = web_sys::ResponseInit::new();
    /// // With the header `content-type: text/event-stream` in `init`.
    /// let answer = web_sys::Response::new_with_opt_str_and_init(Some("data: 7\n\n"), &init)?;
    /// let source = EventSource::builder("/prices").response(answer).build();
    /// let mut prices = source.map_err(|error| error.to_string())?.on::<u8>("message");
    /// assert_eq!(prices.next().await, Some(Ok(7)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`build`](Self::build) refuses a response whose body has been read or is being read. A response can be
    /// neither shared nor multiplexed.
    pub fn response(mut self, response: web_sys::Response) -> Self {
        self.given = give(response);
        if self.given.is_none() {
            let reason =
                "its body has been read, or is being read; hand in a `clone` that was made before";
            let mistake = Error::invalid_option("response", reason);
            self.mistake.get_or_insert(mistake);
        }
        self
    }

    /// Sets the request's body to text. Requires fetch and a method other than `GET`.
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.body = Some(Body::Text(text.into()));
        self
    }

    /// Sets the request's body to bytes. Requires fetch and a method other than `GET`.
    pub fn body_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(Body::Bytes(bytes.into()));
        self
    }

    /// Sets the request's body to JSON, and its content type.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => self.header("content-type", "application/json").body(text),
            Err(error) => {
                let mistake = Error::invalid_option("json", error.to_string());
                self.mistake.get_or_insert(mistake);
                self
            }
        }
    }

    /// Sets whether cookies and HTTP authentication are sent. Default: to the same origin only. `Include` is
    /// the standard's `withCredentials`.
    pub fn credentials(mut self, credentials: RequestCredentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sets the cache mode of fetch. Default: `no-store`, as the standard requires for event streams.
    pub fn cache(mut self, cache: RequestCache) -> Self {
        self.cache = cache;
        self
    }

    /// Sets how redirects are handled. Default: `follow`, where the browser forwards the request's headers,
    /// except for `Authorization` to another origin. `error` makes a redirect a failure of the attempt, so
    /// that nothing is sent elsewhere. Sent by fetch.
    pub fn redirect(mut self, redirect: RequestRedirect) -> Self {
        self.redirect = Some(redirect);
        self
    }

    /// Sets the request's referrer policy. Default: the page's. Requires fetch.
    pub fn referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        self.referrer_policy = Some(policy);
        self
    }
}

impl core::fmt::Debug for EventSourceBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Headers and body may hold secrets, so they stay out of the output.
        f.debug_struct("EventSourceBuilder")
            .field("url", &self.url)
            .field("method", &self.method)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
