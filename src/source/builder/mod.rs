//! The options of a source, checked when it is built.

mod check;

use core::fmt::Display;
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use serde::Serialize;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials};

use super::event_source::EventSource;
use super::template::{Share, Template};
use crate::channels::Mux;
use crate::subscribe::Overflow;
use crate::subscribe::buffer::DEFAULT_CAPACITY;
use crate::subscribe::intake::BufferDefaults;
use crate::web::tabs::join;
use crate::web::{
    AttemptRequest, Body, Continue, Continued, HeadersProvider, HeadersRequest, Prepare, Request,
    Scope,
};
use everstream_core::Error;
use everstream_core::connection::{
    Config, Continuation, Follows, OnEnd, RetryPolicy, Transport, Until, UntilEvent,
};
use everstream_core::http::{check_request_header, is_safe_method};
use everstream_core::mux::{EverstreamProtocol, Protocol};
use everstream_core::parse::Event;

/// The query parameter for the position, unless another is named.
const LAST_EVENT_ID: &str = "lastEventId";

/// The query parameter for the position.
#[derive(Clone, Debug)]
enum Parameter {
    /// [`LAST_EVENT_ID`], which a server may or may not read.
    Usual,
    /// The server reads it.
    Named(String),
    Off,
}

/// Builds an [`EventSource`]; see [`EventSource::builder`].
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
    referrer_policy: Option<ReferrerPolicy>,
    last_event_id_param: Parameter,
    /// Left out: as long as the request may be repeated, the default one.
    open_timeout: Option<Duration>,
    idempotent: bool,
    on_end: Option<OnEnd>,
    prepare: Option<Prepare>,
    proceed: Option<Continue>,
    buffer: BufferDefaults,
    /// With whom the connection is shared.
    share: Option<Share>,
    /// The first mistake that was made; `build` reports it.
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
            referrer_policy: None,
            last_event_id_param: Parameter::Usual,
            open_timeout: None,
            idempotent: false,
            on_end: None,
            prepare: None,
            proceed: None,
            buffer: BufferDefaults {
                capacity: DEFAULT_CAPACITY,
                overflow: Overflow::default(),
            },
            share: None,
            mistake: None,
        }
    }

    /// Which transport to use. Default: [`Transport::Auto`].
    pub fn transport(mut self, transport: Transport) -> Self {
        self.config.transport = transport;
        self
    }

    /// The request's method. Default: `GET`. Any other is sent by fetch.
    ///
    /// A request by a method that is not safe ([RFC 9110, section 9.2.1]), such as `POST`, `PUT`, `PATCH` and
    /// `DELETE`, is sent once, whatever breaks, unless it is [`idempotent`](Self::idempotent); only where the
    /// server answers 401 or 403 and there is a [provider of headers](Self::headers_with), it is sent again
    /// with new ones. When the server ends its answer, the source closes without an error. Say how an answer
    /// that broke off is continued by [`resume_by_get`](Self::resume_by_get) or
    /// [`resume_with`](Self::resume_with), and where it is complete by [`until`](Self::until): `WebKit` reports
    /// a connection that was cut as a clean end.
    ///
    /// [RFC 9110, section 9.2.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Says that the request may be repeated, though its method is not safe: the server sees to it that it is
    /// processed once, as by an idempotency key. Default: off.
    ///
    /// Then a failure is followed by the same request, and so is a clean end of the answer unless
    /// [`on_end`](Self::on_end) says otherwise.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// What follows when the server ends the stream cleanly. Default: [`OnEnd::Reconnect`] for safe methods,
    /// idempotent requests and those that are continued, [`OnEnd::Close`] for others.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{EventSource, OnEnd};
    ///
    /// // The streams of `job` end when the server is done, without an error.
    /// let job = EventSource::builder("/jobs/7").on_end(OnEnd::Close).build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`build`](Self::build) refuses [`OnEnd::Reconnect`] for a request that is sent only once.
    pub fn on_end(mut self, on_end: OnEnd) -> Self {
        self.on_end = Some(on_end);
        self
    }

    /// Ends the stream at the event whose data is this text, such as `[DONE]`: it is not delivered, and the
    /// source closes without an error, also where the server keeps the connection open. Default: none.
    pub fn until(mut self, data: impl Into<String>) -> Self {
        self.config.until = Some(Until::Text(data.into()));
        self
    }

    /// Ends the stream at the event of which the function says so.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{EventSource, UntilEvent};
    ///
    /// let answer = EventSource::builder("/ask")
    ///     .method("POST")
    ///     .until_event(|event| match event.event_type {
    ///         "response.completed" => UntilEvent::EndAfter,
    ///         "done" => UntilEvent::EndBefore,
    ///         _ => UntilEvent::GoOn,
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn until_event(mut self, judge: impl Fn(&Event<'_>) -> UntilEvent + 'static) -> Self {
        self.config.until = Some(Until::Event(Rc::new(judge)));
        self
    }

    /// Delivers the event in the middle of which the server ends the stream, though no blank line has closed
    /// it: some gateways cut the last one. Default: off, as the standard has it; [`EventSource::end`] and
    /// [`Error::Ended`] tell of it.
    pub fn deliver_unfinished(mut self, deliver: bool) -> Self {
        self.config.deliver_unfinished = deliver;
        self
    }

    /// Continues an answer that broke off, or that the server closed at will, by `GET` to the same URL with the
    /// header `Last-Event-ID`, as MCP's Streamable HTTP has it. Default: off.
    ///
    /// The request itself is sent once. With a [`last_event_id`](Self::last_event_id) from before a reload it
    /// is not sent at all: the source begins by continuing. The answer is complete at
    /// [`until`](Self::until), at status 204, or when a continuation ends cleanly without having brought
    /// anything.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{EventSource, UntilEvent};
    ///
    /// let call = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call" });
    /// let answer = EventSource::builder("/mcp")
    ///     .method("POST")
    ///     .header("accept", "application/json, text/event-stream")
    ///     .json(&call)
    ///     .resume_by_get()
    ///     .until_event(|event| match event.data.contains("\"id\":1") {
    ///         true => UntilEvent::EndAfter,
    ///         false => UntilEvent::GoOn,
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume_by_get(mut self) -> Self {
        self.config.continuation = Continuation::Get;
        self.proceed = None;
        self
    }

    /// Continues an answer that broke off by the request that the function makes, as where a job has a URL of
    /// its own. It is asked before each attempt once there is an answer or a last event ID; `None` means that
    /// nothing continues it, and what ended the attempt before stands. Otherwise as
    /// [`resume_by_get`](Self::resume_by_get).
    ///
    /// ```no_run
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{Continued, EventSource};
    ///
    /// let answer = EventSource::builder("/v1/responses")
    ///     .method("POST")
    ///     .json(&serde_json::json!({ "stream": true, "background": true }))
    ///     .resume_with(|continued: Continued| async move {
    ///         let response = continued.response?;
    ///         let id = response.header("x-response-id")?;
    ///         let mut request = continued.request;
    ///         request.url = format!("/v1/responses/{id}?stream=true");
    ///         Some(request.query("starting_after", &continued.last_event_id))
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume_with<C, F>(mut self, proceed: C) -> Self
    where
        C: Fn(Continued) -> F + 'static,
        F: Future<Output = Option<AttemptRequest>> + 'static,
    {
        self.config.continuation = Continuation::Ask;
        self.proceed = Some(Rc::new(move |continued| {
            let request = proceed(continued);
            Box::pin(async move { Ok(request.await) })
        }));
        self
    }

    /// Changes the request of each attempt before it is sent: its URL, query, headers and body. Sent by fetch.
    ///
    /// [`headers_with`](Self::headers_with) is the short form for headers alone; what it says, the function
    /// finds in the request. An error of the function counts as a failure of the attempt, and nothing is
    /// sent.
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
        self.prepare = Some(Rc::new(move |request| {
            let request = prepare(request);
            Box::pin(async move { request.await.map_err(|error| error.to_string()) })
        }));
        self
    }

    /// Whether the server resends what came behind a position. Default: yes. A server that has IDs and keeps
    /// no log does not: then each reconnect is an [`Error::Gap`].
    pub fn replays(mut self, replays: bool) -> Self {
        self.config.replays = replays;
        self
    }

    /// Says that the server's IDs are whole numbers, each one more than the one before: where one is left out,
    /// there is an [`Error::Gap`]. So a server that keeps no log can't lose events without a word. Default:
    /// nothing is known of IDs.
    pub fn follows_integers(mut self) -> Self {
        self.config.follows = Some(Follows::Integers);
        self
    }

    /// Says by a function whether an ID is the one right behind another; see
    /// [`follows_integers`](Self::follows_integers). It is asked where an event has another ID than the one
    /// before.
    pub fn follows(mut self, follows: impl Fn(&str, &str) -> bool + 'static) -> Self {
        self.config.follows = Some(Follows::By(Rc::new(follows)));
        self
    }

    /// A request header, the same at each attempt. Sent by fetch.
    ///
    /// `Accept` is sent as given; default: `text/event-stream`. An answer with status 200 and another type that
    /// it names is delivered as one `message` event, whose data is the body.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if let Err(mistake) = check_request_header(&name, &value) {
            self.mistake.get_or_insert(mistake);
        }
        self.headers.push((name, value));
        self
    }

    /// Request headers that are asked for before each attempt, such as a token that expires. Sent
    /// by fetch, over a header of the same name set with [`header`](Self::header).
    ///
    /// After a 401 or 403 the provider is asked once more, with
    /// [`unauthorized`](HeadersRequest::unauthorized) set; if that is answered with 401 or 403
    /// too, the source closes. An error of the provider counts as a failure of the attempt. The
    /// open timeout covers the provider.
    ///
    /// ```no_run
    /// # async fn token(fresh: bool) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn main() -> Result<(), everstream::Error> {
    /// use everstream::{EventSource, HeadersRequest};
    ///
    /// let source = EventSource::builder("/logs")
    ///     .headers_with(|request: HeadersRequest| async move {
    ///         let token = token(request.unauthorized).await?;
    ///         Ok::<_, std::io::Error>([("authorization", format!("Bearer {token}"))])
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers_with<P, F, H, N, V, E>(mut self, provider: P) -> Self
    where
        P: Fn(HeadersRequest) -> F + 'static,
        F: Future<Output = Result<H, E>> + 'static,
        H: IntoIterator<Item = (N, V)>,
        N: Into<String>,
        V: Into<String>,
        E: Display,
    {
        self.provider = Some(Rc::new(move |request| {
            let headers = provider(request);
            Box::pin(async move {
                let headers = headers.await.map_err(|error| error.to_string())?;
                Ok(headers
                    .into_iter()
                    .map(|(name, value)| (name.into(), value.into()))
                    .collect())
            })
        }));
        self
    }

    /// The request's body as text. Sent by fetch; `GET` has none.
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.body = Some(Body::Text(text.into()));
        self
    }

    /// The request's body as bytes. Sent by fetch; `GET` has none.
    pub fn body_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(Body::Bytes(bytes.into()));
        self
    }

    /// The request's body as JSON, with its content type.
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

    /// Whether cookies and HTTP authentication are sent. Default: to the same origin only.
    /// `Include` is the standard's `withCredentials`.
    pub fn credentials(mut self, credentials: RequestCredentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The cache mode of fetch. Default: `no-store`, as the standard has it for event streams.
    pub fn cache(mut self, cache: RequestCache) -> Self {
        self.cache = cache;
        self
    }

    /// The referrer policy of the request. Default: the page's. Sent by fetch.
    pub fn referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        self.referrer_policy = Some(policy);
        self
    }

    /// When to reconnect.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = policy;
        self
    }

    /// Takes the connection for dead after this much silence. Default: never.
    ///
    /// Choose at least twice the interval of the server's keep-alive. Most servers send comments to
    /// keep a connection alive; the native `EventSource` does not show them, so that
    /// [`Transport::Auto`] uses fetch, where any byte counts. With [`Transport::Native`] only
    /// events count.
    pub fn heartbeat_timeout(mut self, limit: Duration) -> Self {
        self.config.heartbeat = Some(limit);
        self
    }

    /// How long an attempt may take to open. Default: 30 s, and without end for a request that is sent only
    /// once: a slow answer is better than none.
    ///
    /// Some servers send their headers only with the first event, and Firefox reports the answer
    /// only then: the timeout must be longer than that takes. After each attempt in a row that
    /// runs into it, it is doubled, three times at most.
    pub fn open_timeout(mut self, limit: Duration) -> Self {
        self.open_timeout = Some(limit);
        self
    }

    /// Closes the connection while the page is hidden, and resumes when it is shown. Default: off.
    pub fn pause_when_hidden(mut self, pause: bool) -> Self {
        self.config.pause_when_hidden = pause;
        self
    }

    /// The position to begin from, as one that [`EventSource::last_event_id`] gave before the page
    /// was reloaded.
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.config.last_event_id = id.into();
        self
    }

    /// The query parameter for the position, where the `Last-Event-ID` header can't be sent: by a
    /// native `EventSource` that is rebuilt, and where a preflight for it is refused. Default:
    /// `lastEventId`. `None` turns it off.
    ///
    /// Name it where the server reads it. Otherwise a position that went this way counts only once the answer
    /// confirms it, and until then there is an [`Error::Gap`].
    pub fn last_event_id_param(mut self, name: Option<&str>) -> Self {
        self.last_event_id_param = match name {
            Some(name) => Parameter::Named(name.to_owned()),
            None => Parameter::Off,
        };
        self
    }

    /// The largest event that is accepted, in bytes. Default: 16 MiB. A larger one is skipped with
    /// [`Error::EventTooLarge`]. Native has no such limit.
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.config.max_event_size = bytes;
        self
    }

    /// The buffer of each subscriber, in events, and what happens when it is full. Default: 1024,
    /// [`Overflow::DropOldest`].
    pub fn buffer(mut self, capacity: usize, overflow: Overflow) -> Self {
        self.buffer = BufferDefaults { capacity, overflow };
        self
    }

    /// Shares the connection with the other tabs, windows, frames and workers of the origin: one of them
    /// holds it, and hands everything on to the others. Default: each has its own.
    ///
    /// Sources share if they have the same URL, the same [`credentials`](Self::credentials) mode and the same
    /// `scope`. Everything else should be the same for all that share: the connection is made with the options
    /// of the tab that leads, its headers among them. **Where headers or cookies tell who the user is, let
    /// `scope` name the user**, or who logs in after another gets, as long as an old tab is open, what the
    /// other would. Where everyone gets the same, it may be empty.
    ///
    /// If the leading tab is closed, crashes, goes to sleep or hangs for some seconds, another takes over
    /// and resumes from the position that the tabs have reached: each gets each event once, in order, or an
    /// [`Error::Gap`]. Each tab keeps the last 1024 events for the others, or about 1 MiB; one that misses
    /// more gets an [`Error::Gap`]. A tab that comes later gets what comes from then on. If it has a
    /// [`last_event_id`](Self::last_event_id), it begins behind that event if another tab still keeps it, and
    /// with an [`Error::Gap`] otherwise.
    ///
    /// States and errors are those of the shared connection. It is always read by fetch.
    /// [`reconnect`](EventSource::reconnect) has an effect in the tab that leads; comments are not handed
    /// on. Where there is no `BroadcastChannel`, each tab has its own connection, and
    /// [`sharing`](EventSource::sharing) says so.
    ///
    /// A [multiplexer](Self::multiplex) shares likewise: the connection is for the channels of all tabs. The
    /// protocol must be the same too, see [`Protocol::share_key`].
    ///
    /// ```no_run
    /// use everstream::EventSource;
    ///
    /// # fn main() -> Result<(), everstream::Error> {
    /// # let user_id = "42";
    /// let source = EventSource::builder("/notifications")
    ///     .shared(user_id)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn shared(mut self, scope: impl Into<String>) -> Self {
        self.share = Some(Share {
            key: scope.into(),
            join,
        });
        self
    }

    /// Builds the source and begins to connect, after the code that runs now.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidUrl`], [`Error::InvalidHeader`], [`Error::InvalidOption`], and
    /// [`Error::Unsupported`] outside a browser.
    pub fn build(self) -> Result<EventSource, Error> {
        self.template()?.open()
    }

    /// Checks the options and settles what depends on where the code runs.
    pub(crate) fn template(self) -> Result<Template, Error> {
        self.check()?;
        let scope = Scope::current()?;
        let url = scope.resolve(&self.url)?;
        let mut config = self.config;
        config.cross_origin = url.origin() != scope.origin();
        config.query_named = matches!(self.last_event_id_param, Parameter::Named(_));
        let parameter = match self.last_event_id_param {
            Parameter::Usual => Some(LAST_EVENT_ID.to_owned()),
            Parameter::Named(name) => Some(name),
            Parameter::Off => None,
        };
        config.resume_by_query = parameter.is_some();
        config.refreshable = self.provider.is_some() || self.prepare.is_some();
        config.repeatable = self.idempotent || is_safe_method(&self.method);
        let goes_on = config.repeatable || config.continuation != Continuation::None;
        config.on_end = self.on_end.unwrap_or(if goes_on {
            OnEnd::Reconnect
        } else {
            OnEnd::Close
        });
        config.open_timeout = match self.open_timeout {
            None if !config.repeatable => None,
            None => config.open_timeout,
            given => given,
        };
        config.needs_fetch = self.method != "GET"
            || !self.headers.is_empty()
            || self.provider.is_some()
            || self.prepare.is_some()
            || config.continuation != Continuation::None
            || self.body.is_some()
            || self.credentials == RequestCredentials::Omit
            || self.cache != RequestCache::NoStore
            || self.referrer_policy.is_some()
            || self.buffer.overflow == Overflow::Backpressure;
        config.validate()?;
        config.needs_fetch |= self.share.is_some();
        let native_only = config.transport == Transport::Native;
        if native_only && !scope.has_event_source() {
            return Err(Error::Unsupported {
                what: "the native EventSource",
                remedy: "use Transport::Auto or Transport::Fetch",
            });
        }
        if native_only && config.heartbeat.is_some() {
            check::warn_of_hidden_comments();
        }
        if config.heartbeat.is_some() || !scope.has_event_source() {
            config.needs_fetch |= !native_only;
        }
        let share = self.share.map(|share| {
            let credentials = self.credentials;
            // A URL has no spaces.
            let key = format!("{credentials:?} {} {}", url.href(), share.key);
            Share { key, ..share }
        });
        let request = Request {
            scope,
            url: url.href(),
            method: self.method,
            headers: self.headers,
            provider: self.provider,
            body: self.body,
            credentials: self.credentials,
            cache: self.cache,
            referrer_policy: self.referrer_policy,
            last_event_id_param: parameter,
            prepare: self.prepare,
            proceed: self.proceed,
        };
        Ok(Template {
            request,
            config,
            buffer: self.buffer,
            native_only,
            share,
        })
    }

    /// Builds a multiplexer that speaks the protocol of `everstream-server`; see
    /// [`Mux`](crate::Mux). All options hold for its connection, but for the method and the body, which
    /// are the protocol's.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn multiplex(self) -> Result<Mux, Error> {
        self.multiplex_with(EverstreamProtocol::new())
    }

    /// Builds a multiplexer that speaks another protocol.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), and [`Error::InvalidOption`] if it is to be [`shared`](Self::shared)
    /// and the protocol does not say [who may share](Protocol::share_key).
    pub fn multiplex_with<P: Protocol + Clone + 'static>(self, protocol: P) -> Result<Mux, Error> {
        if self.method != "GET" || self.body.is_some() {
            let reason = "a multiplexer's requests are made by its protocol";
            return Err(Error::invalid_option("method", reason));
        }
        self.check_multiplexing()?;
        let needs_fetch = protocol.needs_fetch();
        if needs_fetch && self.config.transport == Transport::Native {
            let reason =
                "the multiplexer's protocol needs fetch; use Transport::Auto or Transport::Fetch";
            return Err(Error::invalid_option("transport", reason));
        }
        let mut template = self.template()?;
        if let Some(share) = &mut template.share {
            let Some(protocol) = protocol.share_key() else {
                let reason =
                    "the protocol does not say which tabs may share; see `Protocol::share_key`";
                return Err(Error::invalid_option("shared", reason));
            };
            // Escaped, so that it ends where it seems to.
            share.key = format!("{protocol:?} {}", share.key);
        }
        template.config.needs_fetch |= needs_fetch;
        template.config.resumes = protocol.resumes();
        // It is the protocol that says which parameter a server reads.
        template.config.query_named = true;
        if let Some(parameter) = &mut template.request.last_event_id_param
            && parameter == LAST_EVENT_ID
            && let Some(name) = protocol.last_event_id_param()
        {
            name.clone_into(parameter);
        }
        Mux::open(template, protocol)
    }
}

impl core::fmt::Debug for EventSourceBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Headers and body may hold secrets.
        f.debug_struct("EventSourceBuilder")
            .field("url", &self.url)
            .field("method", &self.method)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
