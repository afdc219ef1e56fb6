//! The situations that every run must reach.

marks! {
    Calm,
    Delivered,
    Gap,
    /// Tabs without events were given those of others.
    Resent,
    /// A tab was told of a gap because no tab had kept enough entries.
    NotKept,
    /// A tab that was about to lead was given the entries that it lacked.
    Taught,
    /// Events that only one tab had received came a second time.
    SeenTwice,
    LeaderClosed,
    LeaderCrashed,
    LeaderHung,
    LeaderFrozen,
    LeaderLeft,
    LeaderHidden,
    LostWithSender,
    LostInFreeze,
    Stolen,
    Robbed,
    LocksRefused,
    GaveWay,
    TwoAtOnce,
    ClaimedTogether,
    Forgotten,
    CameBack,
    BegunBehind,
    Reconnected,
    ClosedForAll,
    Resumed,
    TabsCounted,
    CalmStretch,
    Jumped,
    WallSetBack,
    Full,
    Silenced,
    Skipped,
    /// The following marks concern channels.
    ChannelEnded,
    Restarted,
    Successor,
    SetByControl,
    LeaderHadRequest,
    RequestHung,
    /// A channel that began after an event got what its own tab's log has.
    BegunFromOwnLog,
    /// Another tab's log had everything after the event.
    BegunFromLeadersLog,
    /// No log had everything after the event.
    BegunWithGap,
    /// The server was asked to begin a channel after an event.
    BegunByServer,
}
