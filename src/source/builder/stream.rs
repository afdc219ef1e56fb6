//! Options for how a source's stream continues, ends, and reaches its subscribers.

use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use super::{EventSourceBuilder, Parameter};
use crate::source::template::Share;
use crate::subscribe::Overflow;
use crate::subscribe::intake::BufferDefaults;
use crate::web::{AttemptRequest, Continued, continue_by};
use everstream_core::connection::{Continuation, Follows, OnEnd, RetryPolicy, Until, UntilEvent};
use everstream_core::parse::Event;

impl EventSourceBuilder {
    /// Declares that the request may be repeated although its method is not safe. The server must then
    /// process it only once, for example by an idempotency key. Default: off.
    ///
    /// A failure is then followed by the same request, and so is a clean end of the response unless
    /// [`on_end`](Self::on_end) says otherwise.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Sets what follows when the server ends the stream cleanly. Default: [`OnEnd::Reconnect`] for safe
    /// methods, idempotent requests and requests that are continued; [`OnEnd::Close`] for others.
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
    /// [`OnEnd::Close`] requires fetch: the native `EventSource` doesn't show how a stream ended.
    ///
    /// # Errors
    ///
    /// [`build`](Self::build) refuses [`OnEnd::Reconnect`] for a request that is sent only once, and
    /// [`OnEnd::Close`] with [`Transport::Native`](crate::Transport::Native).
    pub fn on_end(mut self, on_end: OnEnd) -> Self {
        self.on_end = Some(on_end);
        self
    }

    /// Ends the stream at the event whose data equals this text, such as `[DONE]`. That event is not
    /// delivered, and the source closes without an error, even if the server keeps the connection open.
    /// Where the server ends the stream, the text counts without a blank line after it, too. Default: none.
    pub fn until(mut self, data: impl Into<String>) -> Self {
        self.config.until = Some(Until::Text(data.into()));
        self
    }

    /// Ends the stream at the event that the function chooses.
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

    /// Delivers an event that the end of the stream cut off before its closing blank line: some gateways
    /// strip that line. Default: off, as in the standard. [`EventSource::end`](crate::EventSource::end) and
    /// [`Error::Ended`](crate::Error::Ended) report such an event. Requires fetch.
    pub fn deliver_unfinished(mut self, deliver: bool) -> Self {
        self.config.deliver_unfinished = deliver;
        self
    }

    /// Continues a response that broke off, or that the server closed at will, by a `GET` request to the same
    /// URL. The request has the header `Last-Event-ID`, as in MCP's Streamable HTTP. Default: off.
    ///
    /// The original request is sent once. With a [`last_event_id`](Self::last_event_id) from before a reload
    /// it is not sent at all: the source begins with the continuation. The response is complete at
    /// [`until`](Self::until), at status 204, or when a continuation ends cleanly without having delivered
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

    /// Continues a response that broke off by the request that the function returns, such as where a job has
    /// a URL of its own. The function is called before each attempt once there is a response or a last event
    /// ID. `None` means that nothing continues the response, and the end or failure of the previous attempt
    /// stands. Otherwise like [`resume_by_get`](Self::resume_by_get).
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
        self.proceed = Some(continue_by(proceed));
        self
    }

    /// Sets whether the server resends the events after the last event ID. Default: `true`. With `false`, for
    /// a server that sends IDs but keeps no log, each reconnect is an [`Error::Gap`](crate::Error::Gap).
    pub fn replays(mut self, replays: bool) -> Self {
        self.config.replays = replays;
        self
    }

    /// Declares that the server's IDs are whole numbers, each one more than the previous. A skipped number is
    /// reported as an [`Error::Gap`](crate::Error::Gap), so that a server without a log can't lose events
    /// silently. Default: no order of IDs is assumed.
    pub fn follows_integers(mut self) -> Self {
        self.config.follows = Some(Follows::Integers);
        self
    }

    /// Sets a function that returns whether the second ID directly follows the first; see
    /// [`follows_integers`](Self::follows_integers). It is called when an event's ID differs from the
    /// previous event's.
    pub fn follows(mut self, follows: impl Fn(&str, &str) -> bool + 'static) -> Self {
        self.config.follows = Some(Follows::By(Rc::new(follows)));
        self
    }

    /// Sets when to reconnect.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = policy;
        self
    }

    /// Considers the connection dead after this much silence. Default: never.
    ///
    /// Choose at least twice the interval of the server's keep-alive. Most servers send comments to keep a
    /// connection alive, and the native `EventSource` does not expose them.
    /// [`Transport::Auto`](crate::Transport::Auto) therefore uses fetch, where any byte counts. With
    /// [`Transport::Native`](crate::Transport::Native) only events count.
    pub fn heartbeat_timeout(mut self, limit: Duration) -> Self {
        self.config.heartbeat = Some(limit);
        self
    }

    /// Sets how long an attempt may take to open. Default: 30 s; unlimited for a request that is sent only
    /// once, since a slow response is better than none.
    ///
    /// Some servers send their headers only with the first event, and Firefox reports the response only then:
    /// the timeout must be longer than that takes. The timeout doubles after each consecutive attempt that
    /// exceeds it, three times at most.
    pub fn open_timeout(mut self, limit: Duration) -> Self {
        self.open_timeout = Some(limit);
        self
    }

    /// Closes the connection while the page is hidden, and resumes when it becomes visible. Default: off.
    pub fn pause_when_hidden(mut self, pause: bool) -> Self {
        self.config.pause_when_hidden = pause;
        self
    }

    /// Sets the last event ID to resume from, such as one that
    /// [`EventSource::last_event_id`](crate::EventSource::last_event_id) returned before a reload.
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.config.last_event_id = id.into();
        self
    }

    /// Sets the query parameter for the last event ID. It is used where the `Last-Event-ID` header can't be
    /// sent: by a rebuilt native `EventSource`, and where a preflight for the header is refused. Default:
    /// `lastEventId`. `None` turns it off.
    ///
    /// Name the parameter if the server reads it. Otherwise a last event ID sent in the query counts only
    /// once the response confirms it, and until then an [`Error::Gap`](crate::Error::Gap) is reported.
    pub fn last_event_id_param(mut self, name: Option<&str>) -> Self {
        self.last_event_id_param = match name {
            Some(name) => Parameter::Named(name.to_owned()),
            None => Parameter::Off,
        };
        self
    }

    /// Sets the size limit of an event, in bytes. Default: 16 MiB. A larger event is skipped with
    /// [`Error::EventTooLarge`](crate::Error::EventTooLarge). Any limit but the default requires fetch, since the
    /// native `EventSource` has none.
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.config.max_event_size = bytes;
        self
    }

    /// Sets the size of each subscriber's buffer, in events, and what happens when it is full. Default: 1024,
    /// [`Overflow::DropOldest`].
    pub fn buffer(mut self, capacity: usize, overflow: Overflow) -> Self {
        self.buffer = BufferDefaults { capacity, overflow };
        self
    }

    /// Shares the connection with the other tabs, windows, frames and workers of the origin. The leader, one
    /// of them, holds the connection and relays everything to the others. Default: off, each has its own.
    ///
    /// Sources share a connection when their URL, [`credentials`](Self::credentials) mode and `scope` are
    /// equal. The leading tab's options are used for the connection, headers included, so all other options
    /// should be equal too. **Where headers or cookies identify the user, `scope` must name the user.**
    /// Otherwise a user who logs in after another receives the other's events for as long as an old tab stays
    /// open. `scope` may be empty where all users receive the same events.
    ///
    /// If the leading tab is closed, crashes, goes to sleep or hangs for some seconds, another tab takes
    /// over. It resumes from the last event ID that the tabs have reached. Each tab receives each event once,
    /// in order, or an [`Error::Gap`](crate::Error::Gap). Each tab keeps the last 1024 events for the others,
    /// or about 1 MiB; a tab that misses more receives an [`Error::Gap`](crate::Error::Gap).
    ///
    /// A tab that joins later receives events published after it joined. If it has a
    /// [`last_event_id`](Self::last_event_id), it resumes after that event if another tab still keeps it, and
    /// starts with an [`Error::Gap`](crate::Error::Gap) otherwise.
    ///
    /// States and errors are those of the shared connection, which always uses fetch.
    /// [`reconnect`](crate::EventSource::reconnect) has an effect only in the leading tab. Comments are not
    /// relayed. Without `BroadcastChannel`, each tab has its own connection, and
    /// [`sharing`](crate::EventSource::sharing) says so.
    ///
    /// A [multiplexer](Self::multiplex) shares in the same way: one connection carries the channels of all
    /// tabs. The protocols must also be equal, see [`Protocol::share_key`](crate::mux::Protocol::share_key).
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
        self.share = Some(Share::new(scope.into()));
        self
    }
}
