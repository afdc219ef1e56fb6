//! A session of many channels: a multiplexer, and the connections that it wants.

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
}

fn place(machine: &Multiplexer<Channel>) -> Place<'_> {
    Place {
        position: machine.last_event_id(),
        is_behind: machine.is_behind(),
    }
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
