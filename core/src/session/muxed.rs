//! A session of many channels: a multiplexer and the connections that it wants.

mod links;
mod outlet;

use std::collections::VecDeque;

use super::delivery::{ChannelId, Flow, Place, Sink};
use super::queue::{Channel, Queue, Waiting};
use super::solo::{hand_in, link_of};
use super::{Input, LinkId, Output, SendId, Session};
use crate::connection::{self, Attempt, Connection, Instant, Passage, Signal, Stats};
use crate::mux::{self, ControlId, Multiplexer, Protocol, Request, Start, StreamId};
use crate::parse::Event;
use outlet::Outlet;

/// The configuration of a multiplexer's session.
#[derive(Clone, Debug)]
pub struct MuxedConfig {
    /// The absolute URL of the stream.
    pub url: String,
    /// The configuration of each connection, including the position that the multiplexer begins from.
    pub connection: connection::Config,
    /// The seed of the jitter.
    pub seed: u64,
    /// The name of the session's first connection.
    pub first: LinkId,
}

/// Channels over one connection, or over two while one replaces the other.
#[derive(Debug)]
pub struct Muxed {
    machine: Multiplexer<Channel>,
    config: connection::Config,
    seed: u64,
    links: Vec<Link>,
    next: LinkId,
    outputs: VecDeque<Output>,
    queue: Queue,
    /// Whether the page is hidden, which a connection is told before it begins.
    is_hidden: bool,
    /// The counters of connections that are gone.
    past: Stats,
}

#[derive(Debug)]
struct Link {
    /// The name of the attempt under way, or of the next one.
    id: LinkId,
    stream: StreamId,
    connection: Connection,
    /// The attempt that waits for the answer to a preparing request, and that request.
    prepares: Option<(Attempt, Request)>,
    /// Whether the edge was told to connect. Until then, and after a failed preparation, the edge has nothing
    /// to drop.
    is_told: bool,
    /// The position that the attempt under way was sent with.
    resumed_from: String,
}

impl Muxed {
    /// Returns a session without channels.
    #[must_use]
    pub fn new<P: Protocol + Clone + 'static>(config: MuxedConfig, protocol: P) -> Self {
        let MuxedConfig {
            url,
            mut connection,
            seed,
            first,
        } = config;
        // Each request contains the current set of channels, and a protocol's requests may always be
        // repeated.
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
        // A newer channel may have the name by now.
        let present = self.machine.subscribers(name);
        if present.is_some_and(|channel| channel.id == id) {
            self.machine.unsubscribe(name);
        }
    }
}

fn place(machine: &Multiplexer<Channel>) -> Place<'_> {
    Place {
        position: machine.last_event_id(),
        is_behind: machine.is_behind(),
        is_replaying: machine.is_replaying(),
    }
}

/// Adds one connection's counters to a sum.
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

impl Session for Muxed {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            // Channels that come and go before a flush are one change, so nothing is settled yet.
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
            // The browser's own last event ID can't be used: a rebuilt `EventSource` has forgotten it.
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
