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
}
