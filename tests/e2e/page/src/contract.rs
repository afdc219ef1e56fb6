//! The crate's side of the contract: runs one source with options in JSON and records its journal. The npm
//! page (`contract.html`) uses the same words.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use everstream::{
    EndReason, Error, EventSource, MessageEvent, OnEnd, RequestRedirect, RetryPolicy, State,
    Transport,
};
use futures_util::future::join;
use futures_util::stream::{StreamExt as _, select_all};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The options of a case, under the names that the npm package gives them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    method: Option<String>,
    body: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    idempotent: bool,
    end: Option<String>,
    resume: Option<String>,
    until: Option<String>,
    follows: Option<String>,
    replays: Option<bool>,
    #[serde(default)]
    deliver_unfinished: bool,
    last_event_id: Option<String>,
    max_event_size: Option<usize>,
    heartbeat_timeout: Option<u64>,
    open_timeout: Option<u64>,
    max_attempts: Option<u32>,
    redirect: Option<String>,
    /// The method that the hook for each attempt sets.
    hook_method: Option<String>,
    /// The number of items after which the source is closed.
    items: Option<usize>,
}

impl Options {
    fn open(&self, url: &str) -> Result<EventSource, Error> {
        let wait = Duration::from_millis(1);
        let mut policy = RetryPolicy::default()
            .initial_delay(wait)
            .max_delay(wait)
            .jitter(false);
        if let Some(attempts) = self.max_attempts {
            policy = policy.max_attempts(attempts);
        }
        let mut builder = EventSource::builder(url)
            .transport(Transport::Fetch)
            .retry(policy)
            .idempotent(self.idempotent)
            .deliver_unfinished(self.deliver_unfinished);
        if let Some(method) = &self.method {
            builder = builder.method(method);
        }
        if let Some(body) = &self.body {
            builder = builder.body(body);
        }
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        match self.end.as_deref() {
            Some("close") => builder = builder.on_end(OnEnd::Close),
            Some(_) => builder = builder.on_end(OnEnd::Reconnect),
            None => {}
        }
        if self.resume.is_some() {
            builder = builder.resume_by_get();
        }
        if let Some(mark) = &self.until {
            builder = builder.until(mark);
        }
        if self.follows.is_some() {
            builder = builder.follows_integers();
        }
        if let Some(replays) = self.replays {
            builder = builder.replays(replays);
        }
        if let Some(id) = &self.last_event_id {
            builder = builder.last_event_id(id);
        }
        if let Some(bytes) = self.max_event_size {
            builder = builder.max_event_size(bytes);
        }
        if let Some(limit) = self.heartbeat_timeout {
            builder = builder.heartbeat_timeout(Duration::from_millis(limit));
        }
        if let Some(method) = self.hook_method.clone() {
            builder = builder.request_with(move |mut request| {
                request.method.clone_from(&method);
                async { Ok::<_, Error>(request) }
            });
        }
        if self.redirect.is_some() {
            builder = builder.redirect(RequestRedirect::Error);
        }
        if let Some(limit) = self.open_timeout {
            builder = builder.open_timeout(Duration::from_millis(limit));
        }
        builder.build()
    }
}

/// The outcome of a case.
#[derive(Debug, Default, Serialize)]
struct Journal {
    /// Events, gaps, and events that were skipped.
    items: Vec<String>,
    /// The reason for each wait, and how the source ended.
    states: Vec<String>,
}

fn code(error: &Error) -> String {
    match error {
        Error::Disconnected { .. } => "disconnected".into(),
        Error::Ended { .. } => "ended".into(),
        Error::Response(unexpected) => format!("response {}", unexpected.response.status),
        Error::OpenTimeout { .. } => "open-timeout".into(),
        Error::HeartbeatTimeout { .. } => "heartbeat-timeout".into(),
        Error::EventTooLarge(_) => "event-too-large".into(),
        Error::Headers { .. } => "headers".into(),
        other => format!("{other:?}"),
    }
}

fn item(item: &Result<MessageEvent, Error>) -> Option<String> {
    match item {
        Ok(event) => Some(format!(
            "{}|{}|{}",
            event.event_type, event.data, event.last_event_id
        )),
        Err(Error::Gap { .. }) => Some("gap".into()),
        Err(error @ Error::EventTooLarge(_)) => Some(code(error)),
        // The state reports the end.
        Err(_) => None,
    }
}

/// Runs a case to its end. Returns the journal as JSON.
///
/// # Errors
///
/// Returns the builder's error when it refuses the options.
#[wasm_bindgen(js_name = runContract)]
pub async fn run_contract(url: String, options: String) -> Result<String, JsError> {
    let options: Options = serde_json::from_str(&options)?;
    let source = options.open(&url)?;
    let journal = RefCell::new(Journal::default());
    let mut events = source.raw()?;
    let mut states = source.states();
    let wanted = options.items;
    let closed = Rc::new(Cell::new(false));
    let ends = Rc::clone(&closed);
    let reading = async {
        while let Some(next) = events.next().await {
            let mut journal = journal.borrow_mut();
            if closed.get() {
                break;
            }
            journal.items.extend(item(&next));
            if wanted.is_some_and(|wanted| journal.items.len() >= wanted) {
                closed.set(true);
                source.close();
            }
        }
    };
    let watching = async {
        while let Some(state) = states.next().await {
            let word = match &state {
                State::Waiting { error, .. } => format!("waiting {}", code(error)),
                State::Closed { error: Some(error) } => format!("closed {}", code(error)),
                State::Closed { error: None } => match source.end().map(|end| end.reason) {
                    _ if ends.get() => "closed".into(),
                    Some(EndReason::Body) => "end body".into(),
                    Some(EndReason::NoContent) => "end no-content".into(),
                    Some(EndReason::Until) => "end until".into(),
                    Some(_) | None => "closed".into(),
                },
                _ => continue,
            };
            journal.borrow_mut().states.push(word);
        }
    };
    join(reading, watching).await;
    Ok(serde_json::to_string(&journal.into_inner())?)
}

/// A case of two multiplexers that share a connection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SharedCase {
    /// The first multiplexer's channels.
    held: Vec<String>,
    /// How many items these have received before the second multiplexer opens its channel.
    seen: usize,
    /// The event after which the second multiplexer's channel begins.
    after: String,
    /// The number of items after which the connection is made anew.
    reconnect_at: Option<usize>,
    /// The number of items after which the multiplexers are closed.
    items: usize,
}

/// Runs a case of two multiplexers that share a connection. Returns the items of the second one's channel as JSON.
///
/// # Errors
///
/// Returns the error of an option or channel that is refused.
#[wasm_bindgen(js_name = runSharedContract)]
pub async fn run_shared_contract(url: String, given: String) -> Result<String, JsError> {
    let case: SharedCase = serde_json::from_str(&given)?;
    let wait = Duration::from_millis(1);
    let retry = RetryPolicy::default().initial_delay(wait).max_delay(wait);
    let open = || {
        let builder = EventSource::builder(&url).retry(retry.clone());
        builder.shared("crate").multiplex()
    };
    let (first, second) = (open()?, open()?);
    let held = case.held.iter().map(|name| first.channel(name)?.raw());
    let held: Vec<_> = held.collect::<Result<_, _>>()?;
    let mut held = select_all(held);
    for _ in 0..case.seen {
        held.next().await;
    }
    let mut events = second.channel_after("a", &case.after)?.raw()?;
    let mut items = Vec::new();
    while items.len() < case.items {
        if case.reconnect_at == Some(items.len()) {
            first.reconnect();
            second.reconnect();
        }
        let Some(next) = events.next().await else {
            break;
        };
        items.extend(item(&next));
    }
    first.close();
    second.close();
    Ok(serde_json::to_string(&items)?)
}
