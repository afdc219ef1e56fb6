//! Signals of the page and the machine.

/// A change in the state of the page or the machine.
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
    /// The page was frozen and continues (`resume`).
    Thawed,
    /// The page came back from the back/forward cache (`pageshow` with `persisted`).
    Restored,
}
