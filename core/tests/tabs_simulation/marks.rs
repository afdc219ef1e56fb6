//! The situations that matter.

marks! {
    Calm,
    Delivered,
    Gap,
    /// Tabs without events were given what others had.
    Resent,
    /// One was told of a gap, since nobody kept that much.
    NotKept,
    /// A tab that was about to lead was given what it had not.
    Taught,
    /// What a tab alone had had came a second time.
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
    /// These are of channels.
    ChannelEnded,
    Restarted,
    Successor,
    SetByControl,
    LeaderHadRequest,
    RequestHung,
}
