//! What the page goes through.

/// A change of the page's or the machine's circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The browser found a network (`online`).
    Online,
    /// The browser lost the network (`offline`).
    Offline,
    /// The page is shown (`visibilitychange`).
    Visible,
    /// The page is hidden (`visibilitychange`).
    Hidden,
    /// The page was frozen and goes on (`resume`).
    Thawed,
    /// The page came back from the back/forward cache (`pageshow` with `persisted`).
    Restored,
}
