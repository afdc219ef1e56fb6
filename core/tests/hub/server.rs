//! The server: a log, and connections that carry parts of it.

use std::collections::{BTreeMap, BTreeSet};

use super::habits::{Habits, Kind, name};
use super::request::From;
use super::truth::{Number, Truth};
use super::wire::{COMMENT, Fact, Sent, WireId};

pub(crate) struct Server {
    habits: Habits,
    pub(crate) truth: Truth,
    /// Everything ever published: the channel, and whether the entry is an event or the channel's end.
    log: Vec<(usize, bool)>,
    /// The log keeps no entry up to this number.
    trimmed: Number,
    /// The channels that the server refuses.
    refusing: Vec<bool>,
    pub(crate) connections: Vec<Connection>,
    opened: u64,
    /// Whether the server has ended for good.
    pub(crate) has_ended: bool,
    /// The channels that some connection has requested.
    pub(crate) served: Vec<bool>,
    /// Messages that the server sends next.
    pub(crate) outbox: Vec<(WireId, Word)>,
}

/// A message of the server on a connection.
#[derive(Debug)]
pub(crate) enum Word {
    /// The answer's status, and the head of the log. 200 opens a stream.
    Head(u16, Number),
    Event(Sent),
    /// The server ends the stream.
    End,
    /// The connection breaks, or there is no answer.
    Lost,
}

pub(crate) struct Connection {
    pub(crate) link: WireId,
    /// The connection's name in control requests.
    name: String,
    set: BTreeSet<usize>,
    revision: u64,
    /// Events that wait for a client that doesn't read.
    backlog: Option<Vec<Sent>>,
}

impl Server {
    pub(crate) fn new(habits: &Habits) -> Self {
        Self {
            truth: Truth::new(habits),
            log: Vec::new(),
            trimmed: 0,
            refusing: vec![false; habits.channels],
            connections: Vec::new(),
            opened: 0,
            has_ended: false,
            served: vec![false; habits.channels],
            outbox: Vec::new(),
            habits: habits.clone(),
        }
    }

    // Events

    pub(crate) fn publish(&mut self, channel: usize) {
        self.append(channel, true);
    }

    /// Ends the channel for all connections that carry it.
    pub(crate) fn complete(&mut self, channel: usize) {
        self.append(channel, false);
    }

    fn append(&mut self, channel: usize, is_event: bool) {
        let number = self.truth.publish(channel, is_event);
        self.log.push((channel, is_event));
        let kept = number.saturating_sub(self.habits.capacity);
        self.trimmed = self.trimmed.max(kept);
        for index in 0..self.connections.len() {
            self.send_entry(index, number);
        }
    }

    /// Fails the channel for all connections that carry it.
    pub(crate) fn fail(&mut self, channel: usize) {
        for index in 0..self.connections.len() {
            if self.connections[index].set.remove(&channel) {
                self.send(index, error(channel, None));
            }
        }
    }

    pub(crate) fn refuse(&mut self, channel: usize, yes: bool) {
        self.refusing[channel] = yes;
    }

    pub(crate) fn ping(&mut self) {
        for index in 0..self.connections.len() {
            let id = self.control_position();
            let event_type = if self.habits.kind.has_channels() {
                "@ping"
            } else {
                COMMENT
            };
            self.send(index, sent(event_type, "{}", id, Fact::Other));
        }
    }

    /// Loses the log and all connections.
    pub(crate) fn restart(&mut self) {
        self.truth.logs.push(self.truth.head);
        self.trimmed = self.truth.head;
    }

    /// Returns whether a connection of that wire is open.
    pub(crate) fn serves(&self, link: WireId) -> bool {
        self.connections.iter().any(|it| it.link == link)
    }

    pub(crate) fn forget_connections(&mut self) {
        for connection in &mut self.connections {
            connection.name.clear();
        }
    }

    // Connections

    pub(crate) fn open(
        &mut self,
        link: WireId,
        position: Option<&str>,
        channels: Vec<(usize, From)>,
    ) {
        if self.has_ended {
            self.outbox.push((link, Word::Head(204, 0)));
            return;
        }
        let forbidden = |(channel, _): &(usize, From)| Some(*channel) == self.habits.forbidden;
        if channels.iter().any(forbidden) {
            self.outbox.push((link, Word::Head(403, 0)));
            return;
        }
        self.opened += 1;
        let name = format!("connection {}", self.opened);
        self.connections.push(Connection {
            link,
            name: name.clone(),
            set: BTreeSet::new(),
            revision: 0,
            backlog: None,
        });
        let index = self.connections.len() - 1;
        self.outbox.push((link, Word::Head(200, self.truth.head)));
        if self.habits.kind.has_log() {
            let heartbeat = self
                .habits
                .ping
                .map(|ping| format!(r#","heartbeatMs":{ping}"#));
            let heartbeat = heartbeat.unwrap_or_default();
            let data = match self.habits.kind {
                Kind::Hub => {
                    let control = format!(r#""connection":"{name}","control":"/control""#);
                    format!(r#"{{"protocol":1,{control}{heartbeat}}}"#)
                }
                _ => format!(r#"{{"protocol":1{heartbeat}}}"#),
            };
            let id = self.control_position().filter(|_| position.is_none());
            self.send(index, sent("@connected", data, id, Fact::Other));
        }
        self.begin(index, position, channels);
    }

    pub(crate) fn close(&mut self, link: WireId) {
        self.connections
            .retain(|connection| connection.link != link);
    }

    /// Handles a control request. Returns the status of its answer.
    pub(crate) fn change(
        &mut self,
        name: &str,
        revision: u64,
        channels: Vec<(usize, From)>,
    ) -> (u16, bool) {
        let connections = &mut self.connections;
        let found = connections
            .iter()
            .position(|connection| connection.name == name);
        let Some(index) = found else {
            return (404, false);
        };
        let connection = &mut connections[index];
        if revision <= connection.revision {
            return (202, true);
        }
        connection.revision = revision;
        let set: BTreeSet<usize> = channels.iter().map(|(channel, _)| *channel).collect();
        for channel in &set {
            self.served[*channel] = true;
        }
        connection.set.retain(|channel| set.contains(channel));
        let had = connection.set.clone();
        let begins = |(channel, from): &(usize, From)| {
            !had.contains(channel) || matches!(from, From::After(_))
        };
        let new: Vec<_> = channels.into_iter().filter(begins).collect();
        let refused = |(channel, _): &&(usize, From)| self.refusing[*channel];
        // An `@error` before its `@subscribed` names the revision of its set.
        let of = self.habits.refuses_first.then_some(revision);
        let errors: Vec<_> = new
            .iter()
            .filter(refused)
            .map(|it| error(it.0, of))
            .collect();
        let data = format!(r#"{{"revision":{revision}}}"#);
        let fact = Fact::InForce(self.truth.head);
        let subscribed = sent("@subscribed", data, self.control_position(), fact);
        let mut first = Vec::new();
        let mut then = Vec::new();
        if self.habits.refuses_first {
            first = errors;
        } else {
            then = errors;
        }
        for message in first.into_iter().chain([subscribed]).chain(then) {
            self.send(index, message);
        }
        let granted = new
            .into_iter()
            .filter(|(channel, _)| !self.refusing[*channel])
            .map(|(channel, from)| match from {
                From::Position => (channel, From::Now),
                from => (channel, from),
            })
            .collect();
        self.begin(index, None, granted);
        (202, false)
    }

    /// Begins channels on a connection and replays the events that they have missed.
    fn begin(&mut self, index: usize, position: Option<&str>, channels: Vec<(usize, From)>) {
        let mut cursors = BTreeMap::new();
        let mut missing = Vec::new();
        for (channel, from) in channels {
            self.served[channel] = true;
            if self.refusing[channel] {
                self.send(index, error(channel, None));
                continue;
            }
            let id = match &from {
                From::Now => None,
                From::Position => position,
                From::After(id) => Some(&**id),
            };
            let (cursor, is_kept) = id.map_or((self.truth.head, true), |id| self.locate(id));
            if !is_kept {
                missing.push(channel);
            }
            cursors.insert(channel, cursor);
            self.connections[index].set.insert(channel);
        }
        if !missing.is_empty() {
            let all = missing.len() == self.connections[index].set.len();
            let message = gap(missing, all && self.habits.short_gaps);
            self.send(index, message);
        }
        let first = cursors.values().min().copied().unwrap_or(self.truth.head);
        for number in first + 1..=self.truth.head {
            let channel = self.entry(number).0;
            if cursors.get(&channel).is_some_and(|cursor| *cursor < number) {
                self.send_entry(index, number);
            }
        }
    }

    /// Returns the log number of an ID, or the oldest one left, and whether all later entries are kept.
    fn locate(&self, id: &str) -> (Number, bool) {
        let (log, number) = self.truth.find(id);
        if log + 1 == self.truth.logs.len() && number >= self.trimmed {
            (number, true)
        } else {
            (self.trimmed, false)
        }
    }

    // Clients that do not read

    pub(crate) fn stall(&mut self) {
        for connection in &mut self.connections {
            connection.backlog.get_or_insert_default();
        }
    }

    /// Lets the clients read again, after dropping the first events of each connection's backlog.
    pub(crate) fn read(&mut self, mut dropped: impl FnMut(usize) -> usize) -> bool {
        let mut any_dropped = false;
        for index in 0..self.connections.len() {
            let Some(backlog) = self.connections[index].backlog.take() else {
                continue;
            };
            let is_event = |sent: &&Sent| matches!(sent.fact, Fact::Published(..));
            let mut left = dropped(backlog.iter().filter(is_event).count());
            any_dropped |= left > 0;
            // The gap must precede any message that advances the stream's position.
            let mut missing = BTreeSet::new();
            for message in backlog {
                match message.fact {
                    Fact::Published(channel, _) if left > 0 => {
                        left -= 1;
                        missing.insert(channel);
                    }
                    _ => {
                        self.announce(index, &mut missing);
                        self.send(index, message);
                    }
                }
            }
            self.announce(index, &mut missing);
        }
        any_dropped
    }

    fn announce(&mut self, index: usize, missing: &mut BTreeSet<usize>) {
        if !missing.is_empty() {
            let channels = std::mem::take(missing).into_iter().collect();
            self.send(index, gap(channels, false));
        }
    }

    /// Returns the channel that an event was published on.
    pub(crate) fn channel_of(&self, number: Number) -> usize {
        self.entry(number).0
    }

    // Sending

    fn entry(&self, number: Number) -> (usize, bool) {
        let index = usize::try_from(number - 1).expect("a log that fits");
        self.log[index]
    }

    fn send_entry(&mut self, index: usize, number: Number) {
        let (channel, is_event) = self.entry(number);
        let set = &mut self.connections[index].set;
        let wanted = if is_event {
            set.contains(&channel)
        } else {
            set.remove(&channel)
        };
        if !wanted {
            return;
        }
        let id = self.truth.id(number);
        let message = if is_event {
            let fact = Fact::Published(channel, number);
            let event_type = match number % 2 {
                _ if !self.habits.kind.has_channels() => String::new(),
                0 => name(channel),
                _ => format!("{} tick", name(channel)),
            };
            sent(&event_type, number.to_string(), id, fact)
        } else {
            let fact = Fact::Complete(channel, number);
            sent(&format!("@complete {}", name(channel)), "{}", id, fact)
        };
        self.send(index, message);
    }

    fn send(&mut self, index: usize, message: Sent) {
        let connection = &mut self.connections[index];
        match &mut connection.backlog {
            Some(backlog) => backlog.push(message),
            None => self.outbox.push((connection.link, Word::Event(message))),
        }
    }

    fn control_position(&self) -> Option<String> {
        self.truth
            .head_id()
            .filter(|_| self.habits.positions_on_control)
    }
}

fn error(channel: usize, revision: Option<u64>) -> Sent {
    let event_type = format!("@error {}", name(channel));
    let data = serde_json::json!({
        "code": "forbidden",
        "message": "not for you",
        "revision": revision,
    });
    let data = data.to_string();
    sent(&event_type, data, None, Fact::Error(channel))
}

fn gap(channels: Vec<usize>, of_all: bool) -> Sent {
    let data = if of_all {
        "{}".to_owned()
    } else {
        let names: Vec<String> = channels.iter().map(|channel| name(*channel)).collect();
        serde_json::json!({ "channels": names }).to_string()
    };
    sent("@gap", data, None, Fact::Gap((!of_all).then_some(channels)))
}

fn sent(event_type: &str, data: impl Into<String>, id: Option<String>, fact: Fact) -> Sent {
    Sent {
        event_type: event_type.to_owned(),
        data: data.into(),
        id,
        fact,
    }
}
