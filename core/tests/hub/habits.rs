//! What a server is like.

use crate::queue::Time;

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
    /// One stream without channels, whose IDs are in no order.
    Source,
    /// The same, without IDs.
    SourceWithoutIds,
}

impl Kind {
    /// It keeps a log whose IDs are positions.
    pub(crate) const fn has_log(self) -> bool {
        matches!(self, Self::Hub | Self::WithoutControl)
    }

    pub(crate) const fn has_ids(self) -> bool {
        !matches!(self, Self::NoIds | Self::SourceWithoutIds)
    }

    pub(crate) const fn has_channels(self) -> bool {
        !matches!(self, Self::Source | Self::SourceWithoutIds)
    }
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a habit of its own.
pub(crate) struct Habits {
    pub(crate) kind: Kind,
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
    /// The header that carries a position causes a preflight, which is refused.
    pub(crate) refuses_preflight: bool,
    /// The server reads a position from the query.
    pub(crate) reads_query: bool,
    /// A second stream of one page is refused as long as the first is open.
    pub(crate) one_stream: bool,
    /// How often the server sends something at least, which it says where it can.
    pub(crate) ping: Option<Time>,
    /// Some events are larger than the client takes.
    pub(crate) has_large_events: bool,
    /// Of an event the type comes behind the data, so that one that is too large has none.
    pub(crate) type_last: bool,
    pub(crate) line_end: &'static str,
    /// The longest time that anything is under way, unless it is disturbed.
    pub(crate) latency: Time,
}

/// The largest event that a client takes, in bytes.
pub(crate) const LARGEST: usize = 600;

impl Habits {
    /// Whether the event of that number is larger than a client takes.
    pub(crate) const fn is_large(&self, number: u64) -> bool {
        self.has_large_events && number.is_multiple_of(5)
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
        "prices" | "" => 0,
        "chat:42&co" => 1,
        _ => name
            .strip_prefix("päivä/")
            .and_then(|number| number.parse().ok())
            .expect("the client asks for what it was given"),
    }
}
