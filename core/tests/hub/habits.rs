//! The habits of a modelled server.

use crate::queue::Time;

/// The parts of the protocol that the server supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The whole protocol.
    Hub,
    /// The protocol without `control`.
    WithoutControl,
    /// Protocol events only for the end of a channel. IDs have no order.
    OpaqueIds,
    /// Like `OpaqueIds`, without IDs.
    NoIds,
    /// One stream without channels, whose IDs have no order.
    Source,
    /// Like `Source`, without IDs.
    SourceWithoutIds,
}

impl Kind {
    /// Returns whether the server keeps a log whose IDs are positions.
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
#[allow(clippy::struct_excessive_bools)] // Each is an independent habit.
pub(crate) struct Habits {
    pub(crate) kind: Kind,
    pub(crate) channels: usize,
    /// How many events the server's log keeps.
    pub(crate) capacity: u64,
    /// Protocol events carry positions.
    pub(crate) positions_on_control: bool,
    /// `@error` comes before the `@subscribed` of the same set.
    pub(crate) refuses_first: bool,
    /// `@gap` omits the channel list when it applies to all channels.
    pub(crate) short_gaps: bool,
    /// The channel whose presence makes the server refuse the whole stream.
    pub(crate) forbidden: Option<usize>,
    /// The server refuses the preflight that the `Last-Event-ID` header causes.
    pub(crate) refuses_preflight: bool,
    /// The server reads the position from the query.
    pub(crate) reads_query: bool,
    /// The server refuses a page's second stream while the first is open.
    pub(crate) one_stream: bool,
    /// The longest interval between two sends. The server advertises it where the protocol allows.
    pub(crate) ping: Option<Time>,
    /// Some events exceed the client's size limit.
    pub(crate) has_large_events: bool,
    /// The `event` field follows the data, so an oversized event has no type.
    pub(crate) type_last: bool,
    pub(crate) line_end: &'static str,
    /// The longest latency of a message, unless a fault disturbs it.
    pub(crate) latency: Time,
}

/// The client's event size limit, in bytes.
pub(crate) const LARGEST: usize = 600;

impl Habits {
    /// Returns whether the event of that number exceeds the client's size limit.
    pub(crate) const fn is_large(&self, number: u64) -> bool {
        self.has_large_events && number.is_multiple_of(5)
    }
}

/// Returns the name of a channel. Some names need escaping in a query.
pub(crate) fn name(channel: usize) -> String {
    match channel {
        0 => "prices".to_owned(),
        1 => "chat:42&co".to_owned(),
        _ => format!("päivä/{channel}"),
    }
}

/// Returns the channel of a name.
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
