//! The multiplexer's position in the server's log, and what of it has been seen twice.

use super::set::Version;
use super::stream::Stream;
use crate::hash::HashMap;
use crate::mux::Position;
use crate::text::write_number;

/// How many events the old stream may still deliver while its successor opens, where they have to be
/// remembered one by one.
const REMEMBERED: usize = 10_000;

/// Where we are in the server's log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The ID to resume from; empty if there is none.
    position: String,
    /// Of a log whose IDs are in order.
    epoch: String,
    seq: u64,
    /// The greatest that was seen, which the position may have gone back from.
    newest: u64,
    /// What the old stream has delivered since its successor began to open: the successor brings it again.
    handed_over: HashMap<Box<str>, HandedOver>,
    /// How many of these the successor has still to bring.
    outstanding: usize,
}

/// An event that the old stream has delivered.
#[derive(Clone, Copy, Debug)]
struct HandedOver {
    /// The set since which the channel that had it was there: that tells its lives apart.
    since: Version,
    /// The successor has brought it.
    came_again: bool,
}

/// What an event's ID says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// It has no ID of its own.
    Unknown,
    /// The log was changed for another: everything seen was of the one before.
    NewEpoch(u64),
    /// Its place in the log.
    Seq(u64),
    /// An ID of a server that gives no order.
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

    /// Whether events are still to come again.
    pub(super) fn is_behind(&self) -> bool {
        self.seq < self.newest || self.outstanding > 0
    }

    /// That of an event of the protocol.
    pub(super) fn order(&self, stream: &Stream, id: &str) -> Order {
        if id == stream.previous_id {
            Order::Unknown
        } else {
            self.order_of_own(stream, id)
        }
    }

    /// That of a channel's event. The first of an attempt may well be the last of the attempt before, sent
    /// again.
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

    /// Takes the position that was given from outside for one of a log, now that the server has said that
    /// it keeps one.
    pub(super) fn adopt(&mut self, stream: &Stream) {
        if self.epoch.is_empty()
            && let Some(position) = stream.session.position(&self.position)
        {
            self.seq = position.seq;
            self.newest = position.seq;
            position.epoch.clone_into(&mut self.epoch);
        }
    }

    /// The seq of a position, if it is one of this log.
    pub(super) fn seq_of(&self, stream: Option<&Stream>, id: &str) -> Option<u64> {
        let position = stream.and_then(|stream| stream.session.position(id))?;
        (position.epoch == self.epoch).then_some(position.seq)
    }

    /// Whether the server keeps a log whose IDs are in order.
    pub(super) fn is_ordered(&self) -> bool {
        !self.epoch.is_empty()
    }

    /// The ID of a seq of this log.
    pub(super) fn id_of(&self, seq: u64) -> Box<str> {
        let mut id = [&*self.epoch, "-"].concat();
        write_number(seq, &mut id);
        id.into()
    }

    /// Goes back to where the stream that takes over has begun. The one before it may have come further
    /// with its channels, but those that are new are still behind. What comes again is recognised.
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

    /// Goes on to an event. The position never goes back: an earlier ID is one of a replay.
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

    /// Notes what the old stream has delivered. `false` if no more can be noted.
    pub(super) fn remember(&mut self, id: &str, since: Version) -> bool {
        let came_again = false;
        let noted = HandedOver { since, came_again };
        self.handed_over.insert(id.into(), noted);
        self.handed_over.len() < REMEMBERED
    }

    /// For a channel since which set the old stream has delivered it.
    pub(super) fn delivered_since(&self, id: &str) -> Option<Version> {
        if self.handed_over.is_empty() {
            return None;
        }
        self.handed_over.get(id).map(|noted| noted.since)
    }

    /// The stream that has taken over has brought an event.
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

    /// A successor begins to open. What the stream in use has still to bring again, the successor will as
    /// well; what nobody waits for any more is forgotten.
    pub(super) fn begin_handover(&mut self, is_awaited: impl Fn(Version) -> bool) {
        self.handed_over.retain(|_, noted| is_awaited(noted.since));
        let outstanding = self.handed_over.values().filter(|noted| !noted.came_again);
        self.outstanding = outstanding.count();
    }

    /// There is no successor: what was noted for one is forgotten, unless it still has to come again.
    pub(super) fn end_handover(&mut self) {
        if self.outstanding == 0 && !self.handed_over.is_empty() {
            self.handed_over = HashMap::default();
        }
    }
}
