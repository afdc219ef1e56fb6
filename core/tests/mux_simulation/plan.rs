//! What a schedule is like, as far as it stands from the beginning.

use crate::queue::Time;
use crate::random::Random;

/// How long the world stays healthy at the end: longer than every timeout and retry in a row.
pub(crate) const RECOVERY: Time = 150_000;

/// What the server can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The whole protocol.
    Hub,
    /// The protocol without `control`.
    WithoutControl,
    /// No protocol events but those of a channel's end; IDs in no order.
    OpaqueIds,
    /// The same, without IDs.
    NoIds,
}

impl Kind {
    /// It keeps a log whose IDs are positions.
    pub(crate) const fn has_log(self) -> bool {
        matches!(self, Self::Hub | Self::WithoutControl)
    }
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a habit of its own.
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    /// Nothing goes wrong.
    pub(crate) calm: bool,
    pub(crate) channels: usize,
    /// How many events the server keeps.
    pub(crate) capacity: u64,
    /// Events of the protocol carry positions.
    pub(crate) positions_on_control: bool,
    /// `@error` comes before the `@subscribed` of the same set.
    pub(crate) refuses_first: bool,
    /// `@gap` names no channels where all are meant.
    pub(crate) short_gaps: bool,
    /// A channel with which the server opens no stream at all.
    pub(crate) forbidden: Option<usize>,
    /// The stream is sometimes resumed without the position, as native has to without the parameter.
    pub(crate) loses_positions: bool,
    /// The longest time that anything is under way, unless it is disturbed.
    pub(crate) latency: Time,
    /// What was published before the client came.
    pub(crate) events_before: u64,
    /// The position that the client came with.
    pub(crate) begins_behind: Option<u64>,
    pub(crate) ping: Option<Time>,
    /// Some events are larger than the client takes.
    pub(crate) has_large_events: bool,
    /// From then on nothing goes wrong.
    pub(crate) healthy_from: Time,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let kind = random.pick(&[
            Kind::Hub,
            Kind::Hub,
            Kind::Hub,
            Kind::WithoutControl,
            Kind::OpaqueIds,
            Kind::OpaqueIds,
            Kind::NoIds,
        ]);
        let calm = random.one_in(20);
        let channels = random.index(4) + 2;
        let events_before = random.within(0..=8);
        let comes_back = kind != Kind::NoIds && random.one_in(4) && events_before > 0;
        Self {
            kind,
            calm,
            channels,
            capacity: if kind.has_log() && !calm {
                random.pick(&[4, 12, 1_000])
            } else {
                1_000
            },
            positions_on_control: random.one_in(2),
            refuses_first: random.one_in(2),
            short_gaps: random.one_in(2),
            forbidden: (!calm && random.one_in(12)).then(|| random.index(channels)),
            loses_positions: !calm && kind.has_log() && random.one_in(8),
            latency: random.pick(&[2, 40, 400]),
            events_before,
            begins_behind: comes_back.then(|| random.within(1..=events_before)),
            ping: (kind.has_log() && random.one_in(2)).then(|| random.within(500..=8_000)),
            healthy_from: random.pick(&[1_500, 6_000, 30_000]),
            has_large_events: random.one_in(4),
        }
    }

    pub(crate) fn end(&self) -> Time {
        self.healthy_from + RECOVERY
    }
}

/// The name of a channel. Some characters have to be escaped in a query.
pub(crate) fn name(channel: usize) -> String {
    match channel {
        0 => "prices".to_owned(),
        1 => "chat:42&co".to_owned(),
        _ => format!("päivä/{channel}"),
    }
}

/// The channel of a name.
pub(crate) fn channel(name: &str) -> usize {
    match name {
        "prices" => 0,
        "chat:42&co" => 1,
        _ => name
            .strip_prefix("päivä/")
            .and_then(|number| number.parse().ok())
            .expect("the client asks for what it was given"),
    }
}
