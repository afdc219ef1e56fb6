//! A session of many channels: a multiplexer, and the connections that it wants.

use std::collections::VecDeque;

use super::delivery::{ChannelId, Flow, Place, Sink};
use super::queue::{Channel, Queue, Waiting};
use super::solo::{hand_in, link_of};
use super::{Input, LinkId, Output, SendId, Session};
use crate::connection::{
    self, Arrival, Attempt, Connection, Instant, Passage, Received, Signal, State, Stats,
};
use crate::http::{AnswerKind, Response, excerpt};
use crate::mux::{
    self, Answer, ControlId, Handled, Multiplexer, Protocol, Request, Start, StreamId,
};
use crate::parse::{Event, EventTooLarge};

/// How much of a refusal's body is kept, in bytes.
const EXCERPT: usize = 64 * 1024;

/// What a multiplexer's session is made of.
#[derive(Clone, Debug)]
pub struct MuxedConfig {
    /// Absolute.
    pub url: String,
    /// Of each of its connections, and with its position where it begins.
    pub connection: connection::Config,
    /// Feeds the jitter.
    pub seed: u64,
    /// Names its first connection.
    pub first: LinkId,
}

/// Channels over one connection, and over two while one replaces the other.
#[derive(Debug)]
pub struct Muxed {
    machine: Multiplexer<Channel>,
    config: connection::Config,
    seed: u64,
    links: Vec<Link>,
    next: LinkId,
    outputs: VecDeque<Output>,
    queue: Queue,
    /// The page is hidden, which a connection is told before it begins.
    is_hidden: bool,
    /// Of the connections that are gone.
    past: Stats,
}

#[derive(Debug)]
struct Link {
    /// That of its attempt under way, or of the next.
    id: LinkId,
    stream: StreamId,
    connection: Connection,
    /// The attempt that waits for what the protocol has to have answered before.
    prepares: Option<(Attempt, Request)>,
    /// The edge was told to connect. Before, and where what has to be answered first has failed, there is nothing
    /// that it could drop.
    is_told: bool,
    /// The position that the attempt under way was sent with.
    resumed_from: String,
}

impl Muxed {
    /// A session without channels.
    #[must_use]
    pub fn new<P: Protocol + Clone + 'static>(config: MuxedConfig, protocol: P) -> Self {
        let MuxedConfig {
            url,
            mut connection,
            seed,
            first,
        } = config;
        // The set of channels is part of each request, and what a protocol asks for may be asked again.
        connection.request_varies = true;
        connection.repeatable = true;
        let machine = mux::Config {
            url,
            retry: connection.retry.clone(),
            last_event_id: connection.last_event_id.clone(),
        };
        Self {
            machine: Multiplexer::new(machine, protocol, seed),
            config: connection,
            seed,
            links: Vec::new(),
            next: first,
            outputs: VecDeque::new(),
            queue: Queue::default(),
            is_hidden: false,
            past: Stats::default(),
        }
    }

    // Channels

    fn subscribe(&mut self, id: ChannelId, name: &str, start: Start) {
        let queue = self.queue.clone();
        let channel = || Channel { id, queue };
        if let Err(error) = self.machine.subscribe(name, start, channel) {
            self.queue.push(Waiting::End(id, Some(error)));
        }
    }

    fn unsubscribe(&mut self, id: ChannelId, name: &str) {
        // The name may be another's by now.
        let present = self.machine.subscribers(name);
        if present.is_some_and(|channel| channel.id == id) {
            self.machine.unsubscribe(name);
        }
    }

    // Connections

    fn at(&self, id: LinkId) -> Option<usize> {
        self.links.iter().position(|link| link.id == id)
    }

    fn open(&mut self, now: Instant, stream: StreamId, position: String) {
        let id = self.next_link();
        self.seed = self.seed.wrapping_add(1);
        let config = connection::Config {
            last_event_id: position,
            ..self.config.clone()
        };
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
            if let connection::Output::Disconnect = output {
                self.outputs.extend(link.drop_output());
            }
        }
        add(&mut self.past, link.connection.stats());
        if self.links.is_empty() && !self.machine.is_closed() {
            // Nobody asks for anything.
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

    /// The answer to what has to be answered before a stream can be opened.
    fn prepared(&mut self, now: Instant, at: usize, answer: &Answer) {
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
            // As if it had been the answer to the request for the stream. A conflict is one with the stream
            // of before, which the server will lose too.
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

    /// Sorts what the machines want until they want nothing: what is to be done, and what is to be told.
    fn settle(&mut self, now: Instant) {
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
                // What the user has set stands.
                if let Some(link) = link
                    && self.config.heartbeat.is_none()
                {
                    link.connection.set_heartbeat(limit);
                }
            }
            mux::Output::Listen(stream) => {
                let link = self.links.iter().find(|link| link.stream == stream);
                self.outputs
                    .extend(link.map(|link| Output::Listen(link.id)));
            }
            mux::Output::Error(error) => self.queue.push(Waiting::Failed(error)),
            mux::Output::Closed(error) => {
                self.queue.push(Waiting::State(State::Closed { error }));
            }
        }
    }

    /// Does what a connection wants, and tells the multiplexer what has become of it.
    fn follow(&mut self, now: Instant, at: usize, output: connection::Output) {
        match output {
            connection::Output::Connect(attempt) => self.connect(at, attempt),
            connection::Output::Disconnect => {
                let id = self.next_link();
                let link = &mut self.links[at];
                let output = link.drop_output();
                link.id = id;
                self.outputs.extend(output);
            }
            connection::Output::Gap => self.machine.handle_gap(self.links[at].stream),
            connection::Output::State(state) => self.change_state(now, at, state),
            // Only what stands by itself is told when to end.
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
                // That all is over, the multiplexer says.
                return;
            }
            State::Idle | State::Subscribing => {}
        }
        // The user sees the stream in use, not the one that is to replace it.
        if self.machine.is_in_use(stream) {
            self.queue.push(Waiting::State(state));
        }
    }
}

/// Where what streams bring goes.
struct Outlet<'m> {
    machine: &'m mut Multiplexer<Channel>,
    queue: &'m Queue,
    stream: StreamId,
    sink: &'m mut dyn Sink,
    /// Whether the sink has stopped.
    flow: Flow,
}

impl Outlet<'_> {
    /// Hands on what a piece brings. Returns how many of its bytes are left.
    fn receive(&mut self, mut received: Received<'_, '_>) -> usize {
        let is_stopped = loop {
            match received.next() {
                None => break false,
                Some(Arrival::Event(event)) => self.event(&event),
                Some(Arrival::TooLarge(too_large)) => self.skipped(too_large),
                // A multiplexer knows by itself where something is missing.
                Some(Arrival::Comment(_) | Arrival::Gap) => continue,
            }
            if self.flow == Flow::Stop {
                break true;
            }
        };
        self.machine
            .handle_position(self.stream, received.last_event_id());
        if is_stopped {
            return received.stop();
        }
        // Another epoch is a gap.
        self.tell();
        0
    }

    /// Hands on what waits, unless the sink has stopped.
    fn tell(&mut self) {
        if self.flow == Flow::Continue {
            self.flow = self.queue.deliver(self.sink);
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        let take = |channel: &Channel, _: &str| Some(channel.id);
        let handled = self.machine.handle_event(self.stream, event, take);
        // An event may be what tells that something is missing before it.
        self.tell();
        let Handled::For {
            takers,
            event_type,
            data,
        } = handled
        else {
            return;
        };
        let place = place(self.machine);
        let event = Event {
            event_type,
            data: &data,
            last_event_id: event.last_event_id,
        };
        self.flow = self
            .queue
            .hand_on(self.flow, takers, event, place, self.sink);
    }

    fn skipped(&mut self, too_large: EventTooLarge) {
        let told = self.machine.handle_skipped(self.stream, &too_large);
        let told = told.map(|channel| channel.id);
        self.tell();
        if let Some(channel) = told {
            self.queue.push(Waiting::Skipped(channel, too_large));
            self.tell();
        }
    }
}

fn place(machine: &Multiplexer<Channel>) -> Place<'_> {
    Place {
        position: machine.last_event_id(),
        is_behind: machine.is_behind(),
    }
}

/// Names a request that changes the channels.
fn control(id: ControlId) -> SendId {
    SendId(id.0 << 1)
}

/// Names the request that prepares for an attempt.
fn preparation(link: LinkId) -> SendId {
    SendId((u64::from(link.0) << 1) | 1)
}

/// Counts one connection's with those of others.
fn add(sum: &mut Stats, other: &Stats) {
    sum.attempts += other.attempts;
    sum.opened += other.opened;
    sum.events += other.events;
    sum.bytes += other.bytes;
    sum.last_activity = sum.last_activity.max(other.last_activity);
    if other.last_error.is_some() {
        sum.last_error.clone_from(&other.last_error);
    }
}

impl Link {
    /// What drops the attempt under way, if there is something to drop.
    fn drop_output(&mut self) -> Option<Output> {
        let is_told = core::mem::take(&mut self.is_told);
        match self.prepares.take() {
            Some(_) => Some(Output::Abort(preparation(self.id))),
            None => is_told.then_some(Output::Disconnect(self.id)),
        }
    }
}

impl Session for Muxed {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            // What comes and goes before a flush is one change.
            Input::Subscribe {
                channel,
                name,
                start,
            } => return self.subscribe(channel, name, start),
            Input::Unsubscribe(channel, name) => return self.unsubscribe(channel, name),
            Input::Flush => self.machine.flush(now),
            Input::Answer(SendId(id), answer) if id & 1 == 0 => {
                self.machine.handle_answer(now, ControlId(id >> 1), answer);
                self.machine.flush(now);
            }
            Input::Answer(SendId(id), answer) => {
                let is_meant = |link: &Link| u64::from(link.id.0) == id >> 1;
                if let Some(at) = self.links.iter().position(is_meant) {
                    self.prepared(now, at, answer);
                }
            }
            Input::Timeout => {
                for link in &mut self.links {
                    link.connection.handle_timeout(now);
                }
                self.machine.handle_timeout(now);
            }
            Input::RequireFetch => {
                self.config.needs_fetch = true;
                for link in &mut self.links {
                    link.connection.require_fetch(now);
                }
            }
            Input::Signal(signal) => {
                match signal {
                    Signal::Hidden => self.is_hidden = true,
                    Signal::Visible => self.is_hidden = false,
                    _ => {}
                }
                for link in &mut self.links {
                    link.connection.handle_signal(now, signal);
                }
            }
            Input::Reconnect => {
                for link in &mut self.links {
                    link.connection.reconnect(now);
                }
            }
            Input::Close => self.machine.close(None),
            of_a_link => {
                if let Some(at) = link_of(&of_a_link).and_then(|id| self.at(id)) {
                    hand_in(&mut self.links[at].connection, now, of_a_link);
                }
            }
        }
        self.settle(now);
    }

    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], sink: &mut dyn Sink) -> usize {
        let Some(at) = self.at(link) else {
            return bytes.len();
        };
        if self.queue.deliver(sink) == Flow::Stop {
            return 0;
        }
        let Link {
            stream, connection, ..
        } = &mut self.links[at];
        let mut outlet = Outlet {
            machine: &mut self.machine,
            queue: &self.queue,
            stream: *stream,
            sink,
            flow: Flow::Continue,
        };
        let left = outlet.receive(connection.receive(now, bytes));
        self.settle(now);
        bytes.len() - left
    }

    fn receive_native(
        &mut self,
        now: Instant,
        link: LinkId,
        event: &Event<'_>,
        sink: &mut dyn Sink,
    ) {
        let Some(at) = self.at(link) else {
            return;
        };
        let flow = self.queue.deliver(sink);
        let Link {
            stream, connection, ..
        } = &mut self.links[at];
        if connection.handle_event(now, event) != Passage::Discard {
            let mut outlet = Outlet {
                machine: &mut self.machine,
                queue: &self.queue,
                stream: *stream,
                sink,
                flow,
            };
            // Not the browser's own position, which a rebuilt `EventSource` has forgotten.
            outlet.event(&Event {
                last_event_id: connection.last_event_id(),
                ..*event
            });
        }
        self.settle(now);
    }

    fn deliver(&mut self, sink: &mut dyn Sink) {
        let _ = self.queue.deliver(sink);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let links = self.links.iter();
        links
            .filter_map(|link| link.connection.poll_timeout())
            .chain(self.machine.poll_timeout())
            .min()
    }

    fn plan(&mut self, link: LinkId) -> Option<Request> {
        let stream = self.links[self.at(link)?].stream;
        Some(self.machine.opening(stream)?.request)
    }

    fn place(&self) -> Place<'_> {
        place(&self.machine)
    }

    fn stats(&self) -> Stats {
        let mut sum = self.past.clone();
        for link in &self.links {
            add(&mut sum, link.connection.stats());
        }
        sum
    }
}

#[cfg(test)]
mod tests;
