//! The multiplexer's last event ID in the server's log, and the events that a hand-over delivers twice.

use super::set::Version;
use super::stream::Stream;
use crate::hash::HashMap;
use crate::mux::Position;
use crate::text::write_number;

/// The number of events that the old stream may deliver while its successor opens, if their IDs have to be
/// remembered one by one.
const REMEMBERED: usize = 10_000;

/// The multiplexer's progress in the server's log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The last event ID to resume from; empty if there is none.
    position: String,
    /// The epoch of a log whose IDs are ordered; empty if they are not.
    epoch: String,
    seq: u64,
    /// The greatest seq received. A hand-over may move `seq` back below it.
    newest: u64,
    /// The events that the old stream has delivered since its successor began to open. The successor delivers
    /// them again.
    handed_over: HashMap<Box<str>, HandedOver>,
    /// The number of these events that the successor has still to deliver.
    outstanding: usize,
}

/// An event that the old stream delivered during a hand-over.
#[derive(Clone, Copy, Debug)]
struct HandedOver {
    /// The first set of the subscription that received the event, which tells a channel's subscriptions
    /// apart.
    since: Version,
    /// Whether the successor has delivered the event again.
    came_again: bool,
}

/// The order that an event's ID reveals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The event has no ID of its own.
    Unknown,
    /// The event begins another log: all earlier events belonged to the previous one.
    NewEpoch(u64),
    /// The event's seq in the log.
    Seq(u64),
    /// The ID belongs to a server whose IDs have no order.
    Opaque,
}

impl Log {
    pub(super) fn new(position: &str) -> Self {
        Self {
            position: position.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn position(&self) -> &str {
        &self.position
    }

    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Returns whether some events are still to be delivered again.
    pub(super) fn is_behind(&self) -> bool {
        self.seq < self.newest || self.outstanding > 0
    }

    /// Returns the order of an event of the protocol.
    pub(super) fn order(&self, stream: &Stream, id: &str) -> Order {
        if id == stream.previous_id {
            Order::Unknown
        } else {
            self.order_of_own(stream, id)
        }
    }

    /// Returns the order of a channel's event. The first event of an attempt may be the last event of the
    /// previous attempt, sent again.
    pub(super) fn order_in_channel(&self, stream: &Stream, id: &str) -> Order {
        if stream.is_fresh {
            self.order_of_own(stream, id)
        } else {
            self.order(stream, id)
        }
    }

    fn order_of_own(&self, stream: &Stream, id: &str) -> Order {
        if id.is_empty() || !stream.session.resumes() {
            return Order::Unknown;
        }
        match stream.session.position(id) {
            None => Order::Opaque,
            Some(position) if position.epoch == self.epoch => Order::Seq(position.seq),
            Some(position) => Order::NewEpoch(position.seq),
        }
    }

    /// Parses the initial last event ID as a log position, once the server has shown that it keeps a log.
    pub(super) fn adopt(&mut self, stream: &Stream) {
        if self.epoch.is_empty()
            && let Some(position) = stream.session.position(&self.position)
        {
            self.seq = position.seq;
            self.newest = position.seq;
            position.epoch.clone_into(&mut self.epoch);
        }
    }

    /// Returns the seq of an ID, if it belongs to this log.
    pub(super) fn seq_of(&self, stream: Option<&Stream>, id: &str) -> Option<u64> {
        let position = stream.and_then(|stream| stream.session.position(id))?;
        (position.epoch == self.epoch).then_some(position.seq)
    }

    /// Returns whether the server keeps a log whose IDs are ordered.
    pub(super) fn is_ordered(&self) -> bool {
        !self.epoch.is_empty()
    }

    /// Returns the ID of a seq of this log.
    pub(super) fn id_of(&self, seq: u64) -> Box<str> {
        let mut id = [&*self.epoch, "-"].concat();
        write_number(seq, &mut id);
        id.into()
    }

    /// Moves back to where the successor began. The old stream may have advanced further with its channels,
    /// but new channels are still behind. Events that arrive again are recognised as duplicates.
    pub(super) fn go_back(&mut self, stream: &Stream) {
        let position = stream.session.position(&stream.begun_at);
        self.seq = match position.or_else(|| Position::parse(&stream.begun_at)) {
            Some(position) if position.epoch == self.epoch => position.seq,
            _ => 0,
        };
        stream.begun_at.clone_into(&mut self.position);
        for noted in self.handed_over.values_mut() {
            noted.came_again = false;
        }
        self.outstanding = self.handed_over.len();
    }

    /// Moves on to an event. The last event ID never moves back: an earlier ID belongs to a replay.
    pub(super) fn advance(&mut self, stream: &mut Stream, order: Order, id: &str) {
        match order {
            Order::Unknown => return,
            Order::NewEpoch(seq) => {
                if let Some(position) = stream.session.position(id) {
                    position.epoch.clone_into(&mut self.epoch);
                }
                self.seq = seq;
                self.newest = seq;
                id.clone_into(&mut self.position);
            }
            Order::Seq(seq) if seq > self.seq => {
                self.seq = seq;
                self.newest = self.newest.max(seq);
                id.clone_into(&mut self.position);
            }
            Order::Seq(_) => {}
            Order::Opaque => id.clone_into(&mut self.position),
        }
        stream.has_had(id);
    }

    /// Remembers an event that the old stream has delivered. Returns `false` once the limit is reached.
    pub(super) fn remember(&mut self, id: &str, since: Version) -> bool {
        let came_again = false;
        let noted = HandedOver { since, came_again };
        self.handed_over.insert(id.into(), noted);
        self.handed_over.len() < REMEMBERED
    }

    /// Returns the first set of the channel's subscription that received the event from the old stream.
    pub(super) fn delivered_since(&self, id: &str) -> Option<Version> {
        if self.handed_over.is_empty() {
            return None;
        }
        self.handed_over.get(id).map(|noted| noted.since)
    }

    /// Notes that the successor has delivered an event again.
    pub(super) fn comes_again(&mut self, id: &str) {
        if self.handed_over.is_empty() {
            return;
        }
        if let Some(noted) = self.handed_over.get_mut(id)
            && !core::mem::replace(&mut noted.came_again, true)
        {
            self.outstanding = self.outstanding.saturating_sub(1);
        }
    }

    /// Prepares for a successor. Events that the current stream has still to repeat will be repeated by the
    /// successor as well. Events of subscriptions that have ended are forgotten.
    pub(super) fn begin_handover(&mut self, is_awaited: impl Fn(Version) -> bool) {
        self.handed_over.retain(|_, noted| is_awaited(noted.since));
        let outstanding = self.handed_over.values().filter(|noted| !noted.came_again);
        self.outstanding = outstanding.count();
    }

    /// Forgets the remembered events when there is no successor, unless some are still to be repeated.
    pub(super) fn end_handover(&mut self) {
        if self.outstanding == 0 && !self.handed_over.is_empty() {
            self.handed_over = HashMap::default();
        }
    }
}
