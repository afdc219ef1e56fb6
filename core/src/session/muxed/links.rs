//! The connections that a multiplexer wants: how they are opened, prepared and closed.

use super::{Link, Muxed, add};
use crate::connection::{self, Attempt, Connection, Instant, Signal, State};
use crate::gap::GapCause;
use crate::http::{AnswerKind, Response, excerpt};
use crate::mux::{self, Answer, ControlId, StreamId};
use crate::session::queue::Waiting;
use crate::session::{LinkId, Output, SendId};

/// The part of a refusal's body that is kept, in bytes.
const EXCERPT: usize = 64 * 1024;

impl Muxed {
    pub(super) fn at(&self, id: LinkId) -> Option<usize> {
        self.links.iter().position(|link| link.id == id)
    }

    fn open(&mut self, now: Instant, stream: StreamId, position: String) {
        let id = self.next_link();
        self.seed = self.seed.wrapping_add(1);
        let mut config = self.config.clone();
        config.last_event_id = position;
        let mut connection = Connection::new(config, self.seed);
        if self.is_hidden {
            connection.handle_signal(now, Signal::Hidden);
        }
        connection.start(now);
        self.links.push(Link {
            id,
            stream,
            connection,
            prepares: None,
            is_told: false,
            resumed_from: String::new(),
        });
    }

    fn next_link(&mut self) -> LinkId {
        let id = self.next;
        self.next.0 += 1;
        id
    }

    fn close(&mut self, stream: StreamId) {
        let Some(at) = self.links.iter().position(|link| link.stream == stream) else {
            return;
        };
        let mut link = self.links.remove(at);
        link.connection.close();
        while let Some(output) = link.connection.poll_output() {
            if let connection::Output::Disconnect = output
                && let Some(output) = link.drop_output()
            {
                self.outputs.push_back(output);
            }
        }
        add(&mut self.past, link.connection.stats());
        if self.links.is_empty() && !self.machine.is_closed() {
            // An open multiplexer closes its last connection only when nobody asks for a channel any more.
            self.queue.push(Waiting::State(State::Idle));
        }
    }

    fn connect(&mut self, at: usize, mut attempt: Attempt) {
        attempt.resume.set_position(self.machine.last_event_id());
        let link = &mut self.links[at];
        attempt.resume.position().clone_into(&mut link.resumed_from);
        match self.machine.begin_attempt(link.stream) {
            None => {
                link.is_told = true;
                self.outputs.push_back(Output::Connect(link.id, attempt));
            }
            Some(request) => {
                self.outputs.push_back(Output::Send {
                    id: preparation(link.id),
                    request: request.clone(),
                    unauthorized: attempt.unauthorized,
                });
                link.prepares = Some((attempt, request));
            }
        }
    }

    /// Handles the answer to a request that must be answered before a stream can be opened.
    pub(super) fn prepared(&mut self, now: Instant, at: usize, answer: &Answer) {
        let link = &mut self.links[at];
        let Some((attempt, request)) = link.prepares.take() else {
            return;
        };
        let Err(error) = self.machine.handle_prepared(link.stream, answer) else {
            link.is_told = true;
            return self.outputs.push_back(Output::Connect(link.id, attempt));
        };
        let connection = &mut link.connection;
        match answer.status {
            // A refusal counts as the answer to the request for the stream. A conflict (409) doesn't: it is
            // with the previous stream, which the server will lose, too.
            Some(status) if status >= 400 && status != 409 => {
                let response = Response {
                    status,
                    url: request.url,
                    ..Response::default()
                };
                let excerpt = excerpt(&answer.body, EXCERPT);
                connection.handle_answer(now, response, AnswerKind::Unexpected, excerpt, None);
            }
            _ => connection.handle_headers_error(now, error),
        }
    }

    // Outputs

    /// Performs what the multiplexer and its connections ask for, and queues what they report, until none has
    /// more.
    pub(super) fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.machine.poll_output() {
                self.perform(now, output);
            } else if let Some((at, output)) = self.poll_links() {
                self.follow(now, at, output);
            } else if self.machine.needs_attention() {
                self.machine.flush(now);
            } else {
                break;
            }
        }
    }

    fn poll_links(&mut self) -> Option<(usize, connection::Output)> {
        let mut links = self.links.iter_mut().enumerate();
        links.find_map(|(at, link)| Some((at, link.connection.poll_output()?)))
    }

    fn perform(&mut self, now: Instant, output: mux::Output) {
        match output {
            mux::Output::Open(stream, position) => self.open(now, stream, position),
            mux::Output::Close(stream) => self.close(stream),
            mux::Output::Control {
                id,
                request,
                unauthorized,
            } => self.outputs.push_back(Output::Send {
                id: control(id),
                request,
                unauthorized,
            }),
            mux::Output::Abort(id) => self.outputs.push_back(Output::Abort(control(id))),
            mux::Output::Heartbeat(stream, limit) => {
                let link = self.links.iter_mut().find(|link| link.stream == stream);
                // A heartbeat that the user has set takes precedence over the server's.
                if let Some(link) = link
                    && self.config.heartbeat.is_none()
                {
                    link.connection.set_heartbeat(limit);
                }
            }
            mux::Output::Listen(stream) => {
                let link = self.links.iter().find(|link| link.stream == stream);
                if let Some(link) = link {
                    self.outputs.push_back(Output::Listen(link.id));
                }
            }
            mux::Output::Error(error) => self.queue.push(Waiting::Failed(error)),
            mux::Output::Closed(error) => {
                self.queue.push(Waiting::State(State::Closed { error }));
            }
        }
    }

    /// Performs what a connection asks for, and tells the multiplexer what has become of the connection.
    fn follow(&mut self, now: Instant, at: usize, output: connection::Output) {
        match output {
            connection::Output::Connect(attempt) => self.connect(at, attempt),
            connection::Output::Disconnect => {
                let id = self.next_link();
                let link = &mut self.links[at];
                let output = link.drop_output();
                link.id = id;
                if let Some(output) = output {
                    self.outputs.push_back(output);
                }
            }
            connection::Output::Gap(cause) => {
                let stream = self.links[at].stream;
                // The answer may name another position than the client's. If positions are ordered, the stream's
                // own events say so too, and for which channels.
                let is_told_later = cause == GapCause::NotResumed
                    && self.config.replays
                    && self.machine.is_ordered();
                if !is_told_later {
                    self.machine.handle_gap(stream);
                }
            }
            connection::Output::State(state) => self.change_state(now, at, state),
            // Only a connection outside a multiplexer has an end policy, and puts events by.
            connection::Output::Event(_) | connection::Output::End(_) => {}
        }
    }

    fn change_state(&mut self, now: Instant, at: usize, state: State) {
        let stream = self.links[at].stream;
        match &state {
            State::Open { answer, .. } => {
                if let Some(answer) = answer {
                    let position = &self.links[at].resumed_from;
                    self.machine.handle_response(stream, position, answer);
                }
                self.machine.handle_open(now, stream);
            }
            State::Connecting { .. } | State::Waiting { .. } | State::Paused => {
                self.machine.handle_lost(stream);
            }
            State::Closed { error } => {
                self.machine.handle_closed(now, stream, error.clone());
                let link = self.links.remove(at);
                add(&mut self.past, link.connection.stats());
                // The multiplexer itself reports that everything is over.
                return;
            }
            State::Idle | State::Subscribing => {}
        }
        // The user sees the state of the stream in use, not of the one that is to replace it.
        if self.machine.is_in_use(stream) {
            self.queue.push(Waiting::State(state));
        }
    }
}

impl Link {
    /// Returns the output that drops the attempt under way, if there is something to drop.
    fn drop_output(&mut self) -> Option<Output> {
        let is_told = core::mem::take(&mut self.is_told);
        match self.prepares.take() {
            Some(_) => Some(Output::Abort(preparation(self.id))),
            None => is_told.then_some(Output::Disconnect(self.id)),
        }
    }
}

/// Returns the name of a request that changes the channels.
fn control(id: ControlId) -> SendId {
    SendId(id.0 << 1)
}

/// Returns the name of the request that prepares for an attempt.
fn preparation(link: LinkId) -> SendId {
    SendId((u64::from(link.0) << 1) | 1)
}
