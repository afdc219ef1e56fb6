//! The situations that matter.

marks! {
    Calm,
    Gap,
    ResumedByHeader,
    ResumedByQuery,
    ResumedByBrowser,
    AskedWhy,
    PreflightRefused,
    HeartbeatTimeout,
    OpenTimeout,
    Replaced,
    Refreshed,
    Paused,
    HeldByRetryAfter,
    WaitCutShort,
    Exhausted,
    RefusedForGood,
    EndedUnrepeatable,
    ClosedByNoContent,
    ClosedByUser,
    OpenAtTheEnd,
}
