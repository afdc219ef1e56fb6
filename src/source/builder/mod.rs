//! The options of a source, checked when it is built.

mod check;

use core::fmt::Display;
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use serde::Serialize;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials};

use super::event_source::EventSource;
use super::sharing;
use super::template::{Share, Template};
use crate::browser::Scope;
use crate::channels::Mux;
use crate::connection::{Config, RetryPolicy, Transport};
use crate::error::Error;
use crate::http::check_request_header;
use crate::mux::{EverstreamProtocol, Protocol};
use crate::subscribe::Overflow;
use crate::subscribe::buffer::DEFAULT_CAPACITY;
use crate::subscribe::intake::BufferDefaults;
use crate::transport::{Body, HeadersProvider, HeadersRequest, Request};

/// The query parameter for the position, unless another is named.
const LAST_EVENT_ID: &str = "lastEventId";

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
    last_event_id_param: Option<String>,
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
            last_event_id_param: Some(LAST_EVENT_ID.to_owned()),
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
    /// A request by `POST` or `PATCH` is not idempotent ([RFC 9110, section 9.2.2]): it is repeated
    /// only to resume from a position, or where the server says that it did not process it. When
    /// its stream ends, the source is closed without an error. Let the server mark the end of an
    /// answer, as by `data: [DONE]`: `WebKit` reports a connection that was cut as a clean end.
    ///
    /// [RFC 9110, section 9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// A request header, the same at each attempt. Sent by fetch.
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

    /// How long an attempt may take to open. Default: 10 s.
    ///
    /// Some servers send their headers only with the first event, and Firefox reports the answer
    /// only then: the timeout must be longer than that takes. After each attempt in a row that
    /// runs into it, it is doubled, three times at most.
    pub fn open_timeout(mut self, limit: Duration) -> Self {
        self.config.open_timeout = limit;
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
    pub fn last_event_id_param(mut self, name: Option<&str>) -> Self {
        self.last_event_id_param = name.map(str::to_owned);
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
            open: sharing::open,
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
        config.resume_by_query = self.last_event_id_param.is_some();
        config.refreshable = self.provider.is_some();
        config.idempotent = !matches!(self.method.as_str(), "POST" | "PATCH");
        config.needs_fetch = self.method != "GET"
            || !self.headers.is_empty()
            || self.provider.is_some()
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
        let share = self.share.map(|Share { key: user, open }| {
            let credentials = self.credentials;
            // A URL has no spaces.
            let key = format!("{credentials:?} {} {user}", url.href());
            Share { key, open }
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
            last_event_id_param: self.last_event_id_param,
            plan: None,
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
    /// Those of [`build`](Self::build).
    pub fn multiplex_with<P: Protocol + Clone + 'static>(self, protocol: P) -> Result<Mux, Error> {
        if self.method != "GET" || self.body.is_some() {
            let reason = "a multiplexer's requests are made by its protocol";
            return Err(Error::invalid_option("method", reason));
        }
        let needs_fetch = protocol.needs_fetch();
        if needs_fetch && self.config.transport == Transport::Native {
            let reason =
                "the multiplexer's protocol needs fetch; use Transport::Auto or Transport::Fetch";
            return Err(Error::invalid_option("transport", reason));
        }
        if self.share.is_some() {
            let reason = "a multiplexer does not share its connection";
            return Err(Error::invalid_option("shared", reason));
        }
        let mut template = self.template()?;
        template.config.needs_fetch |= needs_fetch;
        template.config.resumes = protocol.resumes();
        if let Some(parameter) = &mut template.request.last_event_id_param
            && parameter == LAST_EVENT_ID
            && let Some(name) = protocol.last_event_id_param()
        {
            name.clone_into(parameter);
        }
        Ok(Mux::open(template, protocol))
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
