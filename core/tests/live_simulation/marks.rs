//! The situations that every run must reach.

marks! {
    Calm,
    /// The state was shown before the stream was open.
    ShownUnopened,
    /// An event was kept during a load, and applied after it.
    AppliedAfterLoad,
    /// An event reached the machine that the state contained.
    Contained,
    Gap,
    GapDuringLoad,
    /// The connection was lost during a load whose answer was used.
    LostDuringLoad,
    Resumed,
    LogLost,
    LoadFailed,
    LoadHung,
    LoadAborted,
    RefusedOlder,
    Overflowed,
    NotApplied,
    Reloaded,
    /// A snapshot of a new log came before the end of the old stream.
    SnapshotOfNewLog,
    LiveAgain,
}
