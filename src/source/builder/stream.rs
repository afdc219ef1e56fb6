//! How a source's stream goes on, ends, and is handed to its subscribers.

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
    /// it: some gateways cut the last one. Default: off, as the standard has it;
    /// [`EventSource::end`](crate::EventSource::end) and [`Error::Ended`](crate::Error::Ended) tell of it.
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
        self.proceed = Some(continue_by(proceed));
        self
    }

    /// Whether the server resends what came behind a position. Default: yes. A server that has IDs and keeps
    /// no log does not: then each reconnect is an [`Error::Gap`](crate::Error::Gap).
    pub fn replays(mut self, replays: bool) -> Self {
        self.config.replays = replays;
        self
    }

    /// Says that the server's IDs are whole numbers, each one more than the one before: where one is left out,
    /// there is an [`Error::Gap`](crate::Error::Gap). So a server that keeps no log can't lose events without
    /// a word. Default: nothing is known of IDs.
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

    /// When to reconnect.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = policy;
        self
    }

    /// Takes the connection for dead after this much silence. Default: never.
    ///
    /// Choose at least twice the interval of the server's keep-alive. Most servers send comments to
    /// keep a connection alive; the native `EventSource` does not show them, so that
    /// [`Transport::Auto`](crate::Transport::Auto) uses fetch, where any byte counts. With
    /// [`Transport::Native`](crate::Transport::Native) only events count.
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

    /// The position to begin from, as one that
    /// [`EventSource::last_event_id`](crate::EventSource::last_event_id) gave before the page was reloaded.
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.config.last_event_id = id.into();
        self
    }

    /// The query parameter for the position, where the `Last-Event-ID` header can't be sent: by a
    /// native `EventSource` that is rebuilt, and where a preflight for it is refused. Default:
    /// `lastEventId`. `None` turns it off.
    ///
    /// Name it where the server reads it. Otherwise a position that went this way counts only once the answer
    /// confirms it, and until then there is an [`Error::Gap`](crate::Error::Gap).
    pub fn last_event_id_param(mut self, name: Option<&str>) -> Self {
        self.last_event_id_param = match name {
            Some(name) => Parameter::Named(name.to_owned()),
            None => Parameter::Off,
        };
        self
    }

    /// The largest event that is accepted, in bytes. Default: 16 MiB. A larger one is skipped with
    /// [`Error::EventTooLarge`](crate::Error::EventTooLarge). Native has no such limit.
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
    /// [`Error::Gap`](crate::Error::Gap). Each tab keeps the last 1024 events for the others, or about 1 MiB;
    /// one that misses more gets an [`Error::Gap`](crate::Error::Gap). A tab that comes later gets what comes
    /// from then on. If it has a [`last_event_id`](Self::last_event_id), it begins behind that event if
    /// another tab still keeps it, and with an [`Error::Gap`](crate::Error::Gap) otherwise.
    ///
    /// States and errors are those of the shared connection. It is always read by fetch.
    /// [`reconnect`](crate::EventSource::reconnect) has an effect in the tab that leads; comments are not handed
    /// on. Where there is no `BroadcastChannel`, each tab has its own connection, and
    /// [`sharing`](crate::EventSource::sharing) says so.
    ///
    /// A [multiplexer](Self::multiplex) shares likewise: the connection is for the channels of all tabs. The
    /// protocol must be the same too, see [`Protocol::share_key`](crate::mux::Protocol::share_key).
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
