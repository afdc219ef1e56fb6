//! A multiplexer between a scripted user and a scripted server, for the tests of the protocols.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::HashMap;
use std::rc::Rc;

use super::{
    Answer, Config, ControlId, Handled, Multiplexer, Opening, Output, Protocol, Request, Start,
    StreamId, Subscribers,
};
use crate::connection::{Instant, RetryPolicy};
use crate::error::Error;
use crate::gap::GapCause;
use crate::http::Response;
use crate::parse::Event;

/// The reports to a channel's subscriber, in order. Each is `type: data`, `gap`, `live`, `not live`, `end` or
/// `error …`.
type Log = Rc<RefCell<Vec<String>>>;

#[derive(Clone, Debug, Default)]
pub(super) struct Subscriber(Log);

impl Subscriber {
    fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }
}

impl Subscribers for Subscriber {
    fn in_force(&self, yes: bool) {
        self.note(if yes { "live" } else { "not live" });
    }

    fn gap(&self, _: GapCause) {
        self.note("gap");
    }

    fn end(&self, error: Option<Error>) {
        match error {
            // The server's message is in the excerpt.
            Some(Error::Response(unexpected)) => {
                self.note(format!("error {unexpected}: {}", unexpected.excerpt));
            }
            Some(error) => self.note(format!("error {error}")),
            None => self.note("end"),
        }
    }
}

/// Acts as the edge, and records the requests that the server receives.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) mux: Multiplexer<Subscriber>,
    now: Instant,
    users: HashMap<String, Subscriber>,
    /// The stream that was opened last.
    stream: Option<StreamId>,
    pub(super) closed: usize,
    /// The requests under way.
    requests: Vec<(ControlId, Request)>,
    pub(super) errors: Vec<Error>,
}

/// The URL of the server.
pub(super) const URL: &str = "https://example.com/stream";

impl Peer {
    pub(super) fn new(protocol: impl Protocol + Clone + 'static) -> Self {
        let config = Config {
            url: URL.to_owned(),
            retry: RetryPolicy::default(),
            last_event_id: String::new(),
        };
        Self {
            mux: Multiplexer::new(config, protocol, 1),
            now: Instant::default(),
            users: HashMap::new(),
            stream: None,
            closed: 0,
            requests: Vec::new(),
            errors: Vec::new(),
        }
    }

    // The user

    /// Subscribes to channels, then flushes once.
    pub(super) fn subscribe(&mut self, names: &[&str]) {
        for name in names {
            let user = Subscriber::default();
            self.users.insert((*name).to_owned(), user.clone());
            self.mux
                .subscribe(name, Start::Now, || user)
                .expect("a name that the protocol allows");
        }
        self.mux.flush(self.now);
        self.run();
    }

    pub(super) fn unsubscribe(&mut self, name: &str) {
        self.mux.unsubscribe(name);
        self.mux.flush(self.now);
        self.run();
    }

    /// Returns and clears the reports to the subscriber of a channel.
    pub(super) fn told(&self, name: &str) -> Vec<String> {
        self.users[name].0.take()
    }

    // The server

    fn id(&self) -> StreamId {
        self.stream.expect("a stream")
    }

    /// Begins the stream's next attempt. Returns the request that has to be answered before it opens.
    pub(super) fn attempt(&mut self) -> Option<Request> {
        let id = self.id();
        self.mux.begin_attempt(id)
    }

    pub(super) fn prepared(&mut self, status: u16, body: &str) -> Result<(), Error> {
        let id = self.id();
        self.mux.handle_prepared(id, &answer(status, body))
    }

    /// Returns the request that opens the stream.
    pub(super) fn opening(&mut self) -> Opening {
        let id = self.id();
        self.mux.opening(id).expect("what to open")
    }

    /// Opens the stream.
    pub(super) fn open(&mut self) {
        let id = self.id();
        self.mux.handle_open(self.now, id);
        self.run();
    }

    /// Passes in the stream's answer, before it opens.
    pub(super) fn respond(&mut self, position: &str, response: &Response) {
        let id = self.id();
        self.mux.handle_response(id, position, response);
        self.run();
    }

    /// Loses the stream.
    pub(super) fn lose(&mut self) {
        let id = self.id();
        self.mux.handle_lost(id);
        self.run();
    }

    /// Delivers an event of the stream.
    pub(super) fn send(&mut self, event_type: &str, data: &str, last_event_id: &str) {
        let event = Event {
            event_type,
            data,
            last_event_id,
        };
        let id = self.id();
        let take = |subscriber: &Subscriber, _: &str| Some(subscriber.clone());
        if let Handled::For {
            takers,
            event_type,
            data,
        } = self.mux.handle_event(id, &event, take)
        {
            takers.note(format!("{event_type}: {data}"));
        }
        if self.mux.needs_attention() {
            self.mux.flush(self.now);
        }
        self.run();
    }

    /// Returns the requests under way, in the order in which they were sent.
    pub(super) fn requests(&self) -> Vec<Request> {
        let requests = self.requests.iter();
        requests.map(|(_, request)| request.clone()).collect()
    }

    /// Answers the oldest request under way.
    pub(super) fn answer(&mut self, status: u16, body: &str) {
        let (id, _) = self.requests.remove(0);
        self.mux.handle_answer(self.now, id, &answer(status, body));
        self.run();
    }

    /// Answers all requests under way.
    pub(super) fn answer_all(&mut self, status: u16) {
        for _ in 0..self.requests.len() {
            self.answer(status, "");
        }
    }

    /// Advances the time.
    pub(super) fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
        self.mux.handle_timeout(self.now);
        self.run();
    }

    fn run(&mut self) {
        while let Some(output) = self.mux.poll_output() {
            match output {
                Output::Open(id, _) => self.stream = Some(id),
                Output::Close(_) => self.closed += 1,
                Output::Control { id, request, .. } => self.requests.push((id, request)),
                Output::Error(error) => self.errors.push(error),
                Output::Heartbeat(..)
                | Output::Abort(_)
                | Output::Listen(_)
                | Output::Closed(_) => {}
            }
        }
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: Some(status),
        body: body.to_owned(),
    }
}
