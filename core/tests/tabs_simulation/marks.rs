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
    GaveWay,
    TwoAtOnce,
    ClaimedTogether,
    Forgotten,
    CameBack,
    BegunBehind,
    Reconnected,
    ChannelEnded,
    ClosedForAll,
    Resumed,
    InWriting,
    TabsCounted,
    CalmStretch,
}
