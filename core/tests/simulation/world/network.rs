//! The network between browser and server, and its faults.

use everstream_core::connection::TransportKind;

use super::{Happening, World};
use crate::disturbance::Fault;
use crate::plan::Engine;
use crate::queue::Time;
use crate::server::{self, Reception};
use crate::wire::{Head, Link, LinkId, Message};

/// The most pieces into which the network cuts one send.
const MOST_PIECES: u32 = 4;

impl World {
    fn send(&mut self, id: LinkId, delay: Time, message: Message) {
        let link = &mut self.links[id];
        link.ready_at = link.ready_at.max(self.now + self.plan.latency + delay);
        self.queue
            .plan(link.ready_at, Happening::Deliver(id, message));
    }

    /// Sends bytes in pieces that the network cuts anywhere.
    fn send_bytes(&mut self, id: LinkId, delay: Time, bytes: &[u8]) {
        let mut rest = bytes;
        let mut delay = delay;
        let mut pieces = 0;
        while !rest.is_empty() {
            pieces += 1;
            let length = if pieces == MOST_PIECES || self.random.one_in(2) {
                rest.len()
            } else {
                1 + self.random.index(rest.len())
            };
            let (piece, tail) = rest.split_at(length);
            rest = tail;
            delay += self.random.within(0..=self.plan.spread);
            self.send(id, delay, Message::Bytes(piece.to_owned()));
        }
    }

    pub(super) fn broadcast(&mut self, bytes: &[u8]) {
        for id in self.server.streams.clone() {
            self.send_bytes(id, 0, bytes);
        }
    }

    pub(super) fn open_link(&mut self, link: Link) -> LinkId {
        let id = self.links.len();
        self.links.push(link);
        self.queue
            .plan(self.now + self.plan.latency, Happening::Arrive(id));
        id
    }

    pub(super) fn abort(&mut self, id: LinkId) {
        self.links[id].aborted = true;
        self.server.streams.retain(|stream| *stream != id);
    }

    /// Moves a request to the server, or to the proxy in front of it.
    pub(super) fn arrive(&mut self, id: LinkId) {
        let link = &self.links[id];
        if link.stalled || link.aborted {
            return;
        }
        let by_fetch = link.by == TransportKind::Fetch;
        let preflighted = by_fetch && link.header.is_some() && self.plan.config.cross_origin;
        if !self.network || (preflighted && self.plan.preflight_refused) {
            return self.send(id, 0, Message::Refused);
        }
        let reception = self.server.receive(&self.plan, link);
        self.note(|| format!("  server: {reception:?}"));
        match reception {
            Reception::Refused => self.send(id, 0, Message::Refused),
            Reception::Reset => self.send(id, 0, Message::Reset),
            Reception::Silence => {}
            Reception::Answer(head) => self.send(id, 0, Message::Head(head)),
            Reception::Stream { first, closes } => self.begin_stream(id, first, closes),
        }
    }

    fn begin_stream(&mut self, id: LinkId, first: u64, closes: bool) {
        self.links[id].first = first;
        let head = Head {
            status: 200,
            event_stream: true,
            behind: self.plan.confirms.then(|| first - 1),
            ..Head::default()
        };
        // Firefox opens the stream at the first byte of the body.
        let delay = match self.plan.engine {
            Engine::Firefox => self.plan.first_byte,
            Engine::Chromium | Engine::WebKit => 0,
        };
        self.send(id, delay, Message::Head(head));
        let mut bytes = server::preamble(&self.plan);
        if !closes {
            for number in first..=self.server.head {
                bytes.extend(server::event(&self.plan, number));
            }
        }
        let is_done = !closes && self.server.finished;
        if is_done {
            bytes.extend(server::mark(&self.plan));
        }
        self.send_bytes(id, self.plan.first_byte, &bytes);
        if closes || (is_done && !self.plan.stays_open) {
            self.send(id, 0, Message::End);
        } else {
            self.server.streams.push(id);
        }
    }

    /// Ends the log and tells every stream.
    pub(super) fn finish(&mut self) {
        self.server.finished = true;
        let mark = server::mark(&self.plan);
        self.broadcast(&mark);
        if !self.plan.stays_open {
            for id in core::mem::take(&mut self.server.streams) {
                self.send(id, 0, Message::End);
            }
        }
    }

    /// Applies a fault to one of the open streams.
    pub(super) fn strike(&mut self, fault: Fault) {
        if self.server.streams.is_empty() {
            return;
        }
        let index = self.random.index(self.server.streams.len());
        let id = self.server.streams.remove(index);
        self.links[id].cut = matches!(fault, Fault::Drops | Fault::Truncates);
        match fault {
            Fault::Drops => self.send(id, 0, Message::Reset),
            Fault::Ends | Fault::Truncates => self.send(id, 0, Message::End),
            Fault::Stalls => self.links[id].stalled = true,
        }
    }

    /// Silences every connection.
    pub(super) fn stall_everything(&mut self) {
        self.server.streams.clear();
        for link in &mut self.links {
            link.stalled = true;
        }
    }
}
